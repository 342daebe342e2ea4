"""The questions of one page, answered together.

Questions that share a table, a period and filters become one statement, and each result is the same as alone. Questions
by time, with shares, with pages of rows or with an order of their own are answered alone.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from dashboard.stats import counted
from dashboard.stats.answer.run import result_of, run
from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Result
from dashboard.stats.plan import Plan, Select, plan
from dashboard.stats.sql.together import compose, metrics_of
from schema.days.counts import GOAL
from schema.days.rollups import RolledDays
from schema.measures.rates import NO_RATES, Rates
from schema.stores.cancellation import mapped
from schema.stores.database import READ_HANDLES, Database

Line = Mapping[Metric, Any]
Lines = Mapping[str, Mapping[str, Line]]  # dimension ("" without one) -> value, highest first metric first -> metrics


@dataclass(frozen=True, slots=True)
class Batch:
    """Selects that one statement answers."""

    parts: tuple[Select, ...]
    first: Metric  # that rows are ordered by

    @property
    def most(self) -> int:
        """Return the rows that a dimension needs."""
        return max(part.query.limit if part.query.groups else 1 for part in self.parts)


def answer_page(
    database: Database, questions: Mapping[str, Query], *, rates: Rates = NO_RATES, rolled: RolledDays | None = None
) -> dict[str, Result]:
    """Return the result of each question, by name. Parameters and errors are those of `run`."""
    plans = {name: plan(query, rolled) for name, query in questions.items()}
    with ThreadPoolExecutor(READ_HANDLES) as threads:
        counted_results = counted.answers(database, counted.together(plans), partial(mapped, threads))
        plans = {name: planned for name, planned in plans.items() if name not in counted_results}
        together = batches(plans.values())
        answers = mapped(threads, lambda batch: _ask(database, batch, rates), together.values())
        lines = dict(zip(together, answers, strict=True))
        results = {name: _result(planned, lines) for name, planned in plans.items()}
        alone = [name for name, result in results.items() if not result]
        separate = mapped(threads, lambda name: run(database, questions[name], rates=rates, rolled=rolled), alone)
        separate_by_name = dict(zip(alone, separate, strict=True))
    from_rows = {name: result or separate_by_name[name] for name, result in results.items()}
    return {name: (counted_results | from_rows)[name] for name in questions}


def batches(plans: Iterable[Plan]) -> dict[Hashable, Batch]:
    """Return the statements that answer several of the plans at once, by what their selects share."""
    parts: dict[Hashable, list[Select]] = defaultdict(list)
    firsts: dict[Hashable, Metric] = {}
    for planned in plans:
        for select in planned.selects if _can_share(planned) else ():
            parts[_key(select, planned)].append(select)
            firsts[_key(select, planned)] = _first(planned)
    return {key: Batch(tuple(selects), firsts[key]) for key, selects in parts.items() if len(selects) > 1}


def _can_share(planned: Plan) -> bool:
    query = planned.query
    is_plain = not (query.order or query.offset or query.counts_rows or query.interval)
    if not is_plain or planned.totals or planned.group_totals or len(query.groups) > 1:
        return False
    return all(_has_column(select) for select in planned.selects) and (not query.groups or len(planned.selects) == 1)


def _has_column(select: Select) -> bool:
    """True if the values of a dimension are a column of the table, or of its counts."""
    if select.counts:
        # With a filter, the counts are those of one value.
        return not select.query.filters and select.counts.part.dimension != GOAL and not select.counts.part.props
    return all(group != dimensions.GOAL and select.has_column(group) for group in select.query.dimensions)


def _first(planned: Plan) -> Metric:
    return planned.query.metrics[0] if planned.query.groups else Metric.VISITORS


def _key(select: Select, planned: Plan) -> Hashable:
    query = select.query
    missing = select.counts.missing if select.counts else None
    return select.table, query.site_id, query.period, query.filters, select.bounced, missing, _first(planned)


def _ask(database: Database, batch: Batch, rates: Rates) -> Lines:
    statement = compose(batch.parts, rates, first=batch.first, most=batch.most)
    metrics = metrics_of(batch.parts)
    lines: dict[str, dict[str, Line]] = defaultdict(dict)
    for which, content, *numbers in database.query(statement.sql, statement.params):
        lines[which][content] = dict(zip(metrics, numbers, strict=True))
    return lines


def _result(planned: Plan, lines: Mapping[Hashable, Lines]) -> Result | None:
    """Return the result of a plan, or None if the batches do not have all of it."""
    keys = [_key(select, planned) for select in planned.selects]
    if not _can_share(planned) or not all(key in lines for key in keys):
        return None
    query = planned.query
    halves = [lines[key].get(_which(select), {}) for key, select in zip(keys, planned.selects, strict=True)]
    if query.groups:
        rows = list(halves[0].items())[: query.limit]
        return result_of(query, [[content, *(line[metric] for metric in query.metrics)] for content, line in rows])
    if not all(halves):  # no events: the statement of the question alone tells 0 from unknown
        return None
    line = {metric: number for half in halves for metric, number in half[""].items()}
    return result_of(query, [[line[metric] for metric in query.metrics]])


def _which(select: Select) -> str:
    return select.query.dimensions[0].name if select.query.groups else ""
