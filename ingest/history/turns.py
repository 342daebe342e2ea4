"""Turns of imports: several are read at the same time, one is written, and the others wait in order."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from schema.sites.imports import ImportBusyError

AT_ONCE = 8  # including waiting ones; each has a thread and a file


class Turns:
    """The queue of imports of a server. Thread-safe."""

    def __init__(self, max_imports: int = AT_ONCE) -> None:
        self._max_imports = max_imports
        self._running = 0
        self._queue: deque[object] = deque()  # the first one writes
        self._is_stopping = False
        self._changed = threading.Condition()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count an import while the block runs. Raises ImportBusyError if too many run."""
        with self._changed:
            self.go_on()
            if self._running >= self._max_imports:
                raise ImportBusyError(f"{self._running} imports are running: send this file again in a few minutes")
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for earlier imports, then run the block. Raises ImportBusyError when the server stops."""
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
        """Raise ImportBusyError once the server stops."""
        if self._is_stopping:
            raise ImportBusyError("the server was stopped: import the same file again to resume")

    def end(self) -> None:
        """Make `go_on` raise from now on."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Stop running and waiting imports, and return once they have ended."""
        self.end()
        with self._changed:
            self._changed.wait_for(lambda: not self._running)
