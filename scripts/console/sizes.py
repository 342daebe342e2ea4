"""Sizes of files, for people."""

from schema.sentence import Size


def readable(size: int) -> str:
    """Return a number of bytes in a unit that suits it, such as 1.4 MB."""
    return str(Size(size))
