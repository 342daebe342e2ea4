"""The counted days and months of a site at one moment, as reports see them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from schema.days.local_day import month_end
from schema.days.months import RolledMonth

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RolledDay:
    """What the counts of a day contain."""

    zone: str = ""  # of the site when it was counted; "": not counted, or invalid
    is_exact: bool = False
    goals: frozenset[str] = frozenset()  # marks
    props: frozenset[str] = frozenset()  # counted keys; others have too many values or are new
    is_final: bool = False  # its events are deleted: what is not counted can't be counted any more


@dataclass(frozen=True, slots=True)
class RolledDays:
    """The counted days of a site at one moment."""

    zone: str
    today: date
    days: Mapping[date, RolledDay]
    months: Mapping[date, RolledMonth] = field(default_factory=dict)  # by first day
    with_rows: frozenset[date] | None = None  # days that may have rows; None: all (see days_with_rows.py)

    def missing(self, first: date, last: date, is_usable: Callable[[RolledDay], bool]) -> list[date]:
        """Return the days to count at query time, without future days, days before the first, and final days."""
        if not self.days:
            return span(first, min(last, self.today))
        days = span(max(first, min(self.days)), min(last, self.today))
        return [day for day in days if not self._is_counted(self.days.get(day), is_usable)]

    def worth_counting(self, days: Iterable[date]) -> list[date]:
        """Return the days that may have rows."""
        return [day for day in days if self.with_rows is None or day in self.with_rows]

    def has_final(self, first: date, last: date) -> bool:
        """True if the events of a day from one to another are deleted."""
        return any(rolled.is_final for day, rolled in self.days.items() if first <= day <= last)

    def countable_from(self, is_usable: Callable[[RolledDay], bool]) -> date | None:
        """Return the first day from which all days have usable counts, or events to count. None: all days have.

        A goal that was created on a later day than the first one can't be counted on earlier final days.
        """
        lacking = [day for day, rolled in self.days.items() if rolled.is_final and not is_usable(rolled)]
        return max(lacking) + _DAY if lacking else None

    def whole_months(self, first: date, last: date, is_usable: Callable[[RolledMonth], bool]) -> tuple[date, ...]:
        """Return the first days of the months from a day to another whose monthly counts can be used."""
        return tuple(
            sorted(
                month
                for month, rolled in self.months.items()
                if first <= month
                and month_end(month) <= last
                and rolled.zone == self.zone
                and self.today < rolled.expires  # ClickHouse deletes by the date of its own time zone
                and is_usable(rolled)
            )
        )

    def _is_counted(self, day: RolledDay | None, is_usable: Callable[[RolledDay], bool]) -> bool:
        if day is None:
            return False
        return day.is_final or (day.is_exact and day.zone == self.zone and is_usable(day))


def span(first: date, last: date) -> list[date]:
    """Return the days from one to another, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
