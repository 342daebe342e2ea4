"""The custom properties that the events of a period have."""

from collections.abc import Sequence
from pathlib import Path

from dashboard.stats.model.filters import Filter
from dashboard.stats.model.metrics import Metric, Table
from dashboard.stats.model.period import Period
from dashboard.stats.model.query import Query
from dashboard.stats.sql import conditions, in_period
from dashboard.stats.sql.fragment import fill, join
from schema.privacy.profile import Privacy
from schema.stores.database import Database

MAX_KEYS = 300

_SQL = Path(__file__).with_suffix(".sql").read_text()


def property_keys(
    database: Database,
    site_id: int,
    period: Period,
    *,
    privacy: Privacy,
    filters: tuple[Filter, ...] = (),
    allowed: Sequence[str] = (),
) -> list[str]:
    """Return the keys of properties, most frequent first; none for an exempt site. privacy: of the site.

    allowed: the keys that the site shows; empty: all. Raises ClickHouseError, QueryLimitError.
    """
    if privacy.is_exempt:
        return []
    query = Query(site_id, period, (Metric.EVENTS,), filters=filters)
    parts = [in_period.of_events(query), conditions.hold(Table.EVENTS, filters, query)]
    statement = fill(_SQL, join("\nand ", [part for part in parts if part.sql]))
    rows = database.query(statement.sql, {**statement.params, "most": MAX_KEYS})
    return [str(key) for key, _events in rows if not allowed or key in allowed]
