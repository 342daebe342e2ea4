"""The error for an invalid query."""


class QueryError(ValueError):
    """A query that can't be answered. The message is shown to the user."""
