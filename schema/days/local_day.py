"""When a local day begins.

Midnight is not always there (clocks go forward over it: the day begins at the first instant after) and sometimes there
twice (the day begins with the first).
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a local day, UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
