import pytest

from dashboard.pages.report import funnel_box
from dashboard.pages.report.funnel_box import funnel_tab
from dashboard.stats.reports.funnel import Passage
from schema.measures.funnels import Funnel
from schema.measures.goals import Goal
from tests.dashboard.pages.report.views import a_view
from tests.factories import store, views

STEPS = (
    Goal(1, 1, "Visit /pricing", page_path="/pricing"),
    Goal(2, 1, "Visit /order", page_path="/order"),
    Goal(3, 1, "Signup", event_name="Signup"),
)
SALE, OTHER = Funnel(7, 1, "Sale", STEPS), Funnel(8, 1, "Other", STEPS[::-1])


def test_each_step_has_its_shares_and_its_drop_off():
    first, second, third = funnel_box.steps(a_view(), SALE, Passage(1000, (200, 50, 0)))

    assert ("200", "100%", "", "") == (first.visitors, first.of_first, first.of_previous, first.drop)
    assert ("50", "25%", "25%", "−150 (75%)") == (second.visitors, second.of_first, second.of_previous, second.drop)
    assert ("0", "0%", "0%", "−50 (100%)") == (third.visitors, third.of_first, third.of_previous, third.drop)


def test_a_funnel_without_visitors_has_zero_shares():
    steps = funnel_box.steps(a_view(), SALE, Passage(0, (0, 0, 0)))

    assert ["0%", "0%", "0%"] == [step.of_first for step in steps]


def test_a_step_filters_by_its_goal():
    step = funnel_box.steps(a_view("goals=funnels"), SALE, Passage(9, (3, 2, 1)))[2]

    assert "/example.org?goals=funnels&f=is,goal,Signup" == step.url


@pytest.mark.parametrize(
    ("query", "name"),
    [
        pytest.param("funnel=8", "Other", id="the one in the URL"),
        pytest.param("", "Sale", id="none in the URL: the first"),
        pytest.param("funnel=99", "Sale", id="one that is gone: the first"),
    ],
)
def test_the_url_chooses_the_funnel(query, name):
    assert name == funnel_box.chosen(a_view(query), [SALE, OTHER]).name


@pytest.mark.parametrize(
    ("query", "url"),
    [
        pytest.param("f=is,goal,Signup&f=is,country,FR", "/example.org?f=is,country,FR#goals", id="a goal"),
        pytest.param("f=is,page,/a&f=is_not,goal,Signup", "/example.org#goals", id="a page, and a goal not reached"),
        pytest.param("f=contains,page,a", "/example.org#goals", id="a part of a page"),
        pytest.param("f=is,country,FR", "", id="a country is fine"),
        pytest.param("f=is_not,goal,Signup", "", id="so is a goal that was not reached"),
        pytest.param("f=is,segment,7", "", id="so is a segment of visits"),
    ],
)
def test_a_filter_by_goal_or_page_is_refused_with_a_way_out(database, query, url):
    tab = funnel_tab(database, a_view(query), [SALE])

    assert url == tab.refusal_url
    assert bool(url) == (tab.refusal != "")
    assert bool(url) != bool(tab.steps)


def test_the_numbers_are_those_of_the_period_and_filters(database):
    store(database, views("/pricing", "/order", start="2026-03-09 08:00", country="FR"))
    store(database, views("/pricing", start="2026-03-09 09:00", country="DE"))
    store(database, views("/pricing", start="2026-01-09 09:00", country="FR"))

    every, french = (
        [step.visitors for step in funnel_tab(database, a_view(query), [SALE]).steps]
        for query in ("", "f=is,country,FR")
    )
    assert ["2", "1", "0"] == every
    assert ["1", "1", "0"] == french


def test_without_funnels_there_is_nothing_to_choose(database):
    assert not funnel_tab(database, a_view(), []).steps


def test_a_single_funnel_needs_no_choice(database):
    assert [] == funnel_tab(database, a_view(), [SALE]).choice
    assert [("Sale", True), ("Other", False)] == [
        (tab.title, tab.is_open) for tab in funnel_tab(database, a_view(), [SALE, OTHER]).choice
    ]
