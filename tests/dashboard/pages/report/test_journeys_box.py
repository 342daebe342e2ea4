import itertools
from typing import NoReturn

import pytest

from dashboard.pages.report.journeys_box import JourneysTab, journeys_tab
from dashboard.stats.model.result import Row
from schema.stores.database import QueryLimitError
from tests.dashboard.pages.report.views import GOALS, a_view
from tests.factories import an_event, store, views

PAGES = (Row(("/",), (90,)), Row(("/pricing",), (50,)))


@pytest.fixture
def busy(database):
    """Give a database with ten visitors on three pages, and one on two others."""
    for _visitor in range(10):
        records = views("/", "/pricing", "/order", start="2026-03-02 08:00", country="FR")
        store(database, [*records, an_event(records[0].visit, name="Signup", path="/order", time="2026-03-02 09:00")])
    store(database, views("/secret", "/pricing", "/order", start="2026-03-02 08:00", country="DE"))
    return database


def tab(database, query="", pages=PAGES) -> JourneysTab:
    return journeys_tab(database, a_view(f"goals=journeys&{query}"), GOALS, pages)


def labels(shown: JourneysTab) -> list[list[str]]:
    return [[row.label for row in side.rows] for side in shown.sides]


@pytest.mark.parametrize(
    ("query", "around"),
    [
        pytest.param("around=page:/pricing", "/pricing", id="a page"),
        pytest.param("around=/pricing", "/pricing", id="a page as people type it"),
        pytest.param("around=page:/pric*", "/pric*", id="pages by a wildcard"),
        pytest.param("f=is,page,/pricing", "/pricing", id="the page of a filter"),
        pytest.param("f=is,page,/order&around=page:/pricing", "/pricing", id="the URL before a filter"),
    ],
)
def test_the_middle_can_be_a_page(busy, query, around):
    shown = tab(busy, query)

    assert around == shown.around
    assert [["/"], ["/order"]] == labels(shown)


@pytest.mark.parametrize("query", ["around=goal:Signup", "around=Signup", "f=is,goal,Signup"])
def test_the_middle_can_be_a_goal(busy, query):
    shown = tab(busy, query)

    assert [["/order"], ["Left here"]] == labels(shown)
    assert "10 visitors reached it." == shown.summary


def test_without_a_choice_the_middle_is_the_top_page(busy):
    shown = tab(busy)

    assert "/" == shown.around
    assert [["Came in here"], ["/pricing"]] == labels(shown)


def test_a_row_continues_from_its_page(busy):
    (before, after) = tab(busy, "around=page:/pricing&all=goals").sides

    assert "/example.org?goals=journeys&around=page:/#goals" == before.rows[0].url
    assert "/example.org?goals=journeys&around=page:/order#goals" == after.rows[0].url


def test_coming_and_leaving_have_no_link(busy):
    assert "" == tab(busy, "around=page:/").sides[0].rows[0].url


def test_pages_of_few_visitors_are_never_named(busy):
    before, after = tab(busy, "around=page:/pricing").sides

    assert "1 other, with fewer than 10 visitors" == before.folded
    assert "" == after.folded


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        pytest.param("around=page:/secret", "Fewer than 10 visitors were here", id="a page of one visitor"),
        pytest.param("around=page:/pricing&f=is,country,DE", "Fewer than 10 visitors", id="one visitor by a filter"),
        pytest.param("around=goal:Sale", "There is no page or goal “Sale”.", id="an unknown goal"),
        pytest.param("around=goal:/pricing", "There is no page or goal “/pricing”.", id="a goal named like a page"),
        pytest.param("around=/" + "x" * 3000, "There is no page or goal", id="a page that is too long"),
    ],
)
def test_what_has_no_journeys_gets_a_sentence(busy, query, sentence):
    shown = tab(busy, query)

    assert sentence in shown.refusal
    assert () == shown.sides


def test_without_pages_there_is_nothing(database):
    assert "Nothing in this period." == tab(database, pages=()).refusal


def test_a_statement_over_its_limit_gets_a_sentence(busy, monkeypatch):
    def stopped(*_arguments: object) -> NoReturn:
        raise QueryLimitError(241)

    monkeypatch.setattr(busy, "query", stopped)

    assert "This takes too long to count." in tab(busy).refusal


def test_the_form_suggests_pages_and_goals_and_keeps_the_view(busy):
    shown = tab(busy, "period=7d&around=page:/x&f=is,country,FR&all=goals")

    assert ["/", "/pricing", "Signup", "Purchase"] == shown.suggestions
    assert [("goals", "journeys"), ("period", "7d"), ("f", "is,country,FR")] == shown.hidden


def test_folders_are_on_demand(database):
    for number in range(10):
        store(database, views(f"/blog/{number}", "/pricing", start="2026-03-02 08:00"))
    alone, together = tab(database, "around=/pricing"), tab(database, "around=/pricing&folders=1")

    assert [[], ["Left here"]] == labels(alone)
    assert "10 others, with fewer than 10 visitors each" == alone.sides[0].folded
    assert [["/blog/**"], ["Left here"]] == labels(together)
    assert "/example.org?goals=journeys&around=/pricing&folders=1#goals" == alone.folders_url
    assert "/example.org?goals=journeys&around=/pricing#goals" == together.folders_url


def test_nine_pages_are_shown_with_a_link_to_all(database):
    ways = [views(f"/{number % 12}", "/pricing", start="2026-03-02 08:00") for number in range(120)]
    store(database, itertools.chain.from_iterable(ways))
    few, every = tab(database, "around=/pricing"), tab(database, "around=/pricing&all=goals")

    assert (9, 12) == (len(few.sides[0].rows), len(every.sides[0].rows))
    assert (True, False) == (bool(few.all_url), bool(every.all_url))
