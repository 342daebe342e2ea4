"""What a site's own script does by itself, /js/pa-<script_id>.js, under the names that the Sites API has for it."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec

INSTALLATION_TYPE = "installation_type"
InstallationType = Literal["manual", "wordpress", "gtm", "npm"]
# What is written for "yes" and "no" in a form.
_FLAGS = {True: True, False: False, "true": True, "false": False, "1": True, "0": False, "on": True, "off": False}


class ScriptSettingsError(ValueError):
    """Settings that a script can't have; the message is for the person who asked."""


class ScriptSettings(msgspec.Struct, frozen=True, omit_defaults=True):
    """The settings of one site's script. Those the script does not look at are kept for whoever wrote them."""

    installation_type: InstallationType = "manual"  # how it was put on the pages
    track_404_pages: bool = False
    hash_based_routing: bool = False
    outbound_links: bool = False
    file_downloads: bool = False
    revenue_tracking: bool = False
    tagged_events: bool = False
    form_submissions: bool = False
    pageview_props: bool = False


DEFAULT = ScriptSettings()

# Setting -> the event that the script sends when it is on, which is to be a goal then.
EVENTS = {
    "outbound_links": "Outbound Link: Click",
    "file_downloads": "File Download",
    "form_submissions": "Form: Submission",
    "track_404_pages": "404",
}


def events(settings: ScriptSettings) -> list[str]:
    """Return the names of the events that settings turn on."""
    return [event for name, event in EVENTS.items() if getattr(settings, name)]


def changed(settings: ScriptSettings, changes: Mapping[str, Any]) -> ScriptSettings:
    """Return settings with those of a program in place of theirs. Raises ScriptSettingsError.

    `id`, which a program finds beside them, may be among the changes and stays as it is.
    """
    known = set(ScriptSettings.__struct_fields__)
    if unknown := sorted(changes.keys() - known - {"id"}):
        raise ScriptSettingsError(
            f"{unknown[0][:50]!r} is not a setting of the script: it has {', '.join(known_names())}"
        )
    values = {name: _checked(name, value) for name, value in changes.items() if name in known}
    return msgspec.structs.replace(settings, **values)


def known_names() -> tuple[str, ...]:
    """Return the names of all settings."""
    return ScriptSettings.__struct_fields__


def written(settings: ScriptSettings) -> str:
    """Return settings as they are stored: JSON, without what is as it is by default."""
    return msgspec.json.encode(settings).decode()


read = msgspec.json.Decoder(ScriptSettings).decode


def _checked(name: str, value: Any) -> str | bool:
    if name == INSTALLATION_TYPE:
        if value not in get_args(InstallationType):
            raise ScriptSettingsError(f"{name} must be one of {', '.join(get_args(InstallationType))}")
        return str(value)
    if not isinstance(value, bool | str) or value not in _FLAGS:
        raise ScriptSettingsError(f"{name} must be true or false")
    return _FLAGS[value]
