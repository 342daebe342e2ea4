"""Passwords are hashed in two lanes of one thread each: a hash takes 64 MiB, and a core for a fifth of a second.

Strangers share a lane whose queue is short: beyond it they are turned away at once. Browsers that have signed in
before, and people with a sign-in link, have the other lane, so strangers never keep them waiting. It needs no end: who
has a link or a known browser is let in, and has few failures.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

MAX_STRANGERS = 8  # queued, the one whose password is being hashed included
RETRY_AFTER_S = 5

_P = ParamSpec("_P")
_Result = TypeVar("_Result")


class BusyError(Exception):
    """The queue of a lane is full."""


class Lane:
    """One thread, and the queue in front of it. For one event loop."""

    def __init__(self, name: str, *, max_queued: int | None = None) -> None:
        """max_queued: None is any number."""
        self._max_queued = max_queued
        self._threads = ThreadPoolExecutor(1, thread_name_prefix=f"argon2-{name}")
        self._queued = 0

    async def run(self, work: Callable[_P, _Result], *arguments: _P.args, **keywords: _P.kwargs) -> _Result:
        """Return what work(...) returns, from the thread. Raises BusyError at once where the queue is full."""
        if self._max_queued is not None and self._queued >= self._max_queued:
            raise BusyError
        self._queued += 1
        try:
            return await asyncio.wrap_future(self._threads.submit(work, *arguments, **keywords))
        finally:
            self._queued -= 1
