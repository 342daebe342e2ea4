"""Days on which the salt of a site was lost by a restart, so that visitors of the day may count twice.

The control file has the latest day for which each site had a salt. Events alone prove nothing: they may be imported.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from schema.days.local_day import SiteDay
from schema.sentence import later
from schema.stores.control import Control
from schema.stores.database import Database

SENTENCE = later("Salts were lost by a restart: visitors of this day may count twice.")

_SQL = """
select distinct site_id, day
from   events
where  (site_id, day) in {days:Array(Tuple(UInt32, Date))}
"""


class SaltedDays:
    """The latest day for which each site had a salt, on disk."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._days = {
            site_id: date.fromisoformat(day) for site_id, day in control.rows("select site_id, day from salted_days")
        }

    def had_salt(self, site_id: int, day: date) -> bool:
        """True if a site had a salt for a day, as the latest one."""
        return self._days.get(site_id) == day

    def missing(self, days: Mapping[int, date]) -> dict[int, date]:
        """Return which of the days of the salts that exist are not stored."""
        return {site_id: day for site_id, day in days.items() if self._days.get(site_id) != day}

    def note(self, days: Mapping[int, date]) -> None:
        """Store the days of salts that exist."""
        with self._control.write() as connection:
            connection.executemany(
                "insert or replace into salted_days select id, ? from sites where id = ?",
                [(day.isoformat(), site_id) for site_id, day in days.items()],
            )
        self._days |= days


def with_events(database: Database, days: Iterable[SiteDay]) -> list[SiteDay]:
    """Return those of the days of sites that have events. Raises as `Database.query` does."""
    rows = database.query(_SQL, {"days": list(days)})
    return [(int(site_id), day) for site_id, day in rows]


def mark(control: Control, days: Iterable[SiteDay]) -> None:
    """Store that the salts of these days were lost."""
    with control.write() as connection:
        connection.executemany(
            "insert or ignore into lost_salts values (?, ?)", [(site_id, day.isoformat()) for site_id, day in days]
        )


def within(control: Control, site_id: int, *, first: date, last: date) -> list[date]:
    """Return the days of a site whose salt was lost, in order."""
    rows = control.rows(
        "select day from lost_salts where site_id = ? and day between ? and ? order by day",
        (site_id, first.isoformat(), last.isoformat()),
    )
    return [date.fromisoformat(row[0]) for row in rows]
