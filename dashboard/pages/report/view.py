"""The question that the URL of a report asks: period, comparison, filters, metric, interval and open tabs.

Everything on the page is a link to another view, so the URL is the only state. Nothing in it is ignored: what is not
understood becomes a sentence in `misunderstood`, and the page shows the rest.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from urllib.parse import quote, unquote_plus

from dashboard import language
from dashboard.access.framing import is_colour
from dashboard.language import gettext as _
from dashboard.pages.report import filters, left_out
from dashboard.pages.report.filters import ChosenFilter
from dashboard.stats.model import dimensions
from dashboard.stats.model.comparison import Comparison, Mode, compared
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import Filter, Reaches, is_on
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import WITHIN_A_DAY, Interval, Period, intervals, to_the_minute
from dashboard.stats.model.period import parse as parse_period
from dashboard.stats.model.query import Query
from dashboard.stats.parse.site_context import SiteContext
from dashboard.stats.protection import limits
from schema.sites.sites import Site

# Box -> the names of its tabs; the first is open unless the URL says otherwise.
TABS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "goals": ("conversions", "funnels", "properties", "journeys"),
        "sources": ("sources", "channels", "campaigns", "referrers"),
        "campaigns": ("utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term"),
        "pages": ("top", "entry", "exit"),
        "places": ("countries", "map", "regions", "cities"),
        "devices": ("browsers", "systems", "sizes"),
    }
)
_NOT_EXEMPT = frozenset({"properties", "channels", "campaigns", "cities"})
_OFF = "off"
COMPARISONS = (_OFF, *(mode.value for mode in Mode))
_PERIOD_NAMES = ("period", "date", "from", "to")
_COMPARISON_NAMES = ("comparison", "compare_from", "compare_to", "match_day_of_week")
# Parameters of pages below the report, and of Plausible's links, which change nothing here.
_OTHERS = frozenset(
    {
        *("with_imported", "search", "sort", "rows_from", "property", "funnel", "around", "edit", "table", "refresh"),
        *("all", "folders"),
    }
)
# How a report is shared and shown in a frame. Each link of the report keeps them.
SHARING = ("auth", "embed", "theme", "background", "width")
THEMES = ("light", "dark", "system")
# The metrics at the top, in reading order: of all visits, of a page, of a goal.
METRICS = (
    *(Metric.VISITORS, Metric.VISITS, Metric.PAGEVIEWS),
    *(Metric.VIEWS_PER_VISIT, Metric.BOUNCE_RATE, Metric.VISIT_DURATION),
)
_METRICS_OF_PAGE = (
    *(Metric.VISITORS, Metric.VISITS, Metric.PAGEVIEWS),
    *(Metric.BOUNCE_RATE, Metric.SCROLL_DEPTH, Metric.TIME_ON_PAGE),
)
_METRICS_OF_GOAL = (Metric.VISITORS, Metric.EVENTS, Metric.CONVERSION_RATE)
REALTIME = "/realtime"  # path of the page of the last half hour
REMEMBERED = ("period", "comparison", "match_day_of_week")


@dataclass(frozen=True, slots=True)
class View:
    """One view of a report. Raises nothing: `read` returns a complete view for every URL."""

    site: Site
    period: Period
    before: Period | None  # for comparison; None without, or if it ends before the first event of the site
    first_day: date
    today: date
    filters: tuple[ChosenFilter, ...] = ()
    nodes: tuple[Filter, ...] = ()  # the same filters for queries, and `bound` behind them
    bound: tuple[Filter, ...] = ()  # the segment of a shared link, which its readers can't leave
    left_out: frozenset[str] = frozenset()  # boxes that a shared link does not show
    metric: Metric = Metric.VISITORS
    interval: Interval = Interval.DAY
    path: str = ""  # below the site, such as /pages
    misunderstood: tuple[str, ...] = ()  # sentences
    parameters: Mapping[str, str] = field(default_factory=dict)  # without filters and labels

    def url(self, path: str | None = None, *, drop: Sequence[str] = (), **changes: str) -> str:
        """Return the URL of this view with changed parameters; an empty value removes one."""
        parameters = {name: value for name, value in self.parameters.items() if name not in drop} | changes
        return self._address(self.path if path is None else path, self.filters, parameters)

    def of_period(self, parameters: Mapping[str, str], *, adding: tuple[str, str] | None = None) -> str:
        """Return the URL of this view for another period, by its parameters. adding: key and value of a filter."""
        dropped = (*_PERIOD_NAMES, "interval", "rows_from")
        kept = {name: value for name, value in self.parameters.items() if name not in dropped} | dict(parameters)
        return self._address(self.path, self._adding(*adding) if adding else self.filters, kept)

    def with_filter(self, key: str, *values: str, path: str | None = None) -> str:
        """Return the URL of the view that also has a filter. It replaces an `is` filter on the same dimension."""
        return self._address(self.path if path is None else path, self._adding(key, *values), self._first_page())

    def _adding(self, key: str, *values: str) -> tuple[ChosenFilter, ...]:
        others = (chosen for chosen in self.filters if (chosen.op, chosen.key) != ("is", key))
        return (*others, ChosenFilter("is", key, values))

    def with_filter_at(self, position: int | None, chosen: ChosenFilter) -> str:
        """Return the URL of the report with a filter in the place of another, or behind all others."""
        index = len(self.filters) if position is None else position
        return self._address("", (*self.filters[:index], chosen, *self.filters[index + 1 :]), self._first_page())

    def with_only(self, chosen: ChosenFilter) -> str:
        """Return the URL of the report with a single filter."""
        return self._address("", (chosen,), self._first_page())

    def without_filter(self, position: int) -> str:
        """Return the URL of the view without one of its filters."""
        others = self.filters[:position] + self.filters[position + 1 :]
        return self._address(self.path, others, self._first_page())

    def with_filters(self, chosen: Sequence[ChosenFilter]) -> str:
        """Return the URL of the view with other filters."""
        return self._address(self.path, chosen, self._first_page())

    @property
    def home(self) -> str:
        """Return the URL of the report without filters, for the readers of the same shared link."""
        return self._address("", (), self._sharing())

    @property
    def current_url(self) -> str:
        """Return the URL of the number of current visitors."""
        return self._address("/current-visitors", (), self._sharing())

    @property
    def shows_all(self) -> bool:
        """True if the URL asks for all rows of the box of goals."""
        return bool(self.parameters.get("all"))

    @property
    def path_only(self) -> str:
        """Return the URL without parameters, for forms."""
        return quote(f"/{self.site.domain}{self.path}", safe="/:")

    def hidden_fields(self, *, drop: Sequence[str] = (), has_filters: bool = True) -> Iterator[tuple[str, str]]:
        """Yield the parameters as names and values, for the hidden fields of a form."""
        yield from ((name, value) for name, value in self.parameters.items() if name not in drop)
        if has_filters:
            yield from (("f", str(chosen)) for chosen in self.filters)

    def tab(self, box: str) -> str:
        """Return the open tab of a box."""
        return self.parameters.get(box) or self.tabs(box)[0]

    def tabs(self, box: str) -> Sequence[str]:
        """Return the tabs of a box, without those that the site has no numbers for."""
        return tabs_of(self.site, box, left_out=self.left_out)

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """Return the intervals of the chart to choose from."""
        return intervals_of(self.site, self.period, today=self.today)

    @property
    def has_goal(self) -> bool:
        """True if a filter selects visitors who reached a goal."""
        return any(isinstance(node, Reaches) for node in self.nodes)

    @property
    def has_page(self) -> bool:
        """True if a filter selects pages."""
        return any(is_on(dimensions.PAGE, node) for node in self.nodes)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Return the metrics at the top of the page."""
        if self.has_goal:
            has_revenue = any(goal.currency for node in self.nodes if isinstance(node, Reaches) for goal in node.goals)
            has_revenue &= not self.site.privacy.is_exempt
            return (*_METRICS_OF_GOAL, *((Metric.TOTAL_REVENUE, Metric.AVERAGE_REVENUE) if has_revenue else ()))
        return _METRICS_OF_PAGE if self.has_page else METRICS

    def _sharing(self) -> dict[str, str]:
        return {name: self.parameters[name] for name in SHARING if name in self.parameters}

    def _first_page(self) -> dict[str, str]:
        return {name: value for name, value in self.parameters.items() if name not in ("rows_from", "metric")}

    def _address(self, path: str, chosen: Sequence[ChosenFilter], parameters: Mapping[str, str]) -> str:
        pairs = [f"{name}={quote(value, safe=':/,')}" for name, value in parameters.items() if value]
        query = "&".join([*pairs, *(f"f={one}" for one in chosen)])
        return quote(f"/{self.site.domain}{path}", safe="/:") + (f"?{query}" if query else "")


