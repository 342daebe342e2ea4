"""What is wrong with a question."""


class QueryError(ValueError):
    """A question that can't be answered; the message is for the person who asked."""
