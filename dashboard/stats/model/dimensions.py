"""Dimensions to group and filter by, each with its SQL expression in `events` and `visits`.

The attributes of a visit are copied onto its events, so most dimensions exist in both tables. The page of an event is
where it happened; the page of a visit is its entry page. A missing value is "".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dashboard.stats.answer import countries
from dashboard.stats.sql.fragment import Fragment, fill, text, texts
from schema.days.counts import NO_PROP

PROPS = "event:props:"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension with its name in the Stats API. The expression is None for a table without it."""

    name: str
    events: Fragment | None  # an expression over `events`, text
    visits: Fragment | None  # an expression over `visits`, text
    empty_label: str = ""  # label of the empty value; "": no label

    @property
    def is_event_only(self) -> bool:
        """True if a visit can have several values or none."""
        return self.visits is None

    @property
    def is_visit_only(self) -> bool:
        """True if only a whole visit has a value."""
        return self.events is None

    @property
    def is_prop(self) -> bool:
        """True for a custom property."""
        return self.name.startswith(PROPS)


def prop(key: str) -> Dimension:
    """Return the dimension of a custom property. "" means the event lacks it, or has the label of events that do."""
    column = fill("props[{}]", text(key))
    return Dimension(PROPS + key, fill("if({} = {}, '', {})", column, text(NO_PROP), column), None, NO_PROP)


def _column(name: str, column: str, empty_label: str = "") -> Dimension:
    return Dimension(name, Fragment(column), Fragment(column), empty_label)


def _of_visits(name: str, column: str) -> Dimension:
    return Dimension(name, None, Fragment(column))


_COUNTRY_NAME = fill(
    "transform(toString(country), {}, {}, toString(country))", texts(countries.NAMES), texts(countries.NAMES.values())
)
DIRECT_OR_NONE, _NOT_SET = "Direct / None", "(not set)"

PAGE = Dimension("event:page", Fragment("path"), None)
HOSTNAME = Dimension("event:hostname", Fragment("hostname"), None)
EVENT_NAME = Dimension("event:name", Fragment("name"), None)
GOAL = Dimension("event:goal", Fragment("goal"), None)  # selects.py makes `goal` from the goals of a query
ENTRY_PAGE = _of_visits("visit:entry_page", "entry_page")
EXIT_PAGE = _of_visits("visit:exit_page", "exit_page")
ENTRY_HOSTNAME = _of_visits("visit:entry_page_hostname", "hostname")
EXIT_HOSTNAME = _of_visits("visit:exit_page_hostname", "exit_hostname")
SOURCE = _column("visit:source", "source", DIRECT_OR_NONE)
CHANNEL = _column("visit:channel", "channel", "Direct")
REFERRER = _column("visit:referrer", "referrer", DIRECT_OR_NONE)
UTM_MEDIUM = _column("visit:utm_medium", "utm_medium", _NOT_SET)
UTM_SOURCE = _column("visit:utm_source", "utm_source", _NOT_SET)
UTM_CAMPAIGN = _column("visit:utm_campaign", "utm_campaign", _NOT_SET)
UTM_CONTENT = _column("visit:utm_content", "utm_content", _NOT_SET)
UTM_TERM = _column("visit:utm_term", "utm_term", _NOT_SET)
DEVICE = _column("visit:device", "device", _NOT_SET)
BROWSER = _column("visit:browser", "browser", _NOT_SET)
BROWSER_VERSION = _column("visit:browser_version", "browser_version", _NOT_SET)
OS = _column("visit:os", "os", _NOT_SET)
OS_VERSION = _column("visit:os_version", "os_version", _NOT_SET)
COUNTRY = _column("visit:country", "country")  # ISO 3166-1 alpha-2
REGION = _column("visit:region", "region")  # ISO 3166-2
CITY = _column("visit:city", "if(city = 0, '', toString(city))")  # GeoNames id
COUNTRY_NAME = Dimension("visit:country_name", _COUNTRY_NAME, _COUNTRY_NAME)
REGION_NAME = _column("visit:region_name", "region_name")
CITY_NAME = _column("visit:city_name", "city_name")

# Names for the dashboard, with region and country: two countries have a Limburg.
NAMED_REGION = _column("visit:named_region", r"if(region_name = '', '', concat(region_name, '\t', country))", _NOT_SET)
NAMED_CITY = _column(
    "visit:named_city", r"if(city_name = '', '', concat(city_name, '\t', region_name, '\t', country))", _NOT_SET
)

_NAMED = (
    *(PAGE, HOSTNAME, EVENT_NAME, GOAL, ENTRY_PAGE, EXIT_PAGE, ENTRY_HOSTNAME, EXIT_HOSTNAME),
    *(SOURCE, CHANNEL, REFERRER, UTM_MEDIUM, UTM_SOURCE, UTM_CAMPAIGN, UTM_CONTENT, UTM_TERM),
    *(DEVICE, BROWSER, BROWSER_VERSION, OS, OS_VERSION),
    *(COUNTRY, REGION, CITY, COUNTRY_NAME, REGION_NAME, CITY_NAME),
)
BY_NAME: Mapping[str, Dimension] = MappingProxyType({dimension.name: dimension for dimension in _NAMED})

# In filters on these, "Direct / None" also means the empty value.
DIRECT = frozenset({SOURCE, REFERRER, UTM_MEDIUM, UTM_SOURCE, UTM_CAMPAIGN, UTM_CONTENT, UTM_TERM})


def named(name: str) -> Dimension | None:
    """Return the dimension with a Stats API name, including custom properties, or None."""
    if name.startswith(PROPS):
        return prop(name.removeprefix(PROPS)) if name != PROPS else None
    return BY_NAME.get("visit:device" if name == "visit:screen" else name)


def empty_labels(dimension: Dimension) -> set[str]:
    """Return the labels that stand for the empty value in filters, whatever label lists show."""
    if dimension.is_prop:
        return {dimension.empty_label}
    return {_NOT_SET, DIRECT_OR_NONE} if dimension in DIRECT else {_NOT_SET, dimension.empty_label} - {""}
