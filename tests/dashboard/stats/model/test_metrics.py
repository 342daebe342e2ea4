import pytest

from dashboard.stats.model.metrics import CONVERSIONS, EVENT_ONLY, REVENUE, SHARES, VISIT_ONLY, Metric


def test_no_metric_needs_both_tables():
    assert not EVENT_ONLY & VISIT_ONLY


@pytest.mark.parametrize("metric", [Metric.VISITORS, Metric.VISITS])
def test_visitors_and_visits_are_in_both_tables(metric):
    assert metric not in EVENT_ONLY | VISIT_ONLY


def test_revenue_is_a_matter_of_events():
    assert REVENUE < EVENT_ONLY


def test_conversion_rates_are_shares():
    assert CONVERSIONS < SHARES
