from datetime import date, timedelta

import pytest

from dashboard.stats.reports.rule_counts import NO_COUNT, RuleCount, hits_by_day, rule_counts, sudden_share
from schema.privacy.profile import DEFAULT, Privacy
from tests.factories import store, store_drops, views

TODAY = date(2026, 3, 10)
YESTERDAY = TODAY - timedelta(days=1)


def test_hits_are_counted_by_rule_and_day(database):
    for at, rule, count in [("2026-03-10 12:00", 5, 3), ("2026-03-10 13:00", 5, 4), ("2026-03-09 12:00", 6, 2)]:
        store_drops(database, "excluded", count, at=at, rule=rule)
    counts = rule_counts(database, 1, today=TODAY, privacy=DEFAULT)

    assert {5: {TODAY: 7}, 6: {YESTERDAY: 2}} == {rule: count.by_day for rule, count in counts.items()}
    assert {5: TODAY, 6: YESTERDAY} == {rule: count.last for rule, count in counts.items()}
    assert 7 == counts[5].total


def test_a_rule_that_matched_on_another_site_has_a_last_day_and_no_count(database):
    store_drops(database, "excluded", 3, rule=5, site_id=2)

    assert RuleCount({}, TODAY) == rule_counts(database, 1, today=TODAY, privacy=DEFAULT)[5]


def test_days_that_are_long_past_are_left_out(database):
    store_drops(database, "excluded", 3, at="2026-02-08 12:00", rule=5)

    assert {} == rule_counts(database, 1, today=TODAY, privacy=DEFAULT)


def test_hits_are_events_and_drops_together(database):
    store(database, views("/", "/next"))
    store_drops(database, "bot_ai", 3)

    assert {TODAY: 5} == hits_by_day(database, 1, today=TODAY, privacy=DEFAULT)


@pytest.mark.parametrize(
    ("by_day", "share"),
    [
        pytest.param({TODAY: 400}, 0.4, id="many hits today"),
        pytest.param({YESTERDAY: 400}, 0.4, id="many hits yesterday"),
        pytest.param({TODAY: 100}, None, id="few hits"),
        pytest.param({TODAY - timedelta(days=back): 400 for back in range(30)}, None, id="as many as ever"),
        pytest.param({TODAY - timedelta(days=5): 400}, None, id="long ago"),
    ],
)
def test_a_share_is_sudden_if_it_is_large_and_new(by_day, share):
    hits = {TODAY - timedelta(days=back): 1000 for back in range(30)}

    assert share == sudden_share(RuleCount(by_day), hits, today=TODAY, max_share=0.2)


def test_a_day_with_few_hits_has_no_share():
    assert sudden_share(RuleCount({TODAY: 90}), {TODAY: 99}, today=TODAY, max_share=0.2) is None
    assert sudden_share(NO_COUNT, {}, today=TODAY, max_share=0.2) is None


def test_rules_of_an_exempt_site_show_neither_few_hits_nor_the_last_one(database):
    store_drops(database, "excluded", 9, at="2026-03-09 12:00", rule=3)
    store_drops(database, "excluded", 14, at="2026-03-08 12:00", rule=4)
    exempt = Privacy(profile="exempt", retention_months=13)
    today = date(2026, 3, 10)

    assert {4: RuleCount({date(2026, 3, 8): 10}, today)} == rule_counts(database, 1, today=today, privacy=exempt)
    assert {date(2026, 3, 8): 10, date(2026, 3, 9): 0} == hits_by_day(database, 1, today=today, privacy=exempt)
