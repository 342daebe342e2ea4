"""What visitors did just before and just after a page or goal, within their day.

Numbers are of visitors, and none is below FEWEST: what fewer visitors did is only a number of pages. A path of one
visitor is never returned.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from dashboard.stats.model.filters import AllOf, Filter, HasDone, is_event_only, leaves
from dashboard.stats.model.metrics import Metric, Table
from dashboard.stats.model.period import Period
from dashboard.stats.model.query import Query
from dashboard.stats.protection import limits, rounding
from dashboard.stats.sql import conditions, in_period
from dashboard.stats.sql.fragment import Fragment, fill, join
from schema.measures.goals import Goal
from schema.privacy.profile import Privacy
from schema.stores.database import Database

FEWEST = 10

_SQL = Path(__file__).with_suffix(".sql").read_text()
_PAGE = Fragment("toString(path)")
# /blog/2026/a and /blog/b are both /blog/**; /blog is a page.
_FOLDER = Fragment(
    "if(length(splitByChar('/', path)) > 2, concat('/', splitByChar('/', path)[2], '/**'), toString(path))"
)


@dataclass(frozen=True, slots=True)
class Neighbour:
    page: str  # path, or folder with /**; empty: none, the visitor came in or left here
    visitors: int


@dataclass(frozen=True, slots=True)
class Side:
    """What happened just before or just after."""

    neighbours: tuple[Neighbour, ...] = ()  # most visitors first
    folded: int = 0  # pages with fewer visitors each


@dataclass(frozen=True, slots=True)
class Journeys:
    visitors: int  # who reached the anchor; 0: fewer than FEWEST
    before: Side = Side()
    after: Side = Side()


def journeys(
    database: Database,
    anchor: Goal,
    period: Period,
    *,
    privacy: Privacy,
    today: date,
    filters: tuple[Filter, ...] = (),
    by_folder: bool = False,
    most: int = 10,
) -> Journeys:
    """Return what came before and after the events that reach a goal; for a page, that is a goal of its views.

    privacy, today: of the site; an exempt one has journeys of today only. filters: select visits. most: neighbours per
    side. Raises QueryError for an exempt site, ClickHouseError, QueryLimitError.
    """
    if privacy.is_exempt:
        limits.check_rows(period, filters, privacy, today=today)
    query = Query(anchor.site_id, period, (Metric.VISITORS,), filters=of_visits(filters))
    statement = compose(query, anchor, by_folder=by_folder)
    parameters = {**statement.params, "fewest": FEWEST, "most": most}
    rows = database.query(statement.sql, parameters)
    whole = [int(row[3]) for row in rows if row[0] == "whole" and row[1]]
    if not whole:
        return Journeys(0)
    result = Journeys(whole[0], _side(rows, "before"), _side(rows, "after"))
    return _protected(result) if privacy.is_exempt else result


def _protected(exact: Journeys) -> Journeys:
    return Journeys(rounding.rounded(exact.visitors), _rounded(exact.before), _rounded(exact.after))


def _rounded(side: Side) -> Side:
    shown = tuple(replace(one, visitors=rounding.shown(one.visitors, one.visitors)) for one in side.neighbours)
    return Side(tuple(one for one in shown if one.visitors), min(side.folded, 1))


def compose(query: Query, anchor: Goal, *, by_folder: bool) -> Fragment:
    """Return the statement. Its parameters lack `fewest` and `most`."""
    condition = conditions.hold(Table.EVENTS, query.filters, query)
    events = join("\nand ", [in_period.of_events(query), *([condition] if condition.sql else [])])
    reached = conditions.reached(anchor)
    return fill(_SQL, _FOLDER if by_folder else _PAGE, reached, events, events, reached, reached)


def of_visits(filters: tuple[Filter, ...]) -> tuple[Filter, ...]:
    """Return filters that select whole visits: one on events selects the visits with an event that matches."""
    of_events = tuple(node for node in filters if any(map(is_event_only, leaves([node]))))
    others = tuple(node for node in filters if node not in of_events)
    return (*others, HasDone(AllOf(of_events))) if of_events else others


def _side(rows: Sequence[Any], direction: str) -> Side:
    own = [row for row in rows if row[0] == direction]
    shown = tuple(Neighbour(str(row[2]), int(row[3])) for row in own if row[1])
    return Side(shown, sum(int(row[4]) for row in own if not row[1]))
