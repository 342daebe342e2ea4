import pytest

from dashboard.charts.column import column


@pytest.mark.parametrize(
    ("share", "shape"),
    [
        pytest.param(0.36, 'y="64" width="1" height="36"', id="a share stands on the ground"),
        pytest.param(0, 'y="100" width="1" height="0"', id="nothing"),
        pytest.param(1, 'y="0" width="1" height="100"', id="everything"),
        pytest.param(2, 'y="0" width="1" height="100"', id="never more than everything"),
    ],
)
def test_a_column_is_as_high_as_its_share(share, shape):
    assert shape in column(share)
