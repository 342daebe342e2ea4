from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from ingest.outcome import Dropped, Reason
from ingest.storage.drop_counts import DropCount, Tally

PARIS = ZoneInfo("Europe/Paris")
BOT = Dropped(Reason.BOT_OTHER, 1)


def instant(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def days(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


NOON = instant("2026-06-01 12:00")


def taken(*dropped: Dropped) -> list[DropCount]:
    tally = Tally()
    for each in dropped:
        tally.add(each, now=NOON, zone=PARIS)
    return tally.take()


def test_equal_drops_are_one_count():
    assert [DropCount(1, days("2026-06-01"), 14, "bot_other", 0, 3)] == taken(BOT, BOT, BOT)


def test_several_are_counted_at_once():
    tally = Tally()
    tally.add(BOT, now=NOON, zone=PARIS, count=1000)
    tally.add(BOT, now=NOON, zone=PARIS)

    assert [DropCount(1, days("2026-06-01"), 14, "bot_other", 0, 1001)] == tally.take()


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Dropped(Reason.BOT_OTHER, 2), id="of another site"),
        pytest.param(Dropped(Reason.EXCLUDED, 1), id="for another reason"),
        pytest.param(Dropped(Reason.BOT_OTHER, 1, 5), id="by another rule"),
    ],
)
def test_other_drops_are_counted_apart(other):
    counts = {(count.site_id, count.reason, count.rule): count.count for count in taken(BOT, other, BOT)}

    assert {(1, "bot_other", 0): 2, (other.site_id, other.reason.value, other.rule): 1} == counts


@pytest.mark.parametrize(
    ("now", "zone", "day", "hour"),
    [
        pytest.param("2026-06-01 21:59:59", PARIS, "2026-06-01", 23, id="before midnight of the site"),
        pytest.param("2026-06-01 22:00:00", PARIS, "2026-06-02", 0, id="after it"),
        pytest.param("2026-06-01 22:00:00", None, "2026-06-01", 22, id="of no site: UTC"),
        pytest.param("2026-06-01 18:30:00", ZoneInfo("Asia/Kolkata"), "2026-06-02", 0, id="half an hour"),
    ],
)
def test_day_and_hour_are_those_of_the_site(now, zone, day, hour):
    tally = Tally()
    tally.add(BOT, now=instant(now), zone=zone)

    assert [(days(day), hour)] == [(count.day, count.hour) for count in tally.take()]


def test_counts_are_taken_once():
    tally = Tally()
    tally.add(BOT, now=NOON, zone=PARIS)

    assert [len(tally.take()), len(tally.take())] == [1, 0]


def test_counts_that_are_given_back_are_taken_with_later_ones():
    tally = Tally()
    tally.add(BOT, now=NOON, zone=PARIS)
    counts = tally.take()
    tally.add(BOT, now=NOON, zone=PARIS)
    tally.give_back(counts)

    assert [2] == [count.count for count in tally.take()]
    assert [] == tally.take()


def test_totals_count_since_the_start_whatever_was_taken_or_given_back():
    tally = Tally()
    tally.add(BOT, now=NOON, zone=PARIS, count=2)
    counts = tally.take()
    tally.add(BOT, now=NOON, zone=PARIS)
    assert {BOT.reason.value: 3} == tally.totals()
    tally.give_back(counts)

    assert {BOT.reason.value: 3} == tally.totals()
