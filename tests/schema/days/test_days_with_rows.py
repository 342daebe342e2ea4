"""Days without daily counts are looked up in one statement: which of them have rows?"""

from datetime import date, timedelta
from typing import Any

import pytest

from schema.days.days_with_rows import looked_up
from schema.days.rolled_days import RolledDay, RolledDays
from tests.factories import a_visit, an_event, store

TODAY = date(2026, 4, 15)
PARIS = "Europe/Paris"
COUNTED = RolledDay(PARIS, is_exact=True)
MONTH: dict[str, Any] = {"site_id": 1, "first": date(2026, 3, 17), "last": TODAY}


@pytest.mark.parametrize(
    ("record", "days"),
    [
        pytest.param(an_event(time="2026-04-01 12:00"), {date(2026, 4, 1)}, id="an event"),
        pytest.param(an_event(time="2026-04-01 22:30"), {date(2026, 4, 2)}, id="an event after the local midnight"),
        pytest.param(
            a_visit(start="2026-03-31 21:50", last="2026-04-01 22:05"),
            {date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 2)},
            id="a visit, with all days it lasts",
        ),
        pytest.param(an_event(time="2026-03-16 12:00"), set(), id="an event before the period"),
        pytest.param(an_event(time="2026-04-01 12:00", site_id=2), set(), id="an event of another site"),
    ],
)
def test_days_with_rows_are_those_of_events_and_visits(database: Any, record: Any, days: set[date]) -> None:
    store(database, [record])

    with_rows = looked_up(database, RolledDays(PARIS, TODAY, {}), **MONTH).with_rows

    assert frozenset(days) == with_rows


@pytest.mark.parametrize("first", [TODAY, TODAY - timedelta(days=1)])
def test_a_single_day_is_not_looked_up(database: Any, first: date) -> None:
    rolled = RolledDays(PARIS, TODAY, {TODAY - timedelta(days=1): COUNTED})

    assert looked_up(database, rolled, site_id=1, first=first, last=TODAY) is rolled
