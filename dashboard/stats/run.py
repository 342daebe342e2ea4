"""Ask the database, and give its answer as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.stats.buckets import buckets
from dashboard.stats.period import Interval
from dashboard.stats.query import Query
from dashboard.stats.sql import compose
from schema.database import Database


@dataclass(frozen=True, slots=True)
class Row:
    value: str  # of the dimension, raw, empty: none; of the interval, its local YYYY-MM-DD or YYYY-MM-DD HH:00
    metrics: tuple[float, ...]  # in the order of the query


@dataclass(frozen=True, slots=True)
class Result:
    rows: tuple[Row, ...]


def run(database: Database, query: Query) -> Result:
    """Return one row, a row for each value, or a row for each interval of the period that has begun.

    Values come by the first metric, greatest first, then by name. Intervals come in order, those without a visit too.
    Raises QueryError, ClickHouseError, DatabaseUnavailableError.
    """
    statement = compose(query)
    answer = database.query(statement.sql, statement.params)
    if query.interval:
        return Result(_timeline(answer, query, query.interval))
    return Result(tuple(Row(value, tuple(metrics)) for value, *metrics in answer))


def _timeline(answer: Sequence[Sequence[Any]], query: Query, interval: Interval) -> tuple[Row, ...]:
    """Give every bucket its numbers; those of visits that end after the period find no bucket."""
    known = {start: tuple(metrics) for start, *metrics in answer}
    nothing = (0,) * len(query.metrics)
    return tuple(
        Row(bucket.label, known.get(int(bucket.start.timestamp()), nothing))
        for bucket in buckets(query.period, interval)
    )
