"""Text from outside, made fit to keep.

JSON may hold lone surrogates (`"\\ud800"`), which no UTF-8 can carry: ClickHouse, RE2 and the user agent parser would
each fail on them in their own way.
"""

_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029])


def printable(text: str) -> str:
    """Return text without control characters and line breaks, with U+FFFD for what is no character."""
    if text.isprintable():
        return text
    return text.translate(_CONTROLS).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
