import pytest

from dashboard.pages import boxes
from dashboard.stats.model import dimensions
from dashboard.stats.model.result import Row


def rows(**visitors: int) -> tuple[Row, ...]:
    return tuple(Row((value,), (count,)) for value, count in visitors.items())


@pytest.mark.parametrize(
    ("dimension", "value", "label"),
    [
        pytest.param(dimensions.SOURCE, "Google", "Google", id="a source"),
        pytest.param(dimensions.SOURCE, "", "Direct / None", id="no source"),
        pytest.param(dimensions.COUNTRY, "FR", "France", id="a country"),
        pytest.param(dimensions.COUNTRY, "XX", "XX", id="an unknown country"),
        pytest.param(dimensions.COUNTRY, "", "(not set)", id="no country"),
        pytest.param(dimensions.NAMED_REGION, "Limburg\tBE", "Limburg, Belgium", id="a region"),
        pytest.param(dimensions.NAMED_CITY, "Lyon\tRhône\tFR", "Lyon, Rhône", id="a city"),
        pytest.param(dimensions.NAMED_CITY, "Paris\tParis\tFR", "Paris, France", id="a city named like its region"),
        pytest.param(dimensions.NAMED_CITY, "Monaco\t\tMC", "Monaco, Monaco", id="a city without a region"),
    ],
)
def test_a_value_has_a_label_for_people(dimension, value, label):
    assert label == boxes.label_of(dimension, value)


def test_a_box_has_a_line_for_each_row():
    box = boxes.box(dimensions.BROWSER, rows(Firefox=1500, Chrome=500), 2000)

    assert ("browser", "Browsers") == (box.id, box.heading.title)
    assert [("Firefox", "1.5k", "75%"), ("Chrome", "500", "25%")] == [
        (line.label, line.visitors, line.percent) for line in box.lines
    ]


def test_bars_are_drawn_against_the_greatest_line():
    one, same = (boxes.box(dimensions.OS, rows(Mac=count), 1000).lines[0].bar for count in (1, 900))

    assert one == same


def test_a_box_without_rows_is_empty():
    assert [] == boxes.box(dimensions.OS, (), 0).lines


@pytest.mark.parametrize(
    ("regions", "is_shown"),
    [
        pytest.param({"Limburg\tBE": 1}, True, id="a known region"),
        pytest.param({"": 1}, False, id="unknown regions"),
        pytest.param({}, False, id="no events"),
    ],
)
def test_regions_are_shown_if_any_is_known(regions, is_shown):
    answers: dict[object, tuple[Row, ...]] = dict.fromkeys(boxes.HEADINGS, ())
    answers[dimensions.NAMED_REGION] = rows(**regions)

    assert is_shown == ("named-region" in [box.id for box in boxes.boxes(answers, 1)])
