"""Whole numbers in URLs, which anybody can write."""

LARGEST = 10**18  # SQLite has room for it, and no row has it


def read(text: str) -> int | None:
    """Return the number that ASCII digits write, at most LARGEST, or None.

    `²` is a digit of Unicode too, but not a number, and Python refuses 5,000 digits.
    """
    if not (text.isascii() and text.isdigit()):
        return None
    return int(text) if len(text) < len(str(LARGEST)) else LARGEST
