"""The period that a period is compared with."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from dashboard.stats.model.period import Period


class Mode(StrEnum):
    PREVIOUS_PERIOD = "previous_period"
    YEAR_OVER_YEAR = "year_over_year"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Comparison:
    mode: Mode
    custom: Period | None = None  # for Mode.CUSTOM only
    is_weekday_kept: bool = False  # the compared period starts on the same day of the week


def compared(period: Period, comparison: Comparison, *, now: datetime) -> Period:
    """Return the period to compare with: the same number of days, future days excluded."""
    if comparison.custom:
        return comparison.custom
    today = now.astimezone(period.zone).date()
    period = replace(period, last=max(period.first, min(period.last, today)))
    first = period.first - timedelta(days=1 if period.key == "24h" else period.days)
    if comparison.mode is Mode.YEAR_OVER_YEAR:
        first = _year_before(period.first)
    shift = period.first - first
    if comparison.is_weekday_kept:
        shift = _with_weekday(shift)
    return replace(
        period,
        first=period.first - shift,
        last=period.last - shift,
        since=_moved(period.since, shift, period),
        until=_moved(period.until, shift, period),
    )


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - 1, day=28)


def _with_weekday(shift: timedelta) -> timedelta:
    """Return the shift in whole weeks, rounded down, at least one."""
    whole_weeks = timedelta(weeks=shift.days // 7)
    return whole_weeks or timedelta(weeks=1)


def _moved(instant: datetime | None, shift: timedelta, period: Period) -> datetime | None:
    """Return the instant with the same local time, earlier by `shift`."""
    if instant is None:
        return None
    local = instant.astimezone(period.zone)
    return (local.replace(tzinfo=None) - shift).replace(tzinfo=period.zone).astimezone(instant.tzinfo)
