from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from schema.stores import cancellation
from schema.stores.cancellation import QueryCancelledError, Ticket, mapped, marked, under

SLOW = "select count() from numbers(1000000000000) where not ignore(sipHash64(number))"


def test_a_query_has_the_mark_of_its_request():
    ticket = Ticket()
    with under(ticket):
        assert f"{ticket.mark} select 1" == marked("select 1")

    assert "select 1" == marked("select 1")


def test_every_request_has_a_mark_of_its_own():
    assert Ticket().mark != Ticket().mark


def test_threads_work_under_the_ticket_of_their_request():
    ticket = Ticket()
    with under(ticket), ThreadPoolExecutor(2) as threads:
        assert [f"{ticket.mark} a", f"{ticket.mark} b"] == list(mapped(threads, marked, ["a", "b"]))


def test_after_a_cancellation_no_query_begins(database):
    ticket = Ticket()
    database.cancel(ticket)

    with under(ticket), pytest.raises(QueryCancelledError):
        database.query("select 1")
    assert [(1,)] == database.query("select 1")
    assert not cancellation.is_cancelled()


def test_a_running_query_is_stopped(database):
    ticket, other = Ticket(), Ticket()
    with ThreadPoolExecutor(1) as threads:
        with under(ticket):
            slow = threads.submit(copy_context().run, database.query, SLOW)
        while not database.query(
            "select 1 from system.processes where startsWith(query, {mark:String})", {"mark": ticket.mark}
        ):
            pass
        database.cancel(other)
        assert not slow.done()
        database.cancel(ticket)

        assert isinstance(slow.exception(), QueryCancelledError)
    assert [(1,)] == database.query("select 1")
