"""Settings of a site's script, /js/pa-<script_id>.js, under their names in the Sites API."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec

from schema.sentence import SentenceError

INSTALLATION_TYPE = "installation_type"
InstallationType = Literal["manual", "wordpress", "gtm", "npm"]
# Values that forms and clients send for a flag.
_FLAGS = {True: True, False: False, "true": True, "false": False, "1": True, "0": False, "on": True, "off": False}


class ScriptSettingsError(SentenceError):
    """Settings are invalid. The message is shown to the user."""


class ScriptSettings(msgspec.Struct, frozen=True, omit_defaults=True):
    """Settings of one script. Some have no effect on the script, and are stored for API clients only."""

    installation_type: InstallationType = "manual"  # how the script was added to the pages
    track_404_pages: bool = False
    hash_based_routing: bool = False
    outbound_links: bool = False
    file_downloads: bool = False
    revenue_tracking: bool = False
    tagged_events: bool = False
    form_submissions: bool = False
    pageview_props: bool = False


DEFAULT = ScriptSettings()

# Setting -> the event that it enables, which also becomes a goal.
EVENTS = {
    "outbound_links": "Outbound Link: Click",
    "file_downloads": "File Download",
    "form_submissions": "Form: Submission",
    "track_404_pages": "404",
}


def events(settings: ScriptSettings) -> list[str]:
    """Return the names of the enabled events."""
    return [event for name, event in EVENTS.items() if getattr(settings, name)]


def changed(settings: ScriptSettings, changes: Mapping[str, Any]) -> ScriptSettings:
    """Return settings with some changes. Raises ScriptSettingsError.

    `id` is ignored, because API clients send back what they received.
    """
    names = set(ScriptSettings.__struct_fields__)
    if unknown := sorted(changes.keys() - names - {"id"}):
        raise ScriptSettingsError(
            "%(unknown)r is not a setting of the script, which are %(choices)s",
            unknown=unknown[0][:50],
            choices=", ".join(known_names()),
        )
    values = {name: _checked(name, value) for name, value in changes.items() if name in names}
    return msgspec.structs.replace(settings, **values)


def known_names() -> tuple[str, ...]:
    """Return the names of all settings."""
    return ScriptSettings.__struct_fields__


def written(settings: ScriptSettings) -> str:
    """Return settings as JSON without defaults, as they are stored."""
    return msgspec.json.encode(settings).decode()


read = msgspec.json.Decoder(ScriptSettings).decode


def _checked(name: str, value: Any) -> str | bool:
    if name == INSTALLATION_TYPE:
        if value not in get_args(InstallationType):
            raise ScriptSettingsError(
                "%(name)s must be one of %(choices)s", name=name, choices=", ".join(get_args(InstallationType))
            )
        return str(value)
    if not isinstance(value, bool | str) or value not in _FLAGS:
        raise ScriptSettingsError("%(name)s must be true or false", name=name)
    return _FLAGS[value]
