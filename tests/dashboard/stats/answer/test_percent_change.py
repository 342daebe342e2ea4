import pytest

from dashboard.stats.answer.percent_change import change
from dashboard.stats.model.metrics import Metric


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        pytest.param(150, 100, 50, id="more"),
        pytest.param(50, 100, -50, id="less"),
        pytest.param(100, 100, 0, id="the same"),
        pytest.param(0, 100, -100, id="nothing left"),
        pytest.param(3, 0, 100, id="something from nothing"),
        pytest.param(0, 0, 0, id="nothing from nothing"),
        pytest.param(None, 3, None, id="no new number"),
        pytest.param(3, None, None, id="no old number"),
        pytest.param(201, 200, 1, id="half a percent up is rounded away from zero"),
        pytest.param(199, 200, -1, id="half a percent down is rounded away from zero"),
        pytest.param(1001, 1000, 0, id="a tenth of a percent is none"),
        pytest.param(1.5, 1.2, 25, id="numbers with decimals"),
    ],
)
def test_a_number_changes_by_percent(new, old, expected):
    assert expected == change(new, old, Metric.VISITORS)


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        pytest.param(60, 50, 10, id="points, not percent"),
        pytest.param(40, 50, -10, id="fewer points"),
        pytest.param(50, 0, None, id="nothing to compare with"),
        pytest.param(0, 50, -50, id="nobody bounces any more"),
        pytest.param(None, 50, None, id="no new number"),
    ],
)
def test_a_bounce_rate_changes_by_points(new, old, expected):
    assert expected == change(new, old, Metric.BOUNCE_RATE)
