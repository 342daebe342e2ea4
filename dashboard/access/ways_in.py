"""What the operator decides about signing in, and what signing in needs to know of other parts."""

from collections.abc import Callable
from dataclasses import dataclass


def _unknown(_user_agent: str) -> tuple[str, str]:
    return "", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysIn:
    """The same for everybody who signs in to this server."""

    browser_of: Callable[[str], tuple[str, str]] = _unknown  # user agent -> browser and system; empty: unknown
