"""Which days without daily counts have rows: only these are worth counting at query time."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from schema.days.rolled_days import RolledDays
from schema.stores.database import Database

_SQL = Path(__file__).with_name("days_with_rows.sql").read_text()


def looked_up(database: Database, rolled: RolledDays, *, site_id: int, first: date, last: date) -> RolledDays:
    """Return the counted days of a site, and which of the others have rows, if a period has several others.

    Raises as `Database.query` does.
    """
    lacking = rolled.missing(first, last, lambda _day: True)
    if len(lacking) < 2:  # a second statement would cost more than the day, which is mostly today
        return rolled
    parameters = {"site_id": site_id, "zone": rolled.zone, "first": lacking[0], "last": lacking[-1]}
    return replace(rolled, with_rows=frozenset(day for (day,) in database.query(_SQL, parameters)))
