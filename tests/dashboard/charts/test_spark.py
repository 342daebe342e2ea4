from xml.etree import ElementTree

import pytest

from dashboard.charts.spark import spark


def drawn(*values: float):
    chart = ElementTree.fromstring(spark([(value, f"day <{value:g}>") for value in values], title="<Hits>"))
    bars = [group.findall("rect")[1] for group in chart.findall("g")]
    return chart, [(bar.get("x"), bar.get("y"), bar.get("height")) for bar in bars]


def test_the_highest_number_fills_the_height():
    _, bars = drawn(1, 4, 0)

    assert bars == [("0.1", "0.75", "0.25"), ("1.1", "0", "1"), ("2.1", "1", "0")]


@pytest.mark.parametrize("values", [(), (0, 0)])
def test_zeros_have_no_height(values):
    _, bars = drawn(*values)

    assert [height for _, _, height in bars] == ["0"] * len(values)


def test_each_bar_has_a_tooltip():
    chart, _ = drawn(1, 4)

    assert [title.text for title in chart.iter("title")] == ["<Hits>", "day <1>", "day <4>"]
    assert chart.get("role") == "img"
