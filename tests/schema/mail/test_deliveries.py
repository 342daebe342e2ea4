from datetime import date

import pytest

from schema.mail import deliveries, subscriptions
from schema.mail.deliveries import ATTEMPTS, WAITS_S, State
from schema.mail.subscriptions import Kind
from schema.sentence import Sentence
from schema.sites import sites

NOW = 1_780_000_000
PROBLEM = Sentence("The mail server %(host)s refuses.", {"host": "mail.example"})


@pytest.fixture
def weekly(control):
    site = sites.add(control, "example.org", timezone="UTC", now=0)
    return subscriptions.add(control, site.id, "ben@example.org", kinds=(Kind.WEEKLY,), language="en", now=0)[0]


def claim(control, weekly, day=date(2026, 3, 2)):
    deliveries.claim_report(control, weekly, day, now=NOW)
    return deliveries.due(control, now=NOW)


def test_a_report_is_claimed_once(control, weekly):
    once = claim(control, weekly)

    assert once == claim(control, weekly)
    assert [("2026-03-02", State.WAITING, 0)] == [(one.period, one.state, one.attempts) for one in once]
    assert 2 == len(claim(control, weekly, date(2026, 3, 9)))


def test_a_report_that_was_stopped_is_not_claimed(control, weekly):
    subscriptions.remove(control, weekly)

    assert [] == claim(control, weekly)


def test_attempts_are_further_and_further_apart_and_end(control, weekly):
    now = NOW
    (delivery,) = claim(control, weekly)
    for wait in WAITS_S:
        assert not deliveries.note_failure(control, delivery, PROBLEM, now=now, is_final=False)
        assert [] == deliveries.due(control, now=now + wait - 1)
        now += wait
        (delivery,) = deliveries.due(control, now=now)

    assert ATTEMPTS - 1 == delivery.attempts
    assert PROBLEM == delivery.problem
    assert deliveries.note_failure(control, delivery, PROBLEM, now=now, is_final=False)
    assert [] == deliveries.due(control, now=now + 10**9)


def test_a_final_answer_ends_the_attempts_at_once(control, weekly):
    (delivery,) = claim(control, weekly)

    assert 1 == deliveries.waiting(control)
    assert deliveries.note_failure(control, delivery, PROBLEM, now=NOW, is_final=True)
    assert 0 == deliveries.waiting(control)
    assert 1 == deliveries.lost(control, since=NOW)
    assert 0 == deliveries.lost(control, since=NOW + 1)
    assert (1, 0) == tuple(deliveries.lost(control, since=0, site_id=number) for number in (1, 2))


def test_what_was_sent_is_neither_due_nor_interrupted(control, weekly):
    (delivery,) = claim(control, weekly)
    deliveries.begin_sending(control, delivery)
    deliveries.note_sent(control, delivery, now=NOW + 3)

    assert 0 == deliveries.note_interrupted(control)
    latest = deliveries.latest(control, weekly.site_id)["report", weekly.id]
    assert (State.SENT, NOW + 3, None) == (latest.state, latest.at, latest.problem)
    assert 0 == deliveries.lost(control, since=0)


def test_what_a_crash_interrupted_is_unclear(control, weekly):
    (delivery,) = claim(control, weekly)
    deliveries.begin_sending(control, delivery)

    assert 1 == deliveries.note_interrupted(control)
    assert [] == deliveries.due(control, now=NOW + 10**9)
    assert 1 == deliveries.lost(control, since=NOW)


def test_old_deliveries_are_dropped(control, weekly):
    claim(control, weekly)
    deliveries.drop_old(control, now=NOW + deliveries.KEPT_S)
    kept = deliveries.latest(control, weekly.site_id)
    deliveries.drop_old(control, now=NOW + deliveries.KEPT_S + 1)

    assert 1 == len(kept)
    assert {} == deliveries.latest(control, weekly.site_id)
