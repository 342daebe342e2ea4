"""The tables of a report: one per tab of a box, each also a page of its own with search, sorting and all rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dashboard.language import later
from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A breakdown of visitors by one dimension."""

    dimension: Dimension
    path: str  # of its own page, below the site
    tab: str  # its title in a box
    title: str  # its title on its own page
    column: str  # heading of the first column
    link: str  # from the box to its own page


# Box, then tab -> table.
TABLES: Mapping[str, Mapping[str, Breakdown]] = MappingProxyType(
    {
        "sources": {
            "sources": Breakdown(
                dimensions.SOURCE, "/sources", later("Sources"), later("Sources"), later("Source"), later("All sources")
            ),
            "channels": Breakdown(
                dimensions.CHANNEL,
                "/channels",
                later("Channels"),
                later("Channels"),
                later("Channel"),
                later("All channels"),
            ),
            "referrers": Breakdown(
                dimensions.REFERRER,
                "/referrers",
                later("Referrers"),
                later("Referrers"),
                later("Referrer"),
                later("All referrers"),
            ),
        },
        "campaigns": {
            "utm_campaign": Breakdown(
                dimensions.UTM_CAMPAIGN,
                "/utm_campaigns",
                later("Campaign"),
                later("UTM campaigns"),
                later("Campaign"),
                later("All campaigns"),
            ),
            "utm_source": Breakdown(
                dimensions.UTM_SOURCE,
                "/utm_sources",
                later("Source"),
                later("UTM sources"),
                later("UTM source"),
                later("All UTM sources"),
            ),
            "utm_medium": Breakdown(
                dimensions.UTM_MEDIUM,
                "/utm_mediums",
                later("Medium"),
                later("UTM mediums"),
                later("UTM medium"),
                later("All UTM mediums"),
            ),
            "utm_content": Breakdown(
                dimensions.UTM_CONTENT,
                "/utm_contents",
                later("Content"),
                later("UTM contents"),
                later("UTM content"),
                later("All UTM contents"),
            ),
            "utm_term": Breakdown(
                dimensions.UTM_TERM,
                "/utm_terms",
                later("Term"),
                later("UTM terms"),
                later("UTM term"),
                later("All UTM terms"),
            ),
        },
        "pages": {
            "top": Breakdown(
                dimensions.PAGE, "/pages", later("Top"), later("Top pages"), later("Page"), later("All pages")
            ),
            "entry": Breakdown(
                dimensions.ENTRY_PAGE,
                "/entry-pages",
                later("Entry"),
                later("Entry pages"),
                later("Entry page"),
                later("All entry pages"),
            ),
            "exit": Breakdown(
                dimensions.EXIT_PAGE,
                "/exit-pages",
                later("Exit"),
                later("Exit pages"),
                later("Exit page"),
                later("All exit pages"),
            ),
        },
        "places": {
            "countries": Breakdown(
                dimensions.COUNTRY,
                "/countries",
                later("Countries"),
                later("Countries"),
                later("Country"),
                later("All countries"),
            ),
            "map": Breakdown(
                dimensions.COUNTRY,
                "/countries",
                later("Map"),
                later("Countries"),
                later("Country"),
                later("All countries"),
            ),
            "regions": Breakdown(
                dimensions.NAMED_REGION,
                "/regions",
                later("Regions"),
                later("Regions"),
                later("Region"),
                later("All regions"),
            ),
            "cities": Breakdown(
                dimensions.NAMED_CITY, "/cities", later("Cities"), later("Cities"), later("City"), later("All cities")
            ),
        },
        "devices": {
            "browsers": Breakdown(
                dimensions.BROWSER,
                "/browsers",
                later("Browsers"),
                later("Browsers"),
                later("Browser"),
                later("All browsers"),
            ),
            "systems": Breakdown(
                dimensions.OS,
                "/operating-systems",
                later("Systems"),
                later("Operating systems"),
                later("System"),
                later("All systems"),
            ),
            "sizes": Breakdown(
                dimensions.DEVICE,
                "/screen-sizes",
                later("Sizes"),
                later("Devices by size"),
                later("Size"),
                later("All sizes"),
            ),
        },
    }
)
REFERRERS = TABLES["sources"]["referrers"]
# Shown instead of browsers or systems if a filter has one of them already.
BROWSER_VERSIONS = Breakdown(
    dimensions.BROWSER_VERSION,
    "/browser-versions",
    later("Versions"),
    later("Browser versions"),
    later("Version"),
    later("All versions"),
)
OS_VERSIONS = Breakdown(
    dimensions.OS_VERSION,
    "/operating-system-versions",
    later("Versions"),
    later("Versions of operating systems"),
    later("Version"),
    later("All versions"),
)
BY_PATH: Mapping[str, Breakdown] = MappingProxyType(
    {
        table.path: table
        for table in (
            *(table for tables in TABLES.values() for name, table in tables.items() if name != "map"),
            BROWSER_VERSIONS,
            OS_VERSIONS,
        )
    }
)
