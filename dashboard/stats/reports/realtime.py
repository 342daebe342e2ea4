"""Who is on the site right now."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from schema.stores.database import Database

WINDOW = timedelta(minutes=5)
_SQL = Path(__file__).with_suffix(".sql").read_text()


def current_visitors(database: Database, site_id: int, now: datetime) -> int:
    """Return the number of visitors with a page view or custom event in the last five minutes."""
    start = now - WINDOW
    parameters = {
        "site_id": site_id,
        "start": start,
        # Times are whole seconds: an event of this very second counts.
        "end": now + timedelta(seconds=1),
        # West of Greenwich the local day may be the one before.
        "first_day": start.astimezone(UTC).date() - timedelta(days=1),
    }
    return int(database.query(_SQL, parameters)[0][0])
