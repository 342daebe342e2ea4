"""The number of visitors on a site right now."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from dashboard.stats.protection import rounding
from schema.privacy.profile import Privacy
from schema.stores.database import Database

WINDOW = timedelta(minutes=5)
_SQL = Path(__file__).with_suffix(".sql").read_text()


def current_visitors(
    database: Database, site_id: int, now: datetime, *, privacy: Privacy, window: timedelta = WINDOW
) -> int:
    """Return the number of visitors with a page view or custom event in the last five minutes. privacy: of the site.

    window: other than five minutes; at most a day.
    """
    start = now - window
    parameters = {
        "site_id": site_id,
        "start": start,
        # Times are whole seconds, and an event of the current second counts.
        "end": now + timedelta(seconds=1),
        # West of Greenwich the local day can be a day earlier.
        "first_day": start.astimezone(UTC).date() - timedelta(days=1),
    }
    visitors = int(database.query(_SQL, parameters)[0][0])
    return rounding.shown(visitors, visitors) if privacy.is_exempt else visitors
