"""Exports run only while places are free for them."""

import contextlib

import pytest

from dashboard.export.running import Running, TooManyExportsError


@pytest.mark.parametrize(
    ("taken", "places", "is_refused"),
    [
        pytest.param((), 2, False, id="two places of two"),
        pytest.param((1,), 1, False, id="the last place"),
        pytest.param((1,), 2, True, id="two places where one is free"),
        pytest.param((1, 1), 1, True, id="one place where none is free"),
    ],
)
def test_an_export_needs_free_places(taken, places, is_refused):
    running = Running(most=2)
    with contextlib.ExitStack() as others:
        for number in taken:
            others.enter_context(running.taking(number))

        assert is_refused == is_full(running, places)


def test_an_export_that_fails_frees_its_places():
    running = Running(most=1)
    with contextlib.suppress(OSError), running.taking(1):
        raise OSError

    assert not is_full(running, 1)


def test_a_refused_export_takes_nothing():
    running = Running(most=1)
    is_full(running, 2)

    assert not is_full(running, 1)


def is_full(running: Running, places: int) -> bool:
    try:
        with running.taking(places):
            return False
    except TooManyExportsError:
        return True
