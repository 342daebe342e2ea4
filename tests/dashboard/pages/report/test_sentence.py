from datetime import date

import pytest
from markupsafe import Markup

from dashboard import language
from dashboard.pages.report.sentence import questions, sentence
from dashboard.stats.model.query import MAX_LIMIT
from dashboard.stats.model.result import Row
from tests.dashboard.pages.report.views import GOALS, NOW, a_view

# Yesterday was Monday, the 9th of March.
NEW, OLD = "2026-03-09", "2026-03-02"


def said(new: int = 0, old: int = 0, *, query: str = "", first_day: date = date(2024, 1, 1), **answers) -> str:
    rows = (Row((OLD,), (old,)), Row((NEW,), (new,)))
    named = {"sentence": rows, "sentence_sources": (), "sentence_pages": ()} | answers
    return str(sentence(a_view(query, first_day=first_day), NOW, named))


def text(markup: str) -> str:
    return Markup(markup).striptags()


@pytest.mark.parametrize(
    ("new", "old", "words"),
    [
        pytest.param(166, 163, "Yesterday brought 166 visitors, 2% more than the Monday before.", id="more"),
        pytest.param(50, 100, "Yesterday brought 50 visitors, 50% less than the Monday before.", id="less"),
        pytest.param(7, 7, "Yesterday brought 7 visitors, as many as the Monday before.", id="as many"),
        pytest.param(1, 0, "Yesterday brought 1 visitor.", id="nobody a week before"),
        pytest.param(0, 9, "Yesterday brought no visitors.", id="nobody yesterday"),
    ],
)
def test_yesterday_is_compared_with_the_same_weekday(new, old, words):
    assert words == text(said(new, old))


@pytest.mark.parametrize(
    ("first_day", "words"),
    [
        pytest.param(date(2026, 3, 2), ", 100% more than the Monday before", id="a week ago"),
        pytest.param(date(2026, 3, 3), "Yesterday brought 4 visitors.", id="later"),
    ],
)
def test_days_before_the_site_are_not_compared(first_day, words):
    assert words in text(said(4, 2, first_day=first_day))


def test_a_site_that_began_today_has_no_sentence():
    view = a_view(first_day=date(2026, 3, 10))

    assert {} == questions(view, NOW, GOALS)
    assert "" == sentence(view, NOW, {})


def test_what_gained_most_is_a_link_to_yesterday():
    new, old = (Row(("Google",), (30,)), Row(("LinkedIn",), (12,))), (Row(("Google",), (25,)), Row(("Bing",), (90,)))
    markup = said(9, 9, query="f=is,country,FR", sentence_sources=new, sentence_sources_before=old)

    assert "Gained most: LinkedIn (+12)." in text(markup)
    assert "/example.org?period=yesterday&amp;f=is,country,FR&amp;f=is,source,LinkedIn" in markup


@pytest.mark.parametrize("count", [pytest.param(1, id="a single visitor more"), pytest.param(0, id="no more")])
def test_chance_is_no_gain(count):
    assert "Gained" not in said(9, 9, sentence_pages=(Row(("/a",), (count,)),))


def test_nothing_gained_if_there_are_too_many_values_to_know():
    many = tuple(Row((f"/{number}",), (1,)) for number in range(MAX_LIMIT))
    gained = (Row(("/a",), (50,)),)

    assert "Gained" in said(9, 9, sentence_pages=gained, sentence_pages_before=many[1:])
    assert "Gained" not in said(9, 9, sentence_pages=gained, sentence_pages_before=many)
    assert "Gained" not in said(9, 9, sentence_pages=(*gained, *many[1:]))


def test_the_rest_of_small_groups_gains_nothing():
    assert "Gained" not in said(9, 9, sentence_pages=(Row(("Other",), (50,), is_rest=True),))


def test_a_goal_is_named():
    assert "4 visitors reached Signup." in text(said(9, 9, sentence_goals=(Row(("Signup",), (4,)),)))


def test_values_of_visitors_are_escaped():
    markup = said(9, 9, sentence_pages=(Row(("/<script>%(x)s",), (50,)),))

    assert "<script" not in markup
    assert "/&lt;script&gt;%(x)s" in markup


def test_the_sentence_is_in_the_language_of_the_page():
    language.use("fr")
    words = text(said(1200, 600))
    language.use("en")

    assert "Hier : 1 200 visiteurs, 100 % de plus que le lundi précédent." == words.replace("\u202f", " ")
