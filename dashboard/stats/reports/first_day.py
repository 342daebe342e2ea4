"""The first day with events of a site."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from schema.privacy.profile import Privacy
from schema.stores.database import Database

_SQL = Path(__file__).with_suffix(".sql").read_text()


_OF_COUNTS_SQL = Path(__file__).with_name("first_counted_day.sql").read_text()


def first_day(database: Database, site_id: int, zone: ZoneInfo, *, privacy: Privacy) -> date | None:
    """Return the first local day with an event, or None before the first event. privacy: of the site.

    Closed days of an exempt site have no rows.
    """
    counted = database.query(_OF_COUNTS_SQL, {"site_id": site_id}) if privacy.is_exempt else ()
    return counted[0][0] if counted else _first_event(database, site_id, zone)


def _first_event(database: Database, site_id: int, zone: ZoneInfo) -> date | None:
    rows = database.query(_SQL, {"site_id": site_id, "counted_only": True})
    rows = rows or database.query(_SQL, {"site_id": site_id, "counted_only": False})
    if not rows:
        return None
    first: datetime = rows[0][0].replace(tzinfo=UTC)
    return first.astimezone(zone).date()
