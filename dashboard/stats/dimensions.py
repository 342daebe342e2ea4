"""By what numbers can be broken down, and in which column it is, or what makes it of columns.

The attributes of a visit are copied onto its events, so most dimensions are in both tables under one name. A page
is where an event happened; of a visit it is the page it began with.
"""

from enum import StrEnum


class Dimension(StrEnum):
    PAGE = "page"
    ENTRY_PAGE = "entry_page"
    EXIT_PAGE = "exit_page"
    SOURCE = "source"
    CHANNEL = "channel"
    REFERRER = "referrer"
    UTM_SOURCE = "utm_source"
    UTM_MEDIUM = "utm_medium"
    UTM_CAMPAIGN = "utm_campaign"
    UTM_CONTENT = "utm_content"
    UTM_TERM = "utm_term"
    COUNTRY = "country"  # ISO 3166-1 alpha-2
    REGION = "region"  # ISO 3166-2
    NAMED_REGION = "named_region"  # name and country, a tab between them: two countries have a Limburg
    NAMED_CITY = "named_city"  # name, region and country, tabs between them
    BROWSER = "browser"
    BROWSER_VERSION = "browser_version"
    OS = "os"
    OS_VERSION = "os_version"
    DEVICE = "device"

    @property
    def empty_label(self) -> str:
        """Return what an empty value of this dimension is called."""
        return _EMPTY_LABELS.get(self, "(not set)")

    @property
    def events_column(self) -> str | None:
        """Return the column of `events`, or None when only a whole visit has it."""
        if self in VISIT_ONLY:
            return None
        return "path" if self is Dimension.PAGE else _EXPRESSIONS.get(self, self.value)

    @property
    def visits_column(self) -> str:
        """Return the column of `visits`."""
        return "entry_page" if self is Dimension.PAGE else _EXPRESSIONS.get(self, self.value)


VISIT_ONLY = frozenset({Dimension.ENTRY_PAGE, Dimension.EXIT_PAGE})
_EXPRESSIONS = {
    Dimension.NAMED_REGION: r"if(region_name = '', '', concat(region_name, '\t', country))",
    Dimension.NAMED_CITY: r"if(city_name = '', '', concat(city_name, '\t', region_name, '\t', country))",
}
_EMPTY_LABELS = {
    Dimension.SOURCE: "Direct / None",
    Dimension.REFERRER: "Direct / None",
    Dimension.CHANNEL: "Direct",
}
