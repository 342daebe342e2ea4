"""Imports of one server: some are read at the same time, one is written, and others wait in order for their turn."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from schema.sites.imports import ImportBusyError

AT_ONCE = 8  # those that wait included; each has a thread, and a file on the disk


class Turns:
    """Who may read and who may write. For any thread."""

    def __init__(self, most: int = AT_ONCE) -> None:
        self._most = most
        self._running = 0
        self._queue: deque[object] = deque()  # the first one writes
        self._is_stopping = False
        self._changed = threading.Condition()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count one import as long as the block runs. Raises ImportBusyError where there are enough."""
        with self._changed:
            self.go_on()
            if self._running >= self._most:
                raise ImportBusyError(f"{self._running} imports are under way: send this file again in a few minutes")
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until those that came before are done, and run the block. Raises ImportBusyError at a stop."""
        own = object()
        with self._changed:
            self._queue.append(own)
        try:
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopping or self._queue[0] is own)
            self.go_on()
            yield
        finally:
            with self._changed:
                self._queue.remove(own)
                self._changed.notify_all()

    def go_on(self) -> None:
        """Raise ImportBusyError once the server is to stop."""
        if self._is_stopping:
            raise ImportBusyError("the server was stopped: import the same file again, and this goes on where it was")

    def end(self) -> None:
        """Let `go_on` raise from now on."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()

    def stop(self) -> None:
        """End all imports, those that wait included, and return once they have ended."""
        self.end()
        with self._changed:
            self._changed.wait_for(lambda: not self._running)
