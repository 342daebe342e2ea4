"""The sums of one value: what a block has too few visitors for is shown with others in the block around it."""

from datetime import date, timedelta

import pytest

from dashboard.stats.model.period import Period
from dashboard.stats.protection.blocks import by_bucket, rest
from dashboard.stats.protection.grid import Grid, grid
from schema.days.rolled_days import RolledDay, RolledDays
from tests.factories import PARIS

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
DAYS = {FIRST + timedelta(days=number): RolledDay("Europe/Paris", is_exact=True) for number in range(31)}


def a_grid(first: date = FIRST, last: date = LAST) -> Grid:
    return grid(Period("custom", first, last, PARIS), None, RolledDays("Europe/Paris", date(2026, 4, 1), DAYS))


@pytest.mark.parametrize(
    ("visitors", "shown"),
    [
        pytest.param({2: 14}, 10, id="a day"),
        pytest.param({2: 9}, 0, id="a small day"),
        pytest.param({2: 9, 3: 6}, 20, id="small days of a week"),
        pytest.param({2: 14, 3: 6}, 10, id="a small day beside a day"),
        pytest.param({2: 9, 9: 6}, 20, id="small weeks of a month"),
        pytest.param({2: 9, 3: 3, 9: 6, 16: 3}, 10, id="a week, and too little of the others"),
        pytest.param({}, 0, id="nobody"),
    ],
)
def test_small_cells_join_the_block_around_them(visitors, shown):
    sums = by_bucket({date(2026, 3, day): {"visitors": count} for day, count in visitors.items()}, a_grid())

    assert shown == sums.get(FIRST, {}).get("visitors", 0)


def test_days_outside_the_period_do_not_count():
    days = {date(2026, 3, 2): {"visitors": 40}, date(2026, 3, 3): {"visitors": 20}}

    assert {date(2026, 3, 3): {"visitors": 20}} == by_bucket(days, a_grid(first=date(2026, 3, 3)))


def test_averages_are_those_of_the_cell():
    days = {FIRST: {"visitors": 14, "visits": 14, "duration": 14 * 60}}

    assert {FIRST: {"visitors": 10, "visits": 10, "duration": 600}} == by_bucket(days, a_grid())


@pytest.mark.parametrize(
    ("values", "visitors"),
    [
        pytest.param([{2: 14}, {3: 10}], None, id="all is shown"),
        pytest.param([{2: 4}, {3: 3}], 0, id="fewer than ten together"),
        pytest.param([{2: 9}, {3: 8}], 20, id="several values of a month"),
        pytest.param([{2: 9, 9: 6}, {3: 8}], 0, id="a value that its month shows"),
    ],
)
def test_the_rest_is_what_no_value_shows(values, visitors):
    counts = [{date(2026, 3, day): {"visitors": count} for day, count in days.items()} for days in values]

    assert visitors == rest(counts, a_grid())
