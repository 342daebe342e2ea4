import pytest

from dashboard.charts.ticks import ticks


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        pytest.param(0, (0, 1), id="nothing"),
        pytest.param(1, (0, 1), id="one"),
        pytest.param(3, (0, 1, 2, 3), id="three"),
        pytest.param(4, (0, 1, 2, 3, 4), id="four"),
        pytest.param(5, (0, 2, 4, 6), id="five"),
        pytest.param(10, (0, 5, 10), id="ten: never 2.5 visitors"),
        pytest.param(100, (0, 25, 50, 75, 100), id="a hundred"),
        pytest.param(101, (0, 50, 100, 150), id="just above"),
        pytest.param(893, (0, 250, 500, 750, 1000), id="hundreds"),
        pytest.param(7_000_000, (0, 2_000_000, 4_000_000, 6_000_000, 8_000_000), id="millions"),
    ],
)
def test_a_scale_of_counts_is_round_and_whole(highest, expected):
    assert expected == ticks(highest)


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        pytest.param(0.3, (0, 0.1, 0.2, 0.3), id="tenths"),
        pytest.param(1.75, (0, 0.5, 1, 1.5, 2), id="halves"),
        pytest.param(2.4, (0, 1, 2, 3), id="wholes"),
        pytest.param(9, (0, 2.5, 5, 7.5, 10), id="two and a half"),
    ],
)
def test_a_scale_of_decimals_may_have_them(highest, expected):
    assert expected == ticks(highest, whole=False)


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        pytest.param(0, (0, 1), id="nothing"),
        pytest.param(50, (0, 15, 30, 45, 60), id="quarters of a minute"),
        pytest.param(200, (0, 60, 120, 180, 240), id="minutes"),
        pytest.param(2000, (0, 600, 1200, 1800, 2400), id="ten minutes"),
        pytest.param(10_000, (0, 3600, 7200, 10_800), id="hours"),
    ],
)
def test_a_scale_of_seconds_has_whole_minutes(highest, expected):
    assert expected == ticks(highest, base=60)


@pytest.mark.parametrize("base", [10, 60])
@pytest.mark.parametrize("whole", [True, False])
def test_a_scale_reaches_the_highest_in_few_steps(base, whole):
    for highest in range(1, 3000, 7):
        scale = ticks(highest, base=base, whole=whole)

        assert highest <= scale[-1]
        assert 2 <= len(scale) <= 5