def tabs_of(site: Site, box: str, *, left_out: Collection[str] = ()) -> Sequence[str]:
    """Return the tabs of a box of a site: the profile `exempt` has no campaigns, cities and properties.

    Journeys lead from page to page, so they go with the box of pages.
    """
    hidden = (_NOT_EXEMPT if site.privacy.is_exempt else frozenset()) | ({"journeys"} if "pages" in left_out else set())
    return [tab for tab in TABS[box] if tab not in hidden]


def intervals_of(site: Site, period: Period, *, today: date) -> tuple[Interval, ...]:
    """Return the intervals of a period to choose from. Of closed days, an exempt site has no hours."""
    if not site.privacy.is_exempt:
        return intervals(period)
    if limits.is_today(period, today):
        return (Interval.HOUR,)
    return tuple(interval for interval in intervals(period) if interval not in WITHIN_A_DAY) or (Interval.DAY,)


def read(
    query_string: str,
    context: SiteContext,
    *,
    site: Site,
    now: datetime,
    first_day: date,
    path: str = "",
    remembered: Mapping[str, str] = MappingProxyType({}),
    bound: tuple[Filter, ...] = (),
    left_out: frozenset[str] = frozenset(),
) -> View:
    """Return the view of an encoded query string.

    remembered: parameters to use if the URL has no period. bound, left_out: as of a view.
    """
    reader = _Reader(query_string, context, site=site, now=now, first_day=first_day, path=path)
    reader.limit(bound, left_out)
    return reader.view(remembered)


