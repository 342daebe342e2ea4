"""The journal of closed days: how far the closing of each day is, on disk before each step."""

from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from schema.days.local_day import SiteDay
from schema.stores.control import Control


class Step(StrEnum):
    """The step of closing that was begun last."""

    OPEN = "open"  # closed before, and then new events arrived
    ADD = "add"  # counts of events that arrived after a final closing are being added
    SWAP = "swap"  # rows with new numbers are replacing the old ones
    SWEEP = "sweep"  # replaced and deleted rows are being removed from the disk
    CLOSED = "closed"


_HALFWAY = frozenset({Step.ADD, Step.SWAP})
_CLOSED = frozenset({Step.SWEEP, Step.CLOSED})


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """How far the closing of a day is."""

    step: Step
    is_final: bool = False  # its events are deleted, and its daily counts never counted again
    version: int = 0  # of the daily counts that the step ADD writes


class ClosedDays:
    """The days of all sites that were closed at least once. The caller locks."""

    def __init__(self, control: Control) -> None:
        """Raises sqlite3.Error, as all methods that write."""
        self._control = control
        self._days: dict[SiteDay, ClosedDay] = {}
        self._final: dict[int, set[date]] = {}
        self._halfway: set[SiteDay] = set()
        self.reload()

    def reload(self) -> None:
        """Load the changes of other processes."""
        rows = self._control.rows("select site_id, day, step, is_final, version from closed_days")
        self._days, self._final, self._halfway = {}, {}, set()
        self._keep(
            {
                (site_id, date.fromisoformat(day)): ClosedDay(Step(step), bool(is_final), version)
                for site_id, day, step, is_final, version in rows
            }
        )

    def get(self, key: SiteDay) -> ClosedDay | None:
        """Return how far the closing of a day is, or None if it never began."""
        return self._days.get(key)

    def is_closed(self, key: SiteDay) -> bool:
        """True if a day is closed, and got no events since."""
        day = self._days.get(key)
        return day is not None and day.step in _CLOSED

    def is_final(self, key: SiteDay) -> bool:
        """True if the events of a day are deleted."""
        day = self._days.get(key)
        return day is not None and day.is_final

    def final(self, site_id: int) -> Set[date]:
        """Return the days of a site whose events are deleted."""
        return self._final.get(site_id, frozenset())

    def halfway(self) -> Set[SiteDay]:
        """Return the days whose closing must be completed before anything else."""
        return self._halfway

    def at(self, step: Step) -> list[SiteDay]:
        """Return the days at a step, in order."""
        return sorted(key for key, day in self._days.items() if day.step is step)

    def reopen(self, keys: Iterable[SiteDay]) -> None:
        """Note that closed days get new events."""
        reopened = [key for key in keys if self.is_closed(key)]
        self._store({key: replace(self._days[key], step=Step.OPEN) for key in reopened})

    def advance(self, keys: Collection[SiteDay], step: Step, *, is_final: bool = False, version: int = 0) -> None:
        """Begin a step of days. A day that is final remains final."""
        self._store({key: ClosedDay(step, is_final or self.is_final(key), version) for key in keys})

    def _store(self, days: dict[SiteDay, ClosedDay]) -> None:
        """Store days, on disk first. Their sites may be deleted."""
        if not days:
            return
        rows = [
            (site_id, day.isoformat(), state.step.value, state.is_final, state.version, site_id)
            for (site_id, day), state in days.items()
        ]
        with self._control.write() as connection:
            connection.executemany(_REPLACE, rows)
        self._keep(days)

    def _keep(self, days: dict[SiteDay, ClosedDay]) -> None:
        self._days |= days
        for (site_id, day), state in days.items():
            if state.is_final:
                self._final.setdefault(site_id, set()).add(day)
            if state.step in _HALFWAY:
                self._halfway.add((site_id, day))
            else:
                self._halfway.discard((site_id, day))


_REPLACE = """
replace into closed_days (site_id, day, step, is_final, version)
select ?, ?, ?, ?, ? where exists (select 1 from sites where id = ?)
"""
