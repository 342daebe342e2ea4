"""The limit on simultaneous exports, because each keeps a piece of its file in memory."""

from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 4


class TooManyExportsError(Exception):
    """Too few places are free for an export. The message is shown to the user."""


class Running:
    """The places of a server that running exports take. Use it from the event loop only."""

    def __init__(self, most: int = AT_ONCE) -> None:
        self._free = most

    @contextmanager
    def taking(self, places: int) -> Iterator[None]:
        """Take places while the block runs. Raises TooManyExportsError if fewer are free."""
        if self._free < places:
            raise TooManyExportsError(
                f"Too many exports are under way. There are {AT_ONCE} places, and a Parquet export takes two. "
                "Try again in a minute."
            )
        self._free -= places
        try:
            yield
        finally:
            self._free += places
