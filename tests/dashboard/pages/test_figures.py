"""Numbers formatted for people."""

from decimal import Decimal

import pytest

from dashboard.pages import figures
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval
from dashboard.stats.model.result import Money


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1k"),
        (1049, "1k"),
        (1050, "1k"),
        (12_345, "12.3k"),
        (999_999, "999.9k"),
        (1_000_000, "1M"),
        (2_560_000, "2.5M"),
        (3_000_000_000, "3B"),
        (2.5, "2.5"),
    ],
)
def test_a_short_number_is_never_rounded_up(number, text):
    assert figures.short(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59, "59s"), (60, "1m 0s"), (83, "1m 23s"), (3599, "59m 59s"), (3600, "1h 0m"), (7500, "2h 5m")],
)
def test_a_duration_has_two_units(seconds, text):
    assert figures.duration(seconds) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0%"), (0.004, "0.4%"), (0.0004, "<0.1%"), (0.01, "1%"), (0.374, "37%"), (1, "100%")]
)
def test_a_share_under_one_percent_has_a_decimal(share, text):
    assert figures.percent(share) == text


@pytest.mark.parametrize(
    ("metric", "number", "text", "exact"),
    [
        (Metric.VISITORS, 12_345, "12.3k", "12,345"),
        (Metric.PAGEVIEWS, 7, "7", "7"),
        (Metric.BOUNCE_RATE, 45, "45%", "45%"),
        (Metric.VISIT_DURATION, 83, "1m 23s", "1m 23s"),
        (Metric.VIEWS_PER_VISIT, 2.0, "2", "2"),
        (Metric.VIEWS_PER_VISIT, 1.33, "1.33", "1.33"),
    ],
)
def test_a_metric_has_the_format_of_its_unit(metric, number, text, exact):
    assert figures.of_metric(metric, number) == text
    assert figures.exactly_of_metric(metric, number) == exact


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        pytest.param("12.5", "€12.50", id="cents"),
        pytest.param("999.99", "€999.99", id="just below a thousand"),
        pytest.param("25110.4", "€25,110", id="no cents of large amounts"),
        pytest.param("-1234567.8", "-€1,234,568", id="a negative amount"),
        pytest.param("9999999", "€9,999,999", id="just below ten millions"),
        pytest.param("1975308642.5", "€2B", id="billions"),
        pytest.param("12345678", "€12.3M", id="millions"),
    ],
)
def test_money_is_short(amount, text):
    assert text == figures.of_metric(Metric.TOTAL_REVENUE, Money(Decimal(amount), "EUR"))


def test_an_exact_amount_has_all_its_digits():
    amount = Money(Decimal("12345678.90"), "EUR")

    assert "€12,345,678.90" == figures.exactly_of_metric(Metric.TOTAL_REVENUE, amount)


@pytest.mark.parametrize(
    ("label", "interval", "text"),
    [
        pytest.param("2026-03-01", Interval.MONTH, "Mar", id="a month"),
        pytest.param("2026-01-01", Interval.MONTH, "2026", id="January"),
        pytest.param("2026-01-01", Interval.DAY, "1 Jan", id="a day"),
        pytest.param("2026-01-01 15:00:00", Interval.HOUR, "15:00", id="an hour"),
    ],
)
def test_labels_below_the_axis_are_short(label, interval, text):
    assert text == figures.below_axis(label, interval)
