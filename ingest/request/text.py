"""Clean text from outside before it is stored.

JSON may contain lone surrogates (`"\\ud800"`), which UTF-8 can't encode. ClickHouse, RE2 and the user agent parser each
fail on them differently.
"""

_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029])


def printable(text: str) -> str:
    """Return text without control characters and line breaks, and with U+FFFD for lone surrogates."""
    if text.isprintable():
        return text
    return text.translate(_CONTROLS).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
