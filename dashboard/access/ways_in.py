"""What the operator decides about signing in, and what signing in needs to know of other parts."""

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.access.openid import OpenIdProvider


def _unknown(_user_agent: str) -> tuple[str, str]:
    return "", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysIn:
    """The same for everybody who signs in to this server."""

    needs_two_factor: bool = False  # everybody must set up a second factor before anything else
    secrets_key: bytes = b""  # seals secrets in the control file; empty: a key of this process
    provider: OpenIdProvider | None = None  # of the company
    browser_of: Callable[[str], tuple[str, str]] = _unknown  # user agent -> browser and system; empty: unknown
