"""The privacy settings of a site, as an object in its JSON."""

from typing import Annotated, Any

import msgspec

from dashboard.api.call import refuse
from dashboard.api.inputs import about
from schema.privacy.profile import Privacy

_PROFILE = "profile"


class Choices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a site decides within its profile. What is not sent stays as it is."""

    shows_acquisition: bool | msgspec.UnsetType = msgspec.UNSET
    declared_events: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    honors_gpc: bool | msgspec.UnsetType = msgspec.UNSET
    honors_dnt: bool | msgspec.UnsetType = msgspec.UNSET
    keeps_link_queries: bool | msgspec.UnsetType = msgspec.UNSET
    controller: str | msgspec.UnsetType = msgspec.UNSET
    contact: str | msgspec.UnsetType = msgspec.UNSET
    reviewed_on: str | msgspec.UnsetType = msgspec.UNSET


_, _SCHEMAS = msgspec.json.schema_components((Choices,))
SentChoices = Annotated[
    dict[str, Any],
    about(
        "Privacy settings of the site. The profile of a site changes with `sillage privacy switch` only",
        refusal='must be an object, such as {"honors_dnt": true}',
        properties=_SCHEMAS[Choices.__name__]["properties"],
    ),
]


def changed(privacy: Privacy, sent: dict[str, Any]) -> Privacy:
    """Return the settings with those that were sent. Raises HTTPException (400), PrivacyError.

    The profile and its date may be sent back as they were received.
    """
    if sent.get(_PROFILE, privacy.profile) != privacy.profile:
        refuse("The profile of a site is changed by `sillage privacy switch`, which first shows what that removes.")
    choices = {name: value for name, value in sent.items() if name not in (_PROFILE, "exempt_since")}
    try:
        new = msgspec.structs.asdict(msgspec.convert(choices, Choices))
    except msgspec.ValidationError as error:
        refuse(f"privacy is invalid: {error}.")
    return msgspec.structs.replace(
        privacy, **{name: value for name, value in new.items() if value is not msgspec.UNSET}
    )


def shown(privacy: Privacy) -> dict[str, Any]:
    """Return the settings as JSON fields, without the retention, which is a field of the site."""
    names = (_PROFILE, "exempt_since", *Choices.__struct_fields__)
    return {name: getattr(privacy, name) for name in names}
