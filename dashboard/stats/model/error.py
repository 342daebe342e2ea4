"""The error for an invalid query."""

from schema.sentence import SentenceError


class QueryError(SentenceError):
    """A query that can't be answered. The message is shown to the user."""
