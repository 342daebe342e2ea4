from dataclasses import replace

import pytest

from dashboard.pages.report import conversions
from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.result import Row
from schema.measures.goals import Goal
from schema.privacy.profile import EXEMPT, Privacy
from tests.dashboard.pages.report.views import GOALS, a_view


def test_goals_without_conversions_come_last_and_link_to_their_filter():
    answers = {"goals": (Row(("Purchase",), (3, 4, 1.5, None)),)}
    rows = conversions.rows(a_view("period=7d"), GOALS, answers)

    assert [("Purchase", "3", "4", "1.5%"), ("Signup", "0", "0", "0%")] == [
        (row.name, row.visitors, row.total, row.rate) for row in rows
    ]
    assert "/example.org?period=7d&f=is,goal,Signup" == rows[1].url


def test_a_goal_that_the_profile_does_not_count_has_no_numbers():
    view = a_view()
    privacy = Privacy(profile=EXEMPT, retention_months=13, declared_events=("Signup",))
    exempt = replace(view, site=replace(view.site, privacy=privacy))
    rows = conversions.rows(exempt, GOALS, {})

    assert {"Signup": ("0", "0", "0%"), "Purchase": ("—", "—", "—")} == {
        row.name: (row.visitors, row.total, row.rate) for row in rows
    }


def test_events_that_no_goal_counts_are_offered():
    answers = {"event_names": tuple(Row((name,), (9,)) for name in ("pageview", "Signup", "engagement", "Brochure"))}

    assert ["Brochure"] == [offer.event_name for offer in conversions.offers(GOALS, answers)]
    assert ["Signup", "Brochure"] == [offer.event_name for offer in conversions.offers((), answers)]


def test_revenue_is_asked_for_if_a_goal_has_a_currency():
    assert Metric.TOTAL_REVENUE in conversions.questions(a_view(), GOALS)["goals"].metrics
    assert Metric.TOTAL_REVENUE not in conversions.questions(a_view(), GOALS[:1])["goals"].metrics


def test_without_goals_only_events_are_asked_for():
    assert [(dimensions.EVENT_NAME,)] == [query.groups for query in conversions.questions(a_view(), ()).values()]


def many(count: int) -> list[Goal]:
    return [Goal(number, 1, f"Goal {number}", event_name=f"Goal {number}") for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("query", "count", "shown", "link"),
    [
        pytest.param("", 9, 9, "", id="nine goals"),
        pytest.param("", 60, 9, "/example.org?all=goals#goals", id="sixty goals"),
        pytest.param("all=goals", 60, 60, "", id="sixty goals when all are asked for"),
    ],
)
def test_nine_goals_are_shown_with_a_link_to_all(query, count, shown, link):
    tab = conversions.conversions(a_view(query), many(count), {"event_names": ()})

    assert (shown, link) == (len(tab.rows), tab.all_url)


def test_at_most_three_events_are_offered():
    answers = {"event_names": tuple(Row((name,), (9,)) for name in "abcd")}

    assert ["a", "b", "c"] == [offer.event_name for offer in conversions.conversions(a_view(), (), answers).offers]


@pytest.mark.parametrize(
    ("count", "url"),
    [
        pytest.param(8, "/example.org?period=7d", id="the new goal is among nine"),
        pytest.param(9, "/example.org?period=7d&all=goals", id="the new goal may come tenth"),
    ],
)
def test_a_new_goal_is_in_view_after_an_offer(count, url):
    tab = conversions.conversions(a_view("period=7d"), many(count), {"event_names": ()})

    assert url == tab.next_url


def test_revenue_is_a_column_if_a_goal_has_a_currency():
    answers = {"event_names": ()}

    assert conversions.conversions(a_view(), GOALS, answers).has_revenue
    assert not conversions.conversions(a_view(), GOALS[:1], answers).has_revenue
