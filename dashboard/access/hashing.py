"""Password hashing in two lanes of one thread each: a hash takes 64 MiB and 0.2 s of a core.

New browsers share a lane with a short queue and are rejected when it is full. Known browsers and people with a sign-in
link use the other lane, so new browsers never delay them. Its queue has no limit, because the throttle allows a known
browser few failures and a link works once.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

MAX_STRANGERS = 8  # new browsers in the queue, including the one being hashed
RETRY_AFTER_S = 5

_P = ParamSpec("_P")
_Result = TypeVar("_Result")


class BusyError(Exception):
    """The queue of a lane is full."""


class Lane:
    """One thread and its queue. For one event loop."""

    def __init__(self, name: str, *, max_queued: int | None = None) -> None:
        """max_queued: None means no limit."""
        self._max_queued = max_queued
        self._threads = ThreadPoolExecutor(1, thread_name_prefix=f"argon2-{name}")
        self._queued = 0

    async def run(self, work: Callable[_P, _Result], *arguments: _P.args, **keywords: _P.kwargs) -> _Result:
        """Return the result of work(...), run in the thread. Raises BusyError at once if the queue is full."""
        if self._max_queued is not None and self._queued >= self._max_queued:
            raise BusyError
        self._queued += 1
        try:
            return await asyncio.wrap_future(self._threads.submit(work, *arguments, **keywords))
        finally:
            self._queued -= 1
