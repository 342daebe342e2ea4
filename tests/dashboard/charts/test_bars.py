from xml.etree import ElementTree

import pytest

from dashboard.charts.bars import Bar, bars


def drawn(*values: float):
    chart = ElementTree.fromstring(
        bars(
            [Bar(value, f"−{number} min" if number % 2 else "", f"<{value:g}>") for number, value in enumerate(values)],
            title="<Visitors>",
            description="Highest: 4 & more",
        )
    )
    return chart, [rect for rect in chart.iter("rect") if rect.get("class") == "chart-bar"]


def test_bars_share_the_width_and_reach_their_number_on_the_scale():
    chart, drawn_bars = drawn(1, 4, 0, 2)

    assert [("25%", "75%"), ("100%", "0%"), ("0%", "100%"), ("50%", "50%")] == [
        (bar.get("height"), bar.get("y")) for bar in drawn_bars
    ]
    assert ["2.5%", "27.5%", "52.5%", "77.5%"] == [bar.get("x") for bar in drawn_bars]
    assert ["0", "1", "2", "3", "4"] == [text.text for text in chart.iter("text") if "chart-tick" in text.get("class")]


def test_only_bars_with_a_label_have_one_in_their_middle():
    chart, _ = drawn(1, 4, 0, 2)
    labels = [text for text in chart.iter("text") if "chart-tick" not in text.get("class")]

    assert [("−1 min", "37.5%"), ("−3 min", "87.5%")] == [(label.text, label.get("x")) for label in labels]
    assert ["chart-label", "chart-label chart-label-extra"] == [label.get("class") for label in labels]  # on phones


@pytest.mark.parametrize("values", [(), (0, 0)])
def test_zeros_have_no_height(values):
    _, drawn_bars = drawn(*values)

    assert ["0%"] * len(values) == [bar.get("height") for bar in drawn_bars]


def test_a_chart_has_a_name_a_description_and_a_tooltip_per_bar():
    chart, _ = drawn(1, 4)

    assert ["<Visitors>", "<1>", "<4>"] == [title.text for title in chart.iter("title")]
    assert ["Highest: 4 & more"] == [text.text for text in chart.iter("desc")]
