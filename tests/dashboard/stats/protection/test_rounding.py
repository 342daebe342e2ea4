"""Numbers that show nothing about fewer than ten visitors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.stats.protection import rounding


@pytest.mark.parametrize(
    ("number", "visitors", "shown"),
    [
        pytest.param(9, 9, 0, id="too few visitors"),
        pytest.param(40, 9, 0, id="much of too few visitors"),
        pytest.param(10, 10, 10, id="just enough"),
        pytest.param(14, 14, 10, id="rounded down"),
        pytest.param(15, 15, 20, id="halves rounded up"),
        pytest.param(25, 25, 30, id="halves rounded up, not to even"),
        pytest.param(4, 12, 0, id="few events of many visitors"),
    ],
)
def test_a_number_is_rounded_or_not_shown(number, visitors, shown):
    assert shown == rounding.shown(number, visitors)


def test_an_average_does_not_depend_on_the_rounding_of_its_count():
    seconds, visits = 14 * 60, 14

    assert 600 == rounding.weighted(seconds, visits, 14)
    assert 0 == rounding.weighted(seconds, visits, 9)
    assert 0 == rounding.weighted(seconds, 0, 14)


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        pytest.param([40, 30, 20], [40, 30, 20], id="steps of ten"),
        pytest.param([15, 14], [10, 10], id="a step that one visitor did not take"),
        pytest.param([34, 9], [30, 0], id="a step that few took"),
        pytest.param([24, 21, 9, 3], [20, 20, 0, 0], id="the last steps together"),
        pytest.param([9], [0], id="few in all"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_steps_differ_by_ten_visitors_or_not_at_all(counts, shown):
    assert shown == rounding.nested(counts)


@given(st.lists(st.integers(0, 60), max_size=8))
def test_steps_shrink_by_multiples_of_ten(drops):
    counts = [sum(drops[number:]) for number in range(len(drops))]
    shown = rounding.nested(counts)

    assert all(number % 10 == 0 for number in shown)
    assert shown == sorted(shown, reverse=True)
    assert all(number == 0 for number, count in zip(shown, counts, strict=True) if count < 10)