class _Reader:
    """Reads one query string, and collects what it did not understand."""

    def __init__(
        self, query_string: str, context: SiteContext, *, site: Site, now: datetime, first_day: date, path: str
    ) -> None:
        self._context, self._site, self._now, self._first_day, self._path = context, site, now, first_day, path
        self._today, self._privacy = now.astimezone(site.zone).date(), site.privacy
        self._problems: list[str] = []
        self._bound: tuple[Filter, ...] = ()
        self._left_out: frozenset[str] = frozenset()
        self._given: dict[str, str] = {}
        self._filters: list[str] = []
        for part in query_string.split("&"):
            name, _equals, value = part.partition("=")
            self._take(unquote_plus(name), value)

    def limit(self, bound: tuple[Filter, ...], left_out: frozenset[str]) -> None:
        """Show only what a shared link does."""
        self._bound, self._left_out = bound, left_out

    def _take(self, name: str, value: str) -> None:
        if name == "f":
            # A form encodes the commas too; a link does not.
            self._filters.append(value if "," in value else unquote_plus(value))
        elif name in filters.DIMENSIONS:
            # Before filters were written as `f`, a link had a parameter per filter.
            self._filters.append(f"is,{name},{value}")
        elif name in _KNOWN or name in TABS:
            self._given[name] = unquote_plus(value)
        elif name and name != "l":  # labels of codes: this report knows the names
            self._problems.append(_("The address has a part “%(name)s” that this page does not know.", name=name[:40]))

    def view(self, remembered: Mapping[str, str]) -> View:
        if not self._given.get("period"):
            self._given = {**remembered, **self._given}
        period = self._period()
        chosen, nodes = self._chosen_filters(period)
        interval = self._interval(period)
        if interval is Interval.MINUTE:
            period = to_the_minute(period, self._now)
        view = View(
            self._site,
            period,
            self._before(period),
            self._first_day,
            self._today,
            filters=chosen,
            nodes=(*nodes, *self._bound),
            bound=self._bound,
            left_out=self._left_out,
            interval=interval,
            path=self._path,
        )
        view = replace(view, metric=self._metric(view))
        self._check_tabs()
        self._check_sharing()
        return replace(view, misunderstood=tuple(self._problems), parameters=self._given)

    def _chosen_filters(self, period: Period) -> tuple[tuple[ChosenFilter, ...], tuple[Filter, ...]]:
        chosen: list[ChosenFilter] = []
        nodes: list[Filter] = []
        if len(self._filters) > filters.MAX_FILTERS:
            self._problems.append(_("At most %(most)d filters can be combined.", most=filters.MAX_FILTERS))
        for text in self._filters[: filters.MAX_FILTERS]:
            try:
                one = filters.read(text)
                self._check_is_shown(one)
                more = filters.parsed([one], self._context)
                self._check_filters((*nodes, *more, *self._bound), period)
                nodes += more
                chosen.append(one)
            except QueryError as error:
                self._problems.append(filters.problem_of(error))
        return tuple(chosen), tuple(nodes)

    def _check_is_shown(self, chosen: ChosenFilter) -> None:
        """Raise QueryError for a filter by what a shared link leaves out: its numbers would show it."""
        if left_out.box_of_filter(chosen.key) in self._left_out:
            raise QueryError(_("This link does not show “%(label)s”.", label=chosen.dimension_label))

    def _check_filters(self, nodes: tuple[Filter, ...], period: Period) -> None:
        """Raise QueryError if the site cannot answer questions with these filters."""
        if self._path != REALTIME:
            query = Query(self._site.id, period, (Metric.VISITORS,), filters=nodes)
            limits.check(query, self._privacy, today=self._today)
        elif self._privacy.is_exempt:
            limits.check_rows_of_now(nodes, self._privacy)

    def _period(self) -> Period:
        parts = {name: self._given.get(name, "") for name in _PERIOD_NAMES}
        try:
            return self._parsed(parts["period"] or self._default_key(), parts)
        except QueryError as error:
            self._problems.append(language.of_error(error))
            self._drop(_PERIOD_NAMES)
            return self._parsed(self._default_key(), {})

    def _parsed(self, key: str, parts: Mapping[str, str]) -> Period:
        if key == "24h" and self._privacy.is_exempt:
            raise QueryError("Choose whole days: of closed days, this site keeps daily counts.")
        period = parse_period(
            key,
            zone=self._site.zone,
            now=self._now,
            first_day=self._first_day,
            start=parts.get("from", ""),
            end=parts.get("to", ""),
            as_of=parts.get("date", "") if key not in ("all", "custom") else "",
        )
        if key == "custom" and period.days == 1:
            return self._parsed("day", {"date": str(period.first)})
        return period

    def _default_key(self) -> str:
        """Return 28 days, or today for a site whose data begins today or yesterday: 28 days would not show it."""
        return "day" if (self._today - self._first_day).days <= 1 else "28d"

    def _before(self, period: Period) -> Period | None:
        try:
            comparison = self._comparison()
        except QueryError as error:
            self._problems.append(language.of_error(error))
            self._drop(_COMPARISON_NAMES)
            comparison = Comparison(Mode.PREVIOUS_PERIOD, is_weekday_kept=True)
        if comparison is None or period.key == "all":
            return None
        before = compared(period, comparison, now=self._now)
        if self._privacy.is_exempt:
            if limits.is_today(period, self._today):
                return None  # a part of a day has no part of a closed day to be compared with
            before = replace(before, since=None, until=None)
        # A change from the nothing before a site's first day means nothing.
        return before if before.last >= self._first_day else None

    def _comparison(self) -> Comparison | None:
        mode = self._given.get("comparison") or Mode.PREVIOUS_PERIOD
        match = self._given.get("match_day_of_week") or "true"
        if mode not in COMPARISONS or match not in ("true", "false"):
            raise QueryError(_("There is no comparison “%(mode)s”.", mode=mode[:40]))
        if mode == _OFF:
            return None
        if mode == Mode.CUSTOM:
            start, end = self._given.get("compare_from", ""), self._given.get("compare_to", "")
            zone, first_day = self._site.zone, self._first_day
            custom = parse_period("custom", zone=zone, now=self._now, first_day=first_day, start=start, end=end)
            return Comparison(Mode.CUSTOM, custom)
        return Comparison(Mode(mode), is_weekday_kept=match == "true")

    def _metric(self, view: View) -> Metric:
        name = self._given.get("metric")
        if not name:
            return view.metrics[0]
        if name in view.metrics:
            return Metric(name)
        self._problems.append(_("This page has no metric “%(name)s”.", name=name[:40]))
        self._drop(("metric",))
        return view.metrics[0]

    def _interval(self, period: Period) -> Interval:
        name = self._given.get("interval")
        if not name:
            return self._intervals(period)[0]
        if name in self._intervals(period):
            return Interval(name)
        self._problems.append(_("This period cannot be shown by “%(name)s”.", name=name[:40]))
        self._drop(("interval",))
        return self._intervals(period)[0]

    def _intervals(self, period: Period) -> tuple[Interval, ...]:
        return intervals_of(self._site, period, today=self._today)

    def _check_tabs(self) -> None:
        for box in TABS:
            if self._given.get(box) and self._given[box] not in tabs_of(self._site, box, left_out=self._left_out):
                self._problems.append(_("There is no tab “%(name)s”.", name=self._given[box][:40]))
                self._drop((box,))

    def _check_sharing(self) -> None:
        theme, background = self._given.get("theme", ""), self._given.get("background", "")
        if theme and theme not in THEMES:
            self._problems.append(_("There is no theme “%(name)s”: choose light, dark or system.", name=theme[:40]))
            self._drop(("theme",))
        if background and not is_colour(background):
            self._problems.append(_("“%(name)s” is not a colour: write it like #f5f6f8.", name=background[:40]))
            self._drop(("background",))

    def _drop(self, names: Sequence[str]) -> None:
        for name in names:
            self._given.pop(name, None)


_KNOWN = frozenset({*_PERIOD_NAMES, *_COMPARISON_NAMES, "metric", "interval", *_OTHERS, *SHARING})
