"""Patterns as in Plausible: `*` and `**` match any characters, `|` means "or", and `\\|` is the character."""

import re
from collections.abc import Iterable
from typing import Any

import re2

_BAR = re.compile(r"(?<!\\)\|")


def is_pattern(pattern: str) -> bool:
    """True for a text with wildcards. Without a `*`, a `|` is an ordinary character."""
    return "*" in pattern


def regex(pattern: str) -> str:
    """Return an RE2 expression that matches whole texts, including line breaks."""
    alternatives = split(pattern.replace("**", "*"))
    return (
        "^(?s:"
        + "|".join(".*".join(literal(piece) for piece in alternative.split("*")) for alternative in alternatives)
        + ")$"
    )


def split(pattern: str) -> list[str]:
    """Return the texts between the bars, with each `\\|` as a bar."""
    return [text.replace("\\|", "|") for text in _BAR.split(pattern)]


def joined(texts: Iterable[str]) -> str:
    """Return a pattern for any of the texts, the inverse of `split`."""
    return "|".join(text.replace("|", "\\|") for text in texts)


def whole(text: str) -> str:
    """Return an RE2 expression that matches a pattern, or a literal text."""
    return regex(text) if is_pattern(text) else f"^(?s:{literal(text)})$"


def literal(piece: str) -> str:
    """Return an RE2 expression that matches exactly this text."""
    escaped: str = re2.escape(piece)  # type: ignore[no-untyped-call]
    return escaped


def compiled(pattern: str) -> Any:
    """Return a compiled RE2 pattern. Raises re2.error, and logs nothing."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options=options)  # type: ignore[no-untyped-call]
