from xml.etree import ElementTree

import pytest

from dashboard.charts.trend import trend


@pytest.mark.parametrize(
    ("values", "course"),
    [
        pytest.param([0, 9], "M0 19L100 1", id="up"),
        pytest.param([0, 0, 0], "M0 19L50 19L100 19", id="nothing"),
        pytest.param([4], "M0 1", id="one number"),
    ],
)
def test_a_trend_goes_from_left_to_right(values, course):
    assert course == ElementTree.fromstring(trend(values))[0].get("d")


def test_without_numbers_there_is_no_line():
    assert [] == list(ElementTree.fromstring(trend([])))
