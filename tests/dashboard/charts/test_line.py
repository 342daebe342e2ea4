from xml.etree import ElementTree

import pytest

from dashboard.charts.line import Card, Point, line, plain


def drawn(values, *, title="Visitors", description="A week", **options):
    points = [Point(value, f"day {number}", f"day {number}: {value}") for number, value in enumerate(values, start=1)]
    return ElementTree.fromstring(line(points, title=title, description=description, **options))


def of_class(chart, name):
    return [element for element in chart.iter() if name in (element.get("class") or "").split()]


def texts(chart, name):
    return [element.text for element in of_class(chart, name)]


def test_a_line_goes_through_the_middle_of_every_share_of_the_width():
    chart = drawn([0, 2, 4, 1])

    assert [path.get("d") for path in of_class(chart, "chart-line")] == ["M12.5 100L37.5 50L62.5 0L87.5 75"]


def test_the_area_reaches_down_to_zero():
    (area,) = of_class(drawn([2, 4]), "chart-area")

    assert area.get("d") == "M25 100L25 50L75 0L75 100Z"


def test_a_mark_has_a_line_and_a_sentence_in_the_tooltip():
    points = [Point(1, "a", "Monday: 1"), Point(2, "b", "Tuesday: 2", "A <rule> began.")]
    chart = ElementTree.fromstring(line(points, title="", description=""))
    [mark], [flag] = of_class(chart, "chart-mark"), of_class(chart, "chart-flag")

    assert [title.text for title in chart.iter("title")][1:] == ["Monday: 1", "Tuesday: 2. A <rule> began."]
    assert (mark.get("x1"), mark.get("x2"), flag.get("cx")) == ("75%", "75%", "75%")


def test_the_line_to_an_unfinished_bucket_is_dashed():
    chart = drawn([4, 4, 4, 2], is_unfinished=True)
    solid, dashed = of_class(chart, "chart-line")

    assert (solid.get("d"), solid.get("stroke-dasharray")) == ("M12.5 0L37.5 0L62.5 0", None)
    assert dashed.get("d") == "M62.5 0L87.5 50"
    assert dashed in of_class(chart, "chart-unfinished")
    assert dashed.get("stroke-dasharray")


def test_a_finished_period_has_no_dashed_line():
    assert of_class(drawn([4, 4]), "chart-unfinished") == []


@pytest.mark.parametrize(
    ("previous", "course"),
    [
        pytest.param([4, 0], "M25 0L75 100", id="as many"),
        pytest.param([4, 0, 9], "M25 0L75 100", id="more: cut, and not in the scale"),
    ],
)
def test_the_previous_period_is_aligned_by_position(previous, course):
    (path,) = of_class(drawn([1, 4], previous=previous), "chart-previous")

    assert course == path.get("d")


def test_without_a_previous_period_there_is_one_line():
    assert of_class(drawn([1, 4]), "chart-previous") == []


def test_the_scale_covers_the_previous_period():
    assert texts(drawn([1, 1], previous=[4, 4]), "chart-tick") == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("values", "options", "expected"),
    [
        pytest.param([893], {}, ["0", "250", "500", "750", "1,000"], id="counts"),
        pytest.param([1.75], {}, ["0", "0.5", "1", "1.5", "2"], id="decimals"),
        pytest.param([170], {"tick_base": 60, "number": "{:.0f}s".format}, ["0s", "60s", "120s", "180s"], id="seconds"),
    ],
)
def test_the_scale_is_written_beside_its_lines(values, options, expected):
    assert expected == texts(drawn(values, **options), "chart-tick")


def test_the_scale_has_a_line_at_zero():
    (base,) = of_class(drawn([3]), "chart-base")

    assert base.get("y1") == "100%"


def test_every_point_has_a_tooltip_with_its_number():
    points = of_class(drawn([3, 5]), "chart-point")

    assert [point.findtext("title") for point in points] == ["day 1: 3", "day 2: 5"]
    assert [(rect.get("x"), rect.get("width")) for point in points for rect in point.iter("rect")] == [
        ("0%", "50%"),
        ("50%", "50%"),
    ]


def test_one_point_is_a_level_line():
    (path,) = of_class(drawn([1]), "chart-line")

    assert path.get("d") == "M0 0L100 0"


@pytest.mark.parametrize("values", [pytest.param([], id="no point"), pytest.param([0, 0], id="only zeros")])
def test_a_chart_without_numbers_has_a_scale(values):
    assert texts(drawn(values), "chart-tick") == ["0", "1"]


@pytest.mark.parametrize(
    ("count", "labels", "extra"),
    [
        pytest.param(1, 1, 0, id="one"),
        pytest.param(7, 7, 3, id="a week"),
        pytest.param(24, 12, 6, id="a day"),
        pytest.param(25, 9, 4, id="a day of 25 hours"),
        pytest.param(91, 12, 6, id="a quarter"),
        pytest.param(366, 12, 6, id="a year of days"),
    ],
)
def test_labels_are_thinned_to_fit(count, labels, extra):
    chart = drawn([1] * count)

    assert labels == len(set(of_class(chart, "chart-label")) - set(of_class(chart, "chart-tick")))
    assert extra == len(of_class(chart, "chart-label-extra"))


def test_labels_at_the_right_edge_stay_inside():
    chart = drawn([1] * 12)
    ticks = of_class(chart, "chart-tick")
    anchors = [label.get("text-anchor") for label in of_class(chart, "chart-label") if label not in ticks]

    assert [*["middle"] * 11, "end"] == anchors


def test_screen_readers_get_a_title_and_a_description():
    chart = drawn([1], title="Visitors by day", description="From 1 to 7 March")

    [plot] = of_class(chart, "chart")
    assert plot.get("role") == "img"
    assert [plot.findtext("title"), plot.findtext("desc")] == ["Visitors by day", "From 1 to 7 March"]


