"""What reports learn about the counted days of a site."""

from datetime import date

import pytest

from schema.days.rolled_days import RolledDay, RolledDays, span

FIRST, TODAY = date(2026, 3, 10), date(2026, 3, 14)
PARIS = "Europe/Paris"
COUNTED = RolledDay(PARIS, is_exact=True)


def some_days(**changes: RolledDay) -> RolledDays:
    """Return four counted days before today. changes: d10 to d13."""
    days = {date(2026, 3, number): changes.get(f"d{number}", COUNTED) for number in range(10, 14)}
    return RolledDays(PARIS, TODAY, days)


def has_goal(day: RolledDay) -> bool:
    return "goal" in day.goals


@pytest.mark.parametrize(
    ("day", "missing"),
    [
        pytest.param(COUNTED, False, id="counted"),
        pytest.param(RolledDay(), True, id="invalid"),
        pytest.param(RolledDay("UTC", is_exact=True), True, id="counted in another zone"),
        pytest.param(RolledDay(PARIS), True, id="counts that do not add up"),
        pytest.param(RolledDay("UTC", is_final=True), False, id="final, whatever was counted"),
    ],
)
def test_days_without_valid_counts_are_missing(day: RolledDay, *, missing: bool) -> None:
    assert missing is (FIRST in some_days(d10=day).missing(FIRST, TODAY, lambda _day: True))


@pytest.mark.parametrize(
    ("first", "last", "missing"),
    [
        pytest.param(date(2026, 3, 1), date(2026, 3, 13), [], id="before the first day there is nothing"),
        pytest.param(FIRST, date(2026, 3, 31), [TODAY], id="today, and no future day"),
    ],
)
def test_today_is_missing(first: date, last: date, missing: list[date]) -> None:
    assert missing == some_days().missing(first, last, lambda _day: True)


@pytest.mark.parametrize(
    ("is_final", "start"),
    [
        pytest.param({}, None, id="days with events"),
        pytest.param({"d10": RolledDay(PARIS, is_final=True)}, date(2026, 3, 11), id="a final day without the goal"),
        pytest.param(
            {"d10": RolledDay(PARIS, is_final=True), "d12": RolledDay(PARIS, is_final=True)},
            date(2026, 3, 13),
            id="the last of some",
        ),
        pytest.param(
            {"d10": RolledDay(PARIS, goals=frozenset({"goal"}), is_final=True)}, None, id="a final day with the goal"
        ),
    ],
)
def test_a_goal_is_countable_from_the_day_after_the_last_final_day_without_it(
    is_final: dict[str, RolledDay], start: date | None
) -> None:
    assert start == some_days(**is_final).countable_from(has_goal)


def test_a_span_has_both_ends() -> None:
    assert [date(2026, 2, 28), date(2026, 3, 1)] == span(date(2026, 2, 28), date(2026, 3, 1))


@pytest.mark.parametrize(
    ("first", "last", "is_final"),
    [
        pytest.param(FIRST, TODAY, True, id="the whole period"),
        pytest.param(date(2026, 3, 12), date(2026, 3, 12), True, id="the day itself"),
        pytest.param(FIRST, date(2026, 3, 11), False, id="days before"),
        pytest.param(date(2026, 3, 13), TODAY, False, id="days after"),
    ],
)
def test_final_days_are_found_in_a_period(first: date, last: date, *, is_final: bool) -> None:
    assert is_final is some_days(d12=RolledDay(PARIS, is_final=True)).has_final(first, last)
