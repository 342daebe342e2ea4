"""The time zones that people can choose from."""

import functools
import zoneinfo

from dashboard.language import gettext as _


@functools.cache
def names() -> frozenset[str]:
    """Return the names of all time zones."""
    return frozenset(zoneinfo.available_timezones())


def problem(text: str) -> str:
    """Return why a text is not a time zone, in a sentence."""
    return _("“%(text)s” is not a time zone. Use a name such as Europe/Paris.", text=text[:100])
