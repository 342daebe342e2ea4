"""What the log says of refused hits: not a line for each."""

import logging

import pytest

from ingest.storage.refusals import LINE_EVERY_S, MAX_MINUTES, Refusals
from ingest.storage.spool import SpoolFullError
from schema.sites.refused_hits import Cause, RefusedMinute

NOW = 1_780_000_000
FULL = "the disk is full"


class Present:
    """What refuses hits at present."""

    reason = ""

    def __call__(self) -> str:
        return self.reason


@pytest.fixture
def present() -> Present:
    return Present()


@pytest.fixture
def refusals(present: Present) -> Refusals:
    return Refusals(present)


def refuse(refusals: Refusals, hits: int) -> None:
    for _ in range(hits):
        refusals.add(FULL, cause=Cause.DISK_FULL)


def test_without_a_refusal_nothing_is_logged(refusals, caplog):
    for second in range(100):
        refusals.tick(NOW + second)

    assert [] == caplog.messages


def test_a_line_at_the_beginning_one_a_minute_and_one_at_the_end(refusals, present, caplog):
    present.reason = FULL
    for half_second in range(2 * LINE_EVERY_S * 3):
        refuse(refusals, 5)
        refusals.tick(NOW + half_second / 2)
    present.reason = ""
    refusals.tick(NOW + 3 * LINE_EVERY_S - 0.25)
    refusals.tick(NOW + 9 * LINE_EVERY_S)

    assert [
        f"hits are rejected (5 since the last such line): {FULL}",
        f"hits are rejected (600 since the last such line): {FULL}",
        f"hits are rejected (600 since the last such line): {FULL}",
        "hits are accepted again; 1800 were rejected",
    ] == caplog.messages
    assert [logging.ERROR] * 3 + [logging.WARNING] == [record.levelno for record in caplog.records]


def test_what_began_and_ended_between_two_looks_is_logged_too(refusals, caplog):
    refuse(refusals, 2)
    refusals.tick(NOW)

    assert [
        f"hits are rejected (2 since the last such line): {FULL}",
        "hits are accepted again; 2 were rejected",
    ] == caplog.messages


def test_a_disk_that_is_full_now_and_then_does_not_fill_the_log(refusals, present, caplog):
    for second in range(LINE_EVERY_S):
        present.reason = FULL if second % 2 else ""
        refuse(refusals, 1)
        refusals.tick(NOW + second)

    assert 2 == len(caplog.messages)


def test_a_refusal_is_logged_before_there_is_a_hit(refusals, present, caplog):
    present.reason = FULL
    for second in range(2 * LINE_EVERY_S):
        refusals.tick(NOW + second)

    assert [f"hits are rejected (0 since the last such line): {FULL}"] == caplog.messages


def test_a_clock_set_back_does_not_silence_the_log(refusals, present, caplog):
    present.reason = FULL
    for now in (NOW, NOW - 86_400):
        refuse(refusals, 1)
        refusals.tick(now)

    assert 2 == len(caplog.messages)


def test_hits_are_counted_by_site_and_minute(refusals):
    for now in (NOW, NOW + 59, NOW + 60):
        refusals.of_sites([1, 2], cause=Cause.LIMIT, now=now - NOW % 60)
    minute = NOW // 60 * 60

    assert [
        RefusedMinute(site_id, minute + later, Cause.LIMIT, hits)
        for later, hits in ((0, 2), (60, 1))
        for site_id in (1, 2)
    ] == refusals.take()
    assert [] == refusals.take()


def test_minutes_that_could_not_be_stored_are_kept(refusals):
    refusals.of_sites([1], cause=Cause.LIMIT, now=NOW)
    minutes = refusals.take()
    refusals.give_back(minutes)

    assert minutes == refusals.take()


def test_a_disk_that_stays_full_for_weeks_does_not_fill_the_memory(refusals):
    for minute in range(MAX_MINUTES + 10):
        refusals.of_sites([1], cause=Cause.DISK_FULL, now=NOW + 60 * minute)
    minutes = refusals.take()

    assert (MAX_MINUTES, MAX_MINUTES + 10, 11) == (len(minutes), sum(row.hits for row in minutes), minutes[-1].hits)


def test_the_hits_of_a_failed_write_are_counted_once(refusals):
    errors = [SpoolFullError("full", Cause.DISK_FULL) for _ in range(2)]

    assert [True, False, True, False] == [refusals.is_new(errors[index]) for index in (0, 0, 1, 1)]


def test_totals_count_since_the_start(refusals):
    refuse(refusals, 2)
    refusals.tick(NOW)
    refuse(refusals, 1)

    assert {Cause.DISK_FULL: 3} == refusals.totals()
