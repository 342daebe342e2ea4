"""The tab Properties of the box of goals: the values of one custom property."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from markupsafe import Markup

from dashboard.charts.bar import bar
from dashboard.language import gettext as _
from dashboard.pages import figures
from dashboard.pages.report.boxes import Tab
from dashboard.pages.report.filters import PROPS
from dashboard.pages.report.view import View
from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Result, Row

ROWS = 9
ALL_ROWS = 300
MAX_LINKS = 9  # properties to choose from at first sight; the others are in a menu


@dataclass(frozen=True, slots=True)
class ValueRow:
    value: str
    url: str  # of the view filtered by the value
    visitors: str
    events: str
    share: str
    bar: Markup  # relative to the largest row


@dataclass(frozen=True, slots=True)
class PropertiesTab:
    key: str  # empty: no event of the period has a property
    name: str  # what the site calls it
    choice: list[Tab]
    further: list[Tab]
    rows: list[ValueRow]
    share_title: str
    all_url: str  # of the view with all values; empty if it has them


def question(view: View, key: str) -> Query:
    """Return the query for the values of a property. One row more than shown, and one for events without it."""
    share = (Metric.CONVERSION_RATE,) if view.has_goal else ()
    return Query(
        view.site.id,
        view.period,
        (Metric.VISITORS, Metric.EVENTS, *share),
        (dimensions.prop(key),),
        filters=view.nodes,
        limit=_limit(view) + 2,
    )


def properties_tab(
    ask: Callable[[Query], Result],
    view: View,
    keys: Sequence[str],
    *,
    visitors: float,
    names: Mapping[str, str] = MappingProxyType({}),
) -> PropertiesTab:
    """Return the values of the property that the URL names, or else of the first.

    visitors: of the whole period. names: what the site calls its properties, by key.
    """
    key = view.parameters.get("property") or next(iter(keys), "")
    shown = [row for row in ask(question(view, key)).rows if row.groups[0]] if key else []
    tabs = [_tab(view, one, names.get(one, one), is_open=one == key) for one in dict.fromkeys([*keys, key]) if one]
    is_whole = len(shown) <= _limit(view)
    return PropertiesTab(
        key=key,
        name=names.get(key, key),
        choice=tabs[:MAX_LINKS],
        further=tabs[MAX_LINKS:],
        rows=rows(view, key, shown[: _limit(view)], visitors=visitors),
        share_title=_("Rate") if view.has_goal else _("Share"),
        all_url="" if is_whole or view.shows_all else f"{view.url(all='goals')}#goals",
    )


def rows(view: View, key: str, answered: Sequence[Row], *, visitors: float) -> list[ValueRow]:
    """Return the rows of the values. visitors: of the whole period."""
    largest = max((row.numbers[0] for row in answered), default=0) or 1
    return [
        ValueRow(
            row.groups[0],
            view.with_filter(PROPS + key, row.groups[0]),
            figures.short(row.numbers[0]),
            figures.of_metric(Metric.EVENTS, row.metrics[1]),
            _share(view, row, visitors),
            Markup(bar(row.numbers[0] / largest)),  # noqa: S704 - contains only a number
        )
        for row in answered
    ]


def _share(view: View, row: Row, visitors: float) -> str:
    share = row.numbers[2] / 100 if view.has_goal else row.numbers[0] / visitors if visitors else 0
    return figures.percent(share)


def _limit(view: View) -> int:
    return ALL_ROWS if view.shows_all else ROWS


def _tab(view: View, key: str, name: str, *, is_open: bool) -> Tab:
    return Tab(name, f"{view.url(drop=['all'], goals='properties', property=key)}#goals", is_open)
