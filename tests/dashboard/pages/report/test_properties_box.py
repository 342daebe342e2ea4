import pytest

from dashboard.pages.report import properties_box
from dashboard.pages.report.properties_box import properties_tab
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.result import Result, Row
from tests.dashboard.pages.report.views import a_view

VALUES = (Row(("",), (90, 95, 9.0)), Row(("pro",), (20, 30, 2.0)), Row(("a,b",), (5, 5, 0.5)))


def tab(query="", keys=("plan", "url"), values=VALUES):
    return properties_tab(lambda _query: Result(values), a_view(query), keys, visitors=100)


def test_events_without_the_property_are_left_out():
    assert [("pro", "20", "30", "20%"), ("a,b", "5", "5", "5%")] == [
        (row.value, row.visitors, row.events, row.share) for row in tab().rows
    ]


def test_with_a_goal_the_share_is_the_conversion_rate():
    page = tab("f=is,goal,Signup")

    assert ["2%", "0.5%"] == [row.share for row in page.rows]
    assert "Rate" == page.share_title
    assert Metric.CONVERSION_RATE in properties_box.question(a_view("f=is,goal,Signup"), "plan").metrics
    assert Metric.CONVERSION_RATE not in properties_box.question(a_view(), "plan").metrics


def test_a_value_filters():
    assert "/example.org?goals=properties&f=is,props:plan,a%2Cb" == tab("goals=properties").rows[1].url


@pytest.mark.parametrize(
    ("query", "key"),
    [
        pytest.param("", "plan", id="by default the most frequent one"),
        pytest.param("property=url", "url", id="the one in the URL"),
        pytest.param("property=old", "old", id="also if no event of the period has it"),
    ],
)
def test_the_url_chooses_the_property(query, key):
    page = tab(query)

    assert key == page.key
    assert [key] == [choice.title for choice in page.choice if choice.is_open]


def test_without_properties_nothing_is_asked():
    page = properties_tab(lambda _query: pytest.fail("asked"), a_view(), [], visitors=0)

    assert ("", [], []) == (page.key, page.choice, page.rows)


def test_further_properties_are_in_a_menu():
    page = tab(keys=[f"key{number}" for number in range(12)])

    assert (9, 3) == (len(page.choice), len(page.further))


@pytest.mark.parametrize(
    ("query", "shown", "link"),
    [
        pytest.param("", 9, "/example.org?all=goals#goals", id="nine and a link"),
        pytest.param("all=goals", 20, "", id="all"),
    ],
)
def test_nine_values_are_shown_with_a_link_to_all(query, shown, link):
    page = tab(query, values=tuple(Row((f"v{number}",), (20 - number, 1)) for number in range(20)))

    assert (shown, link) == (len(page.rows), page.all_url)
