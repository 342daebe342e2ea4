from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.model.buckets import buckets
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.reports.drops import by_bucket, drops, first_drop
from schema.privacy.profile import DEFAULT, Privacy
from tests.factories import PARIS, store_drops


def a_period(first: str, last: str, zone: ZoneInfo = PARIS) -> Period:
    return Period("custom", date.fromisoformat(first), date.fromisoformat(last), zone)


def counted(database, period: Period, interval: Interval, site_id: int = 1) -> dict[str, int]:
    """Return label -> count, without buckets without drops."""
    pieces = buckets(period, interval)
    counts = by_bucket(drops(database, site_id, period, privacy=DEFAULT), pieces)
    assert len(counts) == len(pieces)
    return {piece.label: count for piece, count in zip(pieces, counts, strict=True) if count}


def test_drops_are_counted_by_reason_rule_and_day(database):
    for at, reason, rule in [
        ("2026-03-10 08:00", "bot_ai", 0), ("2026-03-10 12:00", "bot_ai", 0), ("2026-03-10 12:00", "headless", 0),
        ("2026-03-10 12:00", "excluded_network", 5), ("2026-03-10 12:00", "excluded", 6),
        ("2026-03-10 12:00", "would_exclude", 6),
        ("2026-03-11 12:00", "bot_ai", 0),
    ]:  # fmt: skip
        store_drops(database, reason, 10, at=at, rule=rule)

    dropped = drops(database, 1, a_period("2026-03-10", "2026-03-11"), privacy=DEFAULT)
    tenth, eleventh = datetime(2026, 3, 9, 23, tzinfo=UTC), datetime(2026, 3, 10, 23, tzinfo=UTC)
    assert [(drop.start, drop.reason, drop.rule, drop.count) for drop in dropped] == [
        (tenth, "bot_ai", 0, 20), (tenth, "excluded", 5, 10), (tenth, "excluded", 6, 10),
        (tenth, "headless", 0, 10), (eleventh, "bot_ai", 0, 10),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last", "interval", "counts"),
    [
        pytest.param("2026-03-10", "2026-03-10", Interval.HOUR, {"2026-03-10 00:00:00": 1, "2026-03-10 23:00:00": 2},
                     id="hours of a day"),
        pytest.param("2026-03-09", "2026-03-11", Interval.DAY, {"2026-03-10": 3, "2026-03-11": 4}, id="days"),
        pytest.param("2026-03-04", "2026-03-20", Interval.WEEK, {"2026-03-09": 7, "2026-03-16": 8},
                     id="weeks that begin on Monday"),
        pytest.param("2026-02-27", "2026-03-20", Interval.MONTH, {"2026-03-01": 15}, id="months"),
        pytest.param("2026-03-12", "2026-03-15", Interval.DAY, {}, id="days without any"),
    ],
)  # fmt: skip
def test_buckets_of_a_period_add_up(database, first, last, interval, counts):
    times = {"2026-03-09 23:00:00": 1, "2026-03-10 22:59": 2, "2026-03-10 23:00:00": 4, "2026-03-16 12:00:00": 8}
    for at, count in times.items():
        store_drops(database, "bot_ai", count, at=at)

    assert counted(database, a_period(first, last), interval) == counts


@pytest.mark.parametrize(
    ("day", "zone", "at", "counts"),
    [
        pytest.param("2026-10-25", PARIS, ["2026-10-25 00:30", "2026-10-25 01:30"], {"2026-10-25 02:00:00": 2},
                     id="an hour that comes twice is one"),
        pytest.param("2026-03-29", PARIS, ["2026-03-29 01:30"], {"2026-03-29 03:00:00": 1},
                     id="after one that is left out"),
        pytest.param("2026-09-06", ZoneInfo("America/Santiago"), ["2026-09-06 04:30"], {"2026-09-06 01:00:00": 1},
                     id="a day without midnight"),
    ],
)  # fmt: skip
def test_no_drop_is_lost_when_the_clocks_change(database, day, zone, at, counts):
    for moment in at:
        store_drops(database, "bot_ai", at=moment, zone=zone)

    assert counted(database, a_period(day, day, zone), Interval.HOUR) == counts
    assert counted(database, a_period(day, day, zone), Interval.DAY) == {day: sum(counts.values())}


def test_a_day_without_midnight_starts_with_its_first_bucket(database):
    santiago = ZoneInfo("America/Santiago")
    store_drops(database, "bot_ai", at="2026-09-06 12:00", zone=santiago)

    assert counted(database, a_period("2026-09-05", "2026-09-06", santiago), Interval.DAY) == {"2026-09-06": 1}


def test_drops_of_another_site_are_not_counted(database):
    store_drops(database, "bot_ai", site_id=2)

    assert drops(database, 1, a_period("2026-03-10", "2026-03-10"), privacy=DEFAULT) == ()
    assert first_drop(database, 1, privacy=DEFAULT) is None


def test_the_first_day_is_that_of_the_first_drop(database):
    for at in ("2026-03-10 12:00", "2026-01-01 23:30", "2026-02-10 12:00"):
        store_drops(database, "bot_ai", at=at)

    assert first_drop(database, 1, privacy=DEFAULT) == date(2026, 1, 2)


def test_drops_of_an_exempt_site_are_rounded_by_day_and_few_are_left_out(database):
    store_drops(database, "bot", 9, at="2026-03-10 08:00")
    store_drops(database, "excluded", 8, at="2026-03-10 08:00", rule=3)
    store_drops(database, "excluded", 6, at="2026-03-10 12:00", rule=3)
    day = Period("day", date(2026, 3, 10), date(2026, 3, 10), PARIS)
    exempt = Privacy(profile="exempt", retention_months=13)

    assert [("excluded", 3, 10)] == [
        (drop.reason, drop.rule, drop.count) for drop in drops(database, 1, day, privacy=exempt)
    ]
    assert first_drop(database, 1, privacy=exempt) is None
