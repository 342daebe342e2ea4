"""Patterns of Plausible's kind: `*` and `**` stand for any characters, `|` for "or", all else for itself."""

import re2


def is_pattern(pattern: str) -> bool:
    """True where a text stands for more than itself; without a `*` a `|` is a character like any other."""
    return "*" in pattern


def regex(pattern: str) -> str:
    """Return the regular expression, RE2, for the whole of a text, line breaks included."""
    ways = pattern.replace("**", "*").split("|")
    return "^(?s:" + "|".join(".*".join(literal(piece) for piece in way.split("*")) for way in ways) + ")$"


def whole(text: str) -> str:
    """Return the regular expression for a text that may be a pattern, and otherwise stands for itself."""
    return regex(text) if is_pattern(text) else f"^(?s:{literal(text)})$"


def literal(piece: str) -> str:
    """Return the regular expression, RE2, for a text that stands for itself."""
    escaped: str = re2.escape(piece)  # type: ignore[no-untyped-call]
    return escaped
