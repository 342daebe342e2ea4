"""How many visitors reached each step of a funnel.

Visitors reach the steps in order, each step with a separate event, all within 24 hours. In a strict funnel, no event
that reaches another step may come between two steps; repeating a step is allowed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dashboard.stats.model import dimensions
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import Filter, Reaches, leaves
from dashboard.stats.model.metrics import Metric, Table
from dashboard.stats.model.period import Period
from dashboard.stats.model.query import Query
from dashboard.stats.protection import limits, rounding
from dashboard.stats.sql import conditions, in_period
from dashboard.stats.sql.fragment import Fragment, fill, join, lines
from schema.measures.funnels import Funnel
from schema.measures.goals import Goal
from schema.privacy.profile import Privacy
from schema.stores.database import Database

WINDOW_S = 86_400
# Times are whole seconds, so the position within the visit, far below 2 ** 20, orders the events of one second.
_MOMENT = "bitShiftLeft(toUInt64(toUnixTimestamp(time)), 20) + least(position, 1048575)"
_WINDOW = ((WINDOW_S + 1) << 20) - 1


class Within(StrEnum):
    """The scope in which a visitor must reach all steps."""

    DAY = "day"  # all visits of a visitor on one local day
    VISIT = "visit"


@dataclass(frozen=True, slots=True)
class Passage:
    """The numbers of visitors in a funnel."""

    all_visitors: int  # of the period and filters
    visitors: tuple[int, ...]  # for each step, the visitors who reached it and all steps before


def passage(
    database: Database,
    funnel: Funnel,
    period: Period,
    *,
    privacy: Privacy,
    today: date,
    filters: tuple[Filter, ...] = (),
    within: Within = Within.DAY,
) -> Passage:
    """Return the number of visitors who reached each step.

    privacy, today: of the site; an exempt one has funnels of today only. Raises QueryError for filters by goal or page,
    which would exclude steps; ClickHouseError, QueryLimitError.
    """
    if privacy.is_exempt:
        limits.check_rows(period, filters, privacy, today=today)
    for leaf in leaves(filters):
        if isinstance(leaf, Reaches) or leaf.dimension == dimensions.PAGE:
            raise QueryError("A funnel can't be filtered by goal or page: its steps are goals already")
    query = Query(funnel.site_id, period, (Metric.VISITORS,), filters=filters)
    statement = compose(query, funnel.steps, is_strict=funnel.is_strict, within=within)
    (row,) = database.query(statement.sql, statement.params)
    everybody, *steps = rounding.nested(row) if privacy.is_exempt else row
    return Passage(everybody, tuple(steps))


def compose(query: Query, steps: Sequence[Goal], *, is_strict: bool, within: Within) -> Fragment:
    """Return the statement for one row: all visitors, then the visitors of each step."""
    reached = [conditions.reached(goal) for goal in steps]
    counts = ", ".join(f"countIf(furthest >= {number})" for number in range(1, len(steps) + 1))
    group = "visitor_id" if within is Within.DAY else "visitor_id, visit_id"
    condition = conditions.hold(Table.EVENTS, query.filters, query)
    return lines(
        Fragment(f"select count(), {counts}"),
        Fragment("from (\nselect visitor_id, max(level) as furthest\nfrom ("),
        fill("select visitor_id, {}", _strict(reached) if is_strict else _level(reached)),
        fill("from events\nwhere {}", in_period.of_events(query)),
        fill("and {}", condition) if condition.sql else condition,
        Fragment(f"group by {group}\n)\ngroup by visitor_id\n)"),
    )


def _level(reached: Sequence[Fragment]) -> Fragment:
    # strict_increase: one event can't reach two steps.
    return fill(f"windowFunnel({_WINDOW}, 'strict_increase')({_MOMENT}, {{}}) as level", join(", ", reached))


def _strict(reached: Sequence[Fragment]) -> Fragment:
    """Return the SQL for the longest run of consecutive steps.

    Each event is a moment and a bit mask of the steps it reaches. Repeated masks are skipped.
    """
    bits = [fill(f"bitShiftLeft(toUInt16({{}}), {number})", condition) for number, condition in enumerate(reached)]
    levels = ", ".join(f"{_follow(count)}, {count}" for count in range(len(reached), 0, -1))
    return lines(
        fill(
            f"arraySort(groupArrayIf(({_MOMENT}, {{}}), {{}})) as reaching,", join(" + ", bits), join(" or ", reached)
        ),
        Fragment("arrayPushFront(arrayPopBack(reaching), (toUInt64(0), toUInt16(0))) as shifted,"),
        Fragment("arrayFilter((event, before) -> event.2 != before.2, reaching, shifted) as route,"),
        Fragment(f"arrayMap(first -> arraySlice(route, first, {len(reached)}), arrayEnumerate(route)) as tails,"),
        Fragment(
            f"arrayMax(arrayPushBack(arrayMap(steps -> toUInt8(multiIf({levels}, 0)), tails), toUInt8(0))) as level"
        ),
    )


def _follow(count: int) -> str:
    bits = [f"bitTest(steps[{number + 1}].2, {number})" for number in range(count)]
    return " and ".join([*bits, f"steps[{count}].1 - steps[1].1 <= {_WINDOW}"])
