from dashboard.pages.report import goals_box
from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.result import Row
from tests.dashboard.pages.report.views import GOALS, a_view


def test_goals_without_conversions_come_last_and_link_to_their_filter():
    answers = {"goals": (Row(("Purchase",), (3, 4, 1.5, None)),)}
    rows = goals_box.rows(a_view("period=7d"), GOALS, answers)

    assert [("Purchase", "3", "4", "1.5%"), ("Signup", "0", "0", "0%")] == [
        (row.name, row.visitors, row.total, row.rate) for row in rows
    ]
    assert "/example.org?period=7d&f=is,goal,Signup" == rows[1].url


def test_events_that_no_goal_counts_are_offered():
    answers = {"event_names": tuple(Row((name,), (9,)) for name in ("pageview", "Signup", "engagement", "Brochure"))}

    assert ["Brochure"] == [offer.event_name for offer in goals_box.offers(GOALS, answers)]
    assert ["Signup", "Brochure"] == [offer.event_name for offer in goals_box.offers((), answers)]


def test_revenue_is_asked_for_if_a_goal_has_a_currency():
    assert Metric.TOTAL_REVENUE in goals_box.questions(a_view(), GOALS)["goals"].metrics
    assert Metric.TOTAL_REVENUE not in goals_box.questions(a_view(), GOALS[:1])["goals"].metrics


def test_without_goals_only_events_are_asked_for():
    assert [(dimensions.EVENT_NAME,)] == [query.groups for query in goals_box.questions(a_view(), ()).values()]
