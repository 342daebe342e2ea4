"""What people read for a value of a dimension: a country has a name, an empty value has a label."""

from dashboard.language import gettext as _
from dashboard.language import later, locale
from dashboard.stats.answer import countries
from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.protection.limits import REST

_NOT_SET = later("(not set)")
_EMPTY = {
    dimensions.SOURCE: later("Direct / None"),
    dimensions.REFERRER: later("Direct / None"),
    dimensions.CHANNEL: later("Direct"),
}
_NAMED_VALUES = {
    dimensions.CHANNEL: (
        *(
            later("Direct"),
            later("Organic Search"),
            later("Paid Search"),
            later("Organic Social"),
            later("Paid Social"),
        ),
        *(later("Email"), later("Referral"), later("Display"), later("AI Assistants"), later("Organic Video")),
    ),
    dimensions.DEVICE: (later("Desktop"), later("Mobile"), later("Tablet")),
}


def label_of(dimension: Dimension, value: str) -> str:
    """Return the label of a value in the language of the page."""
    if value == REST:
        return _(REST)
    if not value:
        return _("(none)") if dimension.is_prop else _(_EMPTY.get(dimension, _NOT_SET))
    if dimension == dimensions.COUNTRY:
        return country(value)
    if dimension == dimensions.NAMED_REGION:
        region, code = value.split("\t")
        return f"{region}, {country(code)}"
    if dimension == dimensions.NAMED_CITY:
        city, region, code = value.split("\t")
        return f"{city}, {region if region not in ('', city) else country(code)}"
    return _(value) if value in _NAMED_VALUES.get(dimension, ()) else value


def country(code: str) -> str:
    """Return the name of a country by its ISO 3166-1 code."""
    names = locale().territories
    return names.get(code) or _(countries.NAMES.get(code, code))
