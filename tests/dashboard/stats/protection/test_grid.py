"""A period is made of fixed blocks: whole months, whole weeks of a month, and days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.stats.model.period import Interval, Period
from dashboard.stats.protection.grid import grid
from schema.days.rolled_days import RolledDay, RolledDays
from tests.factories import PARIS

TODAY = date(2026, 4, 15)
FIRST = date(2026, 1, 1)
DAYS = [FIRST + timedelta(days=number) for number in range((TODAY - FIRST).days)]
COUNTED = {day: RolledDay("Europe/Paris", is_exact=True) for day in DAYS}


def blocks(first: date, last: date, interval: Interval | None = None, *, without: tuple[date, ...] = ()):
    rolled = RolledDays("Europe/Paris", TODAY, {day: COUNTED[day] for day in DAYS if day not in without})
    return grid(Period("custom", first, last, PARIS), interval, rolled)


def days(*numbers: int, month: int = 3) -> tuple[date, ...]:
    return tuple(date(2026, month, number) for number in numbers)


def test_a_whole_month_is_a_block_of_its_weeks():
    found = blocks(date(2026, 3, 1), date(2026, 3, 31))

    assert days(1) == found.months
    assert days(1, 2, 9, 16, 23, 30) == found.weeks


def test_a_part_of_a_month_is_whole_weeks_and_days():
    found = blocks(date(2026, 3, 5), date(2026, 3, 17))

    assert days(5, 6, 7, 8, 9, 16, 17) == found.months == found.weeks


def test_a_week_that_two_months_share_is_a_block_in_each():
    found = blocks(date(2026, 3, 30), date(2026, 4, 5))

    assert (date(2026, 3, 30), date(2026, 4, 1)) == found.months


@pytest.mark.parametrize(
    ("interval", "months"),
    [
        pytest.param(Interval.DAY, days(*range(1, 32)), id="days"),
        pytest.param(Interval.WEEK, days(1, 2, 9, 16, 23, 30), id="weeks"),
        pytest.param(Interval.MONTH, days(1), id="months"),
    ],
)
def test_a_block_lies_in_one_interval(interval, months):
    assert months == blocks(date(2026, 3, 1), date(2026, 3, 31), interval).months


def test_a_day_without_counts_stands_alone_and_so_do_the_others_of_its_week():
    found = blocks(date(2026, 3, 1), date(2026, 3, 31), without=days(10))

    assert days(10) == found.uncounted
    assert days(1, 2, 9, 10, 11, 12, 13, 14, 15, 16, 23, 30) == found.months


def test_today_and_what_follows_are_not_closed():
    found = blocks(date(2026, 4, 13), date(2026, 4, 30))

    assert (TODAY,) == found.uncounted
    assert TODAY == found.last
    assert days(13, 14, 15, month=4) == found.months


@given(st.sampled_from(DAYS), st.integers(0, 90), st.integers(0, 90))
def test_blocks_of_a_shorter_period_lie_in_blocks_of_a_longer_one(first, length, more):
    """Otherwise the difference of two periods could be a part of a block."""
    last = min(first + timedelta(days=length), DAYS[-1])
    inner, outer = blocks(first, last), blocks(first, min(last + timedelta(days=more), DAYS[-1]))

    assert {day for day in outer.months if first <= day <= last} <= set(inner.months)
    assert {day for day in outer.weeks if first <= day <= last} <= set(inner.weeks)
