import threading

import pytest

from ingest.history.turns import Turns
from schema.sites.imports import ImportBusyError


def test_more_imports_than_there_are_turns_are_rejected():
    turns = Turns(1)

    with turns.one(), pytest.raises(ImportBusyError), turns.one():
        pass
    with turns.one():
        pass


def test_imports_are_written_one_after_the_other_in_order():
    turns = Turns()
    written = []
    has_begun, may_end = threading.Event(), threading.Event()

    def first():
        with turns.turn():
            has_begun.set()
            may_end.wait()
            written.append("first")

    def second():
        with turns.turn():
            written.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    has_begun.wait()
    threads[1].start()
    may_end.set()
    for thread in threads:
        thread.join()

    assert ["first", "second"] == written


def test_an_import_that_fails_ends_its_turn():
    turns = Turns(1)

    with pytest.raises(ValueError, match="broken"), turns.one(), turns.turn():
        raise ValueError("broken")

    with turns.one(), turns.turn():
        pass


@pytest.mark.parametrize("enter", [Turns.one, Turns.turn])
def test_no_import_begins_after_the_end(enter):
    turns = Turns()
    turns.end()

    with pytest.raises(ImportBusyError), enter(turns):
        pass
    with pytest.raises(ImportBusyError):
        turns.go_on()


def test_a_stop_waits_for_imports_under_way():
    turns = Turns()
    has_begun = threading.Event()
    is_over = []

    def run():
        try:
            with turns.one():
                has_begun.set()
                while True:
                    turns.go_on()
        except ImportBusyError:
            is_over.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    has_begun.wait()
    turns.stop()
    thread.join()

    assert [True] == is_over
