"""The questions of one page, answered together.

The daily counts answer theirs at once (`counted.py`). Of the others, questions about the rows of a table share a
statement, and one pass over the rows if they share a period and filters. Each result is the same as alone. Questions
about revenue, about pages of rows or with an order of their own are answered alone.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeAlias

from dashboard.stats import counted, protected
from dashboard.stats.answer.day_sums import columns, line_of, share_of
from dashboard.stats.answer.order import Line, in_order
from dashboard.stats.answer.rows import result_of
from dashboard.stats.answer.run import in_one_statement, run
from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import REVENUE, SHARES, Metric, Table
from dashboard.stats.model.period import Interval
from dashboard.stats.model.query import Group, Query
from dashboard.stats.model.result import Result
from dashboard.stats.plan import Plan, Select, plan
from dashboard.stats.sql.selects import is_smeared
from dashboard.stats.sql.together import Batch, Whole, compose, metrics_of
from schema.days.rolled_days import RolledDays
from schema.measures.rates import NO_RATES, Rates
from schema.privacy import profile
from schema.privacy.profile import Privacy
from schema.stores.cancellation import mapped
from schema.stores.database import READ_HANDLES, Database

Key: TypeAlias = Hashable  # what selects of one pass share
Lines: TypeAlias = Mapping[tuple[Key, tuple[Group, ...]], Sequence[Line]]


def answer_page(
    database: Database,
    questions: Mapping[str, Query],
    *,
    privacy: Privacy,
    rates: Rates = NO_RATES,
    rolled: RolledDays | None = None,
) -> dict[str, Result]:
    """Return the result of each question, by name. Parameters and errors are those of `run`."""
    if privacy.is_exempt:
        return _protected(database, questions, privacy, rates=rates, rolled=rolled)
    plans = {name: plan(query, rolled) for name, query in questions.items()}
    with ThreadPoolExecutor(READ_HANDLES) as threads:
        spread = partial(mapped, threads)
        shared = counted.together(plans)
        # Lists of goals that count a day in another way are left to the rows: no single statement has their counts.
        rest = {
            name: plan(questions[name]) if dimensions.GOAL in planned.query.groups else planned
            for name, planned in plans.items()
            if name not in shared.plans
        }
        # One statement a table is fastest, but with days to count, too, a page would be too many statements.
        is_united = bool(shared.scopes and rest)
        results = counted.answers(database, shared, spread, is_united=is_united)
        results |= _from_rows(database, rest, rates, spread, is_united=is_united)
        alone = [name for name in questions if name not in results]
        separate = spread(lambda name: in_one_statement(database, rest.get(name, plans[name]), rates=rates), alone)
        results |= dict(zip(alone, separate, strict=True))
    return {name: results[name] for name in questions}


def _protected(
    database: Database, questions: Mapping[str, Query], privacy: Privacy, *, rates: Rates, rolled: RolledDays | None
) -> dict[str, Result]:
    exact = partial(run, database, privacy=profile.DEFAULT, rates=rates, rolled=rolled)
    with ThreadPoolExecutor(READ_HANDLES) as threads:
        spread = partial(mapped, threads)
        return protected.answers(database, questions, privacy, exact=exact, rolled=rolled, spread=spread)


def batches(plans: Iterable[Plan]) -> dict[Key, Batch]:
    """Return the passes over rows that answer several of the plans at once, by what their selects share."""
    parts: dict[Key, list[Select]] = defaultdict(list)
    firsts: dict[Key, dict[tuple[Group, ...], Metric]] = defaultdict(dict)
    for planned in filter(can_share, plans):
        for select in planned.selects:
            parts[_key(select)].append(select)
            firsts[_key(select)][select.query.groups] = planned.query.metrics[0]
        for select in planned.of_totals:
            parts[_key(select)].append(select)
    return {key: Batch(tuple(selects), firsts[key]) for key, selects in parts.items()}


def can_share(planned: Plan) -> bool:
    """True if a plan can be answered together with others."""
    query = planned.query
    if not planned.is_plain or planned.group_totals or REVENUE.intersection(query.metrics):
        return False
    if len(query.dimensions) > 1 or (query.groups and len(planned.selects) > 1):
        return False
    if query.groups and query.metrics[0] not in planned.selects[0].metrics:
        return False
    selects = (*planned.selects, *planned.of_totals)
    return all(_has_columns(select) and not select.counts and not is_smeared(select) for select in selects)


def can_unite(planned: Plan) -> bool:
    """True if a plan can be a part of a statement."""
    query = planned.query
    return planned.is_plain and not REVENUE.intersection(query.metrics) and len(query.dimensions) <= 1


def _has_columns(select: Select) -> bool:
    """True if the table has the values of the groups."""
    if dimensions.GOAL in select.query.dimensions:
        return select.table is Table.EVENTS
    return all(select.has_column(group) for group in select.query.dimensions)


def _key(select: Select) -> Key:
    query = select.query
    # Rows are multiplied by the goals that they reach, and revenue is that of the goals.
    first = query.metrics[0] if query.dimensions and query.metrics[0] is not Metric.VISITORS else None
    goals = query.goals if dimensions.GOAL in query.groups or REVENUE.intersection(select.metrics) else None
    return select.table, query.site_id, query.period, query.filters, select.bounced, goals, first


def _from_rows(
    database: Database, plans: Mapping[str, Plan], rates: Rates, spread: counted.Spread, *, is_united: bool
) -> dict[str, Result]:
    """Return the results of plans that can share a statement, by name."""
    passes: dict[Key, Batch | Whole] = {**batches(plans.values())}
    for name, planned in plans.items():
        if can_unite(planned) and not can_share(planned):
            passes[name] = Whole(planned)
    statements: dict[Table | None, dict[Key, Batch | Whole]] = defaultdict(dict)
    for key, part in passes.items():
        statements[None if is_united else _table(part)][key] = part
    lines: dict[tuple[Key, tuple[Group, ...]], list[Line]] = defaultdict(list)
    for rows in spread(lambda passes: _ask(database, passes, rates), statements.values()):
        for key, groups, line in rows:
            lines[key, groups].append(line)
    results = {
        name: _of_whole(name, planned, lines) if name in passes else _result(planned, lines)
        for name, planned in plans.items()
        if can_unite(planned)
    }
    return {name: result for name, result in results.items() if result}


def _table(part: Batch | Whole) -> Table:
    return part.planned.selects[0].table if isinstance(part, Whole) else part.parts[0].table


def _ask(
    database: Database, by_key: Mapping[Key, Batch | Whole], rates: Rates
) -> list[tuple[Key, tuple[Group, ...], Line]]:
    keys, passes = list(by_key), list(by_key.values())
    statement = compose(passes, rates)
    metrics = metrics_of(passes)
    sets = [{batch.mark(groups): groups for groups in batch.sets} for batch in passes]
    rows = []
    for number, which, content, start, *numbers in database.query(statement.sql, statement.params):
        groups = sets[number][which]
        values = tuple(start if isinstance(group, Interval) else content for group in groups)
        rows.append((keys[number], groups, (values, dict(zip(metrics, numbers, strict=True)))))
    return rows


def _result(planned: Plan, lines: Lines) -> Result | None:
    """Return the result of a plan, or None if only the question alone tells 0 from unknown."""
    query = planned.query
    halves = [_lines(select, lines) for select in planned.selects]
    totals = {metric: _lines(selects[0], lines) for metric, selects in planned.totals.items()}
    if None in halves or None in totals.values():
        return None
    if query.groups:
        shown = [(groups, dict(line)) for groups, line in (halves[0] or ())]
    else:
        shown = [
            (
                (),
                {
                    metric: line[metric]
                    for select, half in zip(planned.selects, halves, strict=True)
                    for _groups, line in half or ()
                    for metric in select.metrics
                },
            )
        ]
    for _groups, line in shown:
        for metric in SHARES.intersection(query.metrics):
            total = totals[metric] or ()
            line[metric] = share_of(metric, line[Metric.VISITORS], total[0][1][Metric.VISITORS])
    return _shown(query, shown)


def _of_whole(name: str, planned: Plan, lines: Lines) -> Result:
    return _shown(planned.query, lines.get((name, planned.query.groups), ()))


def _shown(query: Query, lines: Sequence[Line]) -> Result:
    """Return the rows in the default order: rows of a united statement arrive in any."""
    rows = [[*groups, *(line[metric] for metric in query.metrics)] for groups, line in in_order(query, lines)]
    return result_of(query, rows[: query.limit])


def _lines(select: Select, lines: Lines) -> Sequence[Line] | None:
    """Return the rows of a select, or None if it has none and the metrics of nothing are not known here."""
    answer = lines.get((_key(select), select.query.groups), ())
    if answer or select.query.groups:
        return answer
    if select.query.has_goal:  # events may be unknown
        return None
    zeros = dict.fromkeys(columns(select.table, select.metrics, by_time=False), 0)
    return [((), line_of(select.metrics, zeros))]
