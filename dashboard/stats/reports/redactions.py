"""Events in which something was replaced that identifies a person. Only these counts are stored of it."""

from collections import Counter
from pathlib import Path

from dashboard.stats.model.period import Period
from dashboard.stats.protection import rounding
from schema.privacy.profile import Privacy
from schema.privacy.redaction import Kind
from schema.stores.database import Database

_SQL = Path(__file__).with_suffix(".sql").read_text()


def redactions(database: Database, site_id: int, period: Period, *, privacy: Privacy) -> list[tuple[Kind, int]]:
    """Return the number of events by kind, most frequent first.

    privacy: of the site. The counts of an exempt one are rounded by day, and left out if few.
    """
    counts: Counter[Kind] = Counter()
    parameters = {"site_id": site_id, "first": period.first, "last": period.last}
    for _day, kind, count in database.query(_SQL, parameters):
        counts[Kind(kind)] += rounding.shown(count, count) if privacy.is_exempt else int(count)
    return [(kind, count) for kind, count in counts.most_common() if count]