def test_texts_are_escaped():
    hostile = "</title><script>alert('\"&')</script>"
    svg = line([Point(1, hostile, hostile)], title=hostile, description=hostile, number=lambda _: hostile)
    chart = ElementTree.fromstring(svg)

    assert "<script" not in svg
    assert [hostile] * 6 == [element.text for element in chart.iter() if element.tag in ("title", "desc", "text")]


def test_no_element_has_its_own_style():
    chart = drawn(range(28), previous=range(28), is_unfinished=True)

    assert [element for element in chart.iter() if element.get("style") or element.tag in ("style", "script")] == []


@pytest.mark.parametrize(
    ("number", "text"),
    [
        pytest.param(0, "0", id="zero"),
        pytest.param(1000, "1,000", id="a thousand"),
        pytest.param(2.5, "2.5", id="one decimal"),
        pytest.param(0.25, "0.25", id="two decimals"),
    ],
)
def test_a_number_has_no_trailing_zeros(number, text):
    assert text == plain(number)


def test_a_point_with_a_url_is_a_link_and_one_stop_of_the_tab_key():
    card = Card("Mon", "1 visitor", change="<↑>")
    points = [Point(value, "a", "b", url=f"/{value}?x=1&y=2", card=card) for value in (1, 2, 3)]
    chart = ElementTree.fromstring(line(points, title="", description=""))
    links = of_class(chart, "chart-point")

    assert ["/1?x=1&y=2", "/2?x=1&y=2", "/3?x=1&y=2"] == [link.get("href") for link in links]
    assert ["-1", "-1", "0"] == [link.get("tabindex") for link in links]
    assert ("Mon", "1 visitor", None, "<↑>") == tuple(
        links[0].get(f"data-{name}") for name in ("when", "number", "before", "change")
    )
    assert ["group"] == [plot.get("role") for plot in of_class(chart, "chart")]


def test_nothing_is_drawn_for_an_unknown_number():
    chart = drawn([None, None, 4, 2])

    assert [path.get("d") for path in of_class(chart, "chart-line")] == ["M62.5 0L87.5 50"]
    assert 2 == len(of_class(chart, "chart-point"))


MANY = 1440


def many(*, highest: int = 3, mark: int | None = None, unfinished: bool = False):
    """Return a chart of many points of 1, one of which is higher, and the texts of what can be pointed at."""
    points = [
        Point(
            9 if number == highest else 1,
            f"{number}",
            f"at {number}",
            "Launch." if number == mark else "",
            card=Card(f"at {number}", "1"),
        )
        for number in range(MANY)
    ]
    chart = ElementTree.fromstring(
        line(points, title="", description="", is_unfinished=unfinished, label_steps=(1, 60, 120))
    )
    return chart, [point.get("data-when") for point in of_class(chart, "chart-point")]


def test_neighbours_of_many_points_share_an_element_with_the_highest():
    chart, shown = many(highest=3)

    assert (288, "at 3", "at 5") == (len(shown), shown[0], shown[1])
    assert of_class(chart, "chart-dense")


@pytest.mark.parametrize("mark", [4, 3, MANY - 1], ids=["beside the highest", "at the highest", "the last"])
def test_a_mark_among_many_points_is_never_left_out(mark):
    chart, shown = many(highest=3, mark=mark)

    assert f"at {mark}" in shown
    assert 1 == len(of_class(chart, "chart-mark"))


def test_areas_of_many_points_lie_side_by_side():
    chart, _shown = many(highest=4)
    edges = [float(rect.get("x")[:-1]) for rect in chart.iter("rect")]

    assert edges == sorted(set(edges))
    assert {"0.35%"} == {rect.get("width") for rect in chart.iter("rect")}


def test_the_line_of_many_points_keeps_its_course_without_level_parts():
    chart, _shown = many(highest=3, unfinished=True)
    solid, dashed = of_class(chart, "chart-line")

    assert len(solid.get("d").split("L")) < 10
    assert "L0.24 10L" in solid.get("d")
    assert dashed in of_class(chart, "chart-unfinished")


def test_labels_of_many_points_are_at_whole_steps():
    chart, _shown = many()
    below = [label.text for label in of_class(chart, "chart-label") if "chart-tick" not in label.get("class")]

    assert [str(120 * number) for number in range(12)] == below


def test_few_points_keep_an_element_each():
    chart = drawn(range(300))

    assert 300 == len(of_class(chart, "chart-point"))
    assert [] == of_class(chart, "chart-dense")


@pytest.mark.parametrize(
    ("has_card", "stops"), [pytest.param(True, 1, id="with"), pytest.param(False, 0, id="without")]
)
def test_points_without_links_can_be_reached_with_keys_if_they_have_a_card(has_card, stops):
    card = Card("Monday", "1") if has_card else None
    chart = ElementTree.fromstring(line([Point(1, "a", "Monday: 1", card=card)] * 3, title="", description=""))
    points = of_class(chart, "chart-point")

    assert stops == sum(point.get("tabindex") == "0" for point in points)
    assert has_card == all((point.get("role"), point.get("aria-label")) == ("img", "Monday: 1") for point in points)
    assert ("group" if has_card else "img") == of_class(chart, "chart")[0].get("role")


def test_the_label_at_the_edge_ends_there_and_leaves_room_for_the_one_before():
    labels = [label for label in of_class(drawn([1] * 28), "chart-label") if "chart-tick" not in label.get("class")]

    assert ("100%", "end") == (labels[-1].get("x"), labels[-1].get("text-anchor"))
    assert {"middle"} == {label.get("text-anchor") for label in labels[:-1]}
