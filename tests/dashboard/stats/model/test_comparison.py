from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.model.comparison import Comparison, Mode, compared
from dashboard.stats.parse.date_range import parse

NOW = datetime(2026, 3, 10, 13, 30, tzinfo=UTC)  # a Tuesday


def period(date_range):
    return parse(date_range, zone=ZoneInfo("Europe/Paris"), now=NOW, first_day=lambda: None)


@pytest.mark.parametrize(
    ("date_range", "comparison", "first", "last"),
    [
        pytest.param("7d", Comparison(Mode.PREVIOUS_PERIOD), "2026-02-24", "2026-03-02", id="the week before"),
        pytest.param("month", Comparison(Mode.PREVIOUS_PERIOD), "2026-02-19", "2026-02-28", id="days to come left out"),
        pytest.param("day", Comparison(Mode.PREVIOUS_PERIOD), "2026-03-09", "2026-03-09", id="yesterday"),
        pytest.param("7d", Comparison(Mode.YEAR_OVER_YEAR), "2025-03-03", "2025-03-09", id="a year before"),
        pytest.param(
            ["2024-02-29", "2024-03-01"], Comparison(Mode.YEAR_OVER_YEAR), "2023-02-28", "2023-03-01", id="a leap day"
        ),
        pytest.param(
            "7d",
            Comparison(Mode.YEAR_OVER_YEAR, is_weekday_kept=True),
            "2025-03-04",
            "2025-03-10",
            id="forward to the same weekday",
        ),
        pytest.param(
            "day",
            Comparison(Mode.PREVIOUS_PERIOD, is_weekday_kept=True),
            "2026-03-03",
            "2026-03-03",
            id="today is not compared with itself",
        ),
        pytest.param(
            ["2026-03-01", "2026-03-10"],
            Comparison(Mode.PREVIOUS_PERIOD, is_weekday_kept=True),
            "2026-02-22",
            "2026-03-03",
            id="forward, as far as into the period",
        ),
        pytest.param(
            "7d", Comparison(Mode.CUSTOM, period(["2025-01-01", "2025-01-02"])), "2025-01-01", "2025-01-02", id="custom"
        ),
    ],
)
def test_a_period_is_compared_with(date_range, comparison, first, last):
    other = compared(period(date_range), comparison, now=NOW)

    assert (date.fromisoformat(first), date.fromisoformat(last)) == (other.first, other.last)


def test_instants_keep_their_wall_clock():
    other = compared(
        period(["2026-03-29T08:00:00+02:00", "2026-03-29T09:00:00+02:00"]), Comparison(Mode.PREVIOUS_PERIOD), now=NOW
    )

    # The clocks go forward in between.
    assert (datetime(2026, 3, 28, 7, tzinfo=UTC), datetime(2026, 3, 28, 8, 0, 1, tzinfo=UTC)) == (
        other.start,
        other.end,
    )
