"""Patterns as in Plausible: `*` and `**` match any characters, `|` means "or"."""

import re2


def is_pattern(pattern: str) -> bool:
    """True for a text with wildcards. Without a `*`, a `|` is an ordinary character."""
    return "*" in pattern


def regex(pattern: str) -> str:
    """Return an RE2 expression that matches whole texts, including line breaks."""
    alternatives = pattern.replace("**", "*").split("|")
    return (
        "^(?s:"
        + "|".join(".*".join(literal(piece) for piece in alternative.split("*")) for alternative in alternatives)
        + ")$"
    )


def whole(text: str) -> str:
    """Return an RE2 expression that matches a pattern, or a literal text."""
    return regex(text) if is_pattern(text) else f"^(?s:{literal(text)})$"


def literal(piece: str) -> str:
    """Return an RE2 expression that matches exactly this text."""
    escaped: str = re2.escape(piece)  # type: ignore[no-untyped-call]
    return escaped
