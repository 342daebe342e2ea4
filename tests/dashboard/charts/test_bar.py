from xml.etree import ElementTree

import pytest

from dashboard.charts.bar import bar


@pytest.mark.parametrize(
    ("share", "width"),
    [
        pytest.param(0, "0", id="nothing"),
        pytest.param(1 / 3, "33.33", id="a third"),
        pytest.param(1, "100", id="all"),
        pytest.param(1.2, "100", id="never more than all"),
        pytest.param(-0.1, "0", id="never less than nothing"),
    ],
)
def test_a_bar_is_as_wide_as_its_share(share, width):
    assert width == ElementTree.fromstring(bar(share))[0].get("width")
