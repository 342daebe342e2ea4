"""Ask the database, and give its answer as rows."""

from dataclasses import dataclass

from dashboard.stats.query import Query
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
    raise NotImplementedError
