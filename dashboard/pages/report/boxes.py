"""The boxes of a report: sources, pages, places and devices, each with tabs and nine rows that filter."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote

from markupsafe import Markup

from dashboard.charts.bar import bar
from dashboard.charts.world_map import Country, world_map
from dashboard.language import gettext as _
from dashboard.language import later, ngettext
from dashboard.pages import figures
from dashboard.pages.report import icons
from dashboard.pages.report.filters import key_of
from dashboard.pages.report.labels import label_of
from dashboard.pages.report.tables import BROWSER_VERSIONS, OS_VERSIONS, REFERRERS, TABLES, Breakdown
from dashboard.pages.report.view import REALTIME, TABS, View
from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.query import MAX_LIMIT, Query
from dashboard.stats.model.result import Row

ROWS = 9
MAP_ROWS = 250
MAP_ROWS_BELOW = 3
BOXES = ("sources", "pages", "places", "devices")
_TITLES = {
    "sources": later("Sources"),
    "pages": later("Pages"),
    "places": later("Places"),
    "devices": later("Devices"),
}
_CAMPAIGNS = later("Campaigns")
# A visit of custom events alone has no entry and no exit page, and most visits have no campaign.
_WITHOUT_EMPTY = frozenset(
    {dimensions.ENTRY_PAGE, dimensions.EXIT_PAGE, *(table.dimension for table in TABLES["campaigns"].values())}
)
_PAGES = frozenset({dimensions.PAGE, dimensions.ENTRY_PAGE, dimensions.EXIT_PAGE})


@dataclass(frozen=True, slots=True)
class Tab:
    title: str
    url: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class BoxRow:
    label: str
    url: str  # of the view filtered by this row
    visitors: str
    exact: str
    percent: str
    bar: Markup  # relative to the largest row
    page_url: str = ""  # of the page itself, in rows of pages
    value: str = ""  # for the map
    icon: str = ""  # id in icons.svg; "": none
    flag: str = ""  # id in flags.svg; "": none


@dataclass(frozen=True, slots=True)
class Box:
    id: str
    title: str
    tabs: list[Tab]
    campaign_tabs: list[Tab]
    column: str  # heading of the numbers
    rows: list[BoxRow]
    all_url: str
    all_text: str
    is_map: bool = False
    map: Markup | None = None  # the world, coloured by the rows
    empty: str = ""  # instead of rows; by default that of a period
    refusal: str = ""  # why the site has no such numbers, instead of rows


def questions(view: View) -> dict[str, Query]:
    """Return the query of each box."""
    metrics = (Metric.VISITORS, Metric.GROUP_CONVERSION_RATE) if view.has_goal else (Metric.VISITORS,)
    return {
        box: Query(
            view.site.id,
            view.period,
            metrics,
            (table_of(view, box).dimension,),
            filters=view.nodes,
            limit=MAX_LIMIT if view.site.privacy.is_exempt else MAP_ROWS if _is_map(view, box) else ROWS + 1,
        )
        for box in BOXES
        if box not in view.left_out
    }


def boxes(
    view: View,
    answers: Mapping[str, tuple[Row, ...]],
    visitors: float,
    *,
    refusals: Mapping[str, str] = MappingProxyType({}),
) -> list[Box]:
    """Return the boxes.

    answers: rows by box, most visitors first. visitors: of the whole period. refusals: sentences by box, instead of
    rows.
    """
    return [
        _box(view, box, answers.get(box, ()), visitors, refusal=refusals.get(box, ""))
        for box in BOXES
        if box not in view.left_out
    ]


def open_tab(view: View, box: str) -> str:
    """Return the open tab: the one that the URL names, or the one that follows from the filters."""
    if box == "places" and not view.parameters.get("places"):
        keys = {chosen.key for chosen in view.filters if chosen.op == "is"}
        if "cities" in view.tabs(box) and keys & {"region", "city"}:
            return "cities"
        return "regions" if keys & {"country", "region"} else "countries"
    return view.tab(box)


def table_of(view: View, box: str) -> Breakdown:
    """Return the table that a box shows."""
    tab = open_tab(view, box)
    if tab == "campaigns":
        return TABLES["campaigns"][view.tab("campaigns")]
    keys = {chosen.key for chosen in view.filters if chosen.op == "is"}
    match tab:
        case "sources" if "source" in keys:
            return REFERRERS
        case "browsers" if "browser" in keys:
            return BROWSER_VERSIONS
        case "systems" if "os" in keys:
            return OS_VERSIONS
    return TABLES[box][tab]


def row_of(view: View, table: Breakdown, row: Row, *, visitors: float, largest: float) -> BoxRow:
    """Return a row with its link. visitors: of the whole period. largest: of the first row."""
    value, count = row.groups[0], row.numbers[0]
    label = label_of(table.dimension, value)
    if row.is_rest:
        return _rest_row(label, row, visitors=visitors, largest=largest)
    share = row.numbers[1] / 100 if view.has_goal else count / visitors if visitors else 0
    return BoxRow(
        label=label,
        url=view.with_filter(
            key_of(table.dimension), _filter_value(table, value), path=REALTIME if view.path == REALTIME else ""
        ),
        visitors=figures.short(count),
        exact=figures.exact(count),
        percent=figures.percent(share),
        bar=Markup(bar(count / largest if largest else 0)),  # noqa: S704 - contains only a number
        page_url=f"https://{view.site.domain.partition('/')[0]}{quote(value, safe='/:?&=%#')}"
        if table.dimension in _PAGES and value.startswith("/")
        else "",
        value=value,
        icon=icons.icon(table.dimension, value),
        flag=icons.flag(table.dimension, value),
    )


def _rest_row(label: str, row: Row, *, visitors: float, largest: float) -> BoxRow:
    """Return the row of all values with few visitors, which nothing can be filtered by."""
    count = row.numbers[0]
    has_number = row.metrics[0] is not None
    return BoxRow(
        label=label,
        url="",
        visitors=figures.short(count) if has_number else figures.NOTHING,
        exact=figures.exact(count) if has_number else "",
        percent=figures.percent(count / visitors) if has_number and visitors else "",
        bar=Markup(bar(min(count / largest, 1) if largest else 0)),  # noqa: S704 - contains only a number
    )


def _box(view: View, box: str, rows: tuple[Row, ...], visitors: float, *, refusal: str) -> Box:
    table = table_of(view, box)
    if table.dimension in _WITHOUT_EMPTY:
        rows = tuple(row for row in rows if row.groups[0])
    is_map = _is_map(view, box) and not refusal
    named = [row for row in rows if not row.is_rest]
    shown = [*named[: MAP_ROWS_BELOW if is_map else ROWS], *(row for row in rows if row.is_rest)]
    largest = shown[0].numbers[0] if shown else 0
    has_campaigns = open_tab(view, box) == "campaigns"
    return Box(
        id=box,
        title=_(_TITLES[box]),
        tabs=list(_tabs(view, box)),
        campaign_tabs=list(_campaign_tabs(view)) if has_campaigns else [],
        column=_("Conversions") if view.has_goal else _("Visitors"),
        rows=[row_of(view, table, row, visitors=visitors, largest=largest) for row in shown],
        all_url="" if refusal else view.url(table.path, drop=("metric", "interval")),
        all_text=_(table.link),
        is_map=is_map,
        map=_map(view, table, rows) if is_map else None,
        refusal=refusal,
    )


def _tabs(view: View, box: str) -> Iterator[Tab]:
    for name in view.tabs(box):
        title = _CAMPAIGNS if name == "campaigns" else TABLES[box][name].tab
        if name == open_tab(view, box) and name != "campaigns" and box == "devices":
            title = table_of(view, box).tab
        yield Tab(_(title), f"{view.url(**{box: name})}#{box}", name == open_tab(view, box))


def _campaign_tabs(view: View) -> Iterator[Tab]:
    for name in TABS["campaigns"]:
        yield Tab(
            _(TABLES["campaigns"][name].tab),
            f"{view.url(campaigns=name)}#sources",
            name == view.tab("campaigns"),
        )


def _map(view: View, table: Breakdown, rows: tuple[Row, ...]) -> Markup:
    countries = {
        row.groups[0]: Country(
            row.numbers[0],
            _("%(when)s: %(number)s", when=label_of(table.dimension, row.groups[0]), number=_people(view, row)),
            view.with_filter(key_of(table.dimension), row.groups[0], path=""),
        )
        for row in rows
        if row.groups[0] and not row.is_rest
    }
    return Markup(world_map(countries, title=_("Visitors by country")))  # noqa: S704 - charts escape their texts


def _people(view: View, row: Row) -> str:
    count, number = row.numbers[0], figures.exact(row.numbers[0])
    if view.has_goal:
        return ngettext("%(number)s conversion", "%(number)s conversions", count, number=number)
    return ngettext("%(number)s visitor", "%(number)s visitors", count, number=number)


def _is_map(view: View, box: str) -> bool:
    return box == "places" and open_tab(view, box) == "map"


def _filter_value(table: Breakdown, value: str) -> str:
    """Return the value of a filter: the label of an empty value stands for it."""
    return value or table.dimension.empty_label or "(not set)"
