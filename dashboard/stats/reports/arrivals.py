"""The hosts from which page views of a site came in the last hour."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dashboard.stats.protection import rounding
from schema.privacy.profile import Privacy
from schema.stores.database import Database

WINDOW = timedelta(hours=1)
_SQL = Path(__file__).with_suffix(".sql").read_text()


@dataclass(frozen=True, slots=True)
class Arrival:
    """Page views from one host."""

    host: str
    pageviews: int


def arrivals(database: Database, site_id: int, now: datetime, *, privacy: Privacy) -> list[Arrival]:
    """Return the hosts with page views in the last hour, most first. privacy: of the site.

    Of an exempt one, numbers are rounded, and hosts of few visitors are left out. Raises as `Database.query` does.
    """
    start = now - WINDOW
    # West of Greenwich the local day can be a day earlier.
    first_day = start.astimezone(UTC).date() - timedelta(days=1)
    rows = database.query(_SQL, {"site_id": site_id, "start": start, "first_day": first_day})
    shown = [
        Arrival(str(host), rounding.shown(pageviews, visitors) if privacy.is_exempt else int(pageviews))
        for host, pageviews, visitors in rows
    ]
    return [arrival for arrival in shown if arrival.pageviews]
