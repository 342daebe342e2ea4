"""Queries that nobody waits for any more: a request takes a ticket, and cancelling it stops the request's queries.

The ticket is a context variable, so that every query of a request has it. Threads need a copy of the context.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class QueryCancelledError(Exception):
    """The client that asked has left."""


@dataclass(slots=True)
class Ticket:
    """What the queries of one request have in common."""

    token: str = field(default_factory=lambda: secrets.token_hex(8))
    is_cancelled: bool = False

    @property
    def mark(self) -> str:
        """Return the comment that begins the text of each query."""
        return f"/* {self.token} */"


_current: ContextVar[Ticket | None] = ContextVar("ticket", default=None)


@contextmanager
def under(ticket: Ticket) -> Iterator[None]:
    """Give the queries of the block a ticket."""
    token = _current.set(ticket)
    try:
        yield
    finally:
        _current.reset(token)


def marked(sql: str) -> str:
    """Return a statement with the mark of the current ticket. Raises QueryCancelledError once it is cancelled."""
    ticket = _current.get()
    if ticket is None:
        return sql
    if ticket.is_cancelled:
        raise QueryCancelledError
    return f"{ticket.mark} {sql}"


def is_cancelled() -> bool:
    """True if the current ticket is cancelled."""
    ticket = _current.get()
    return ticket is not None and ticket.is_cancelled


def mapped(threads: Executor, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Return `threads.map(function, items)` with each call in a copy of the context."""
    contexts = [(copy_context(), item) for item in items]
    return threads.map(lambda pair: pair[0].run(function, pair[1]), contexts)
