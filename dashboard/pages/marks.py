"""Where on the chart of a report rules began to keep visits out: numbers may fall there, and somebody will ask why."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime

from dashboard.stats.model.period import Period
from schema.exclusions import rules as exclusions
from schema.exclusions.rules import Exclusion
from schema.stores.control import Control

_NAMED = 3


def marks(control: Control, site_id: int, period: Period, labels: Sequence[str]) -> dict[int, str]:
    """Return sentences by the place of their bucket. labels: of the buckets, in order of time, as rows have them."""
    begun: dict[int, list[Exclusion]] = {}
    start, end = period.start.timestamp(), period.end.timestamp()
    for found in exclusions.begun(control, site_id, since=start, before=end):
        at = datetime.fromtimestamp(found.in_force_since or 0, period.zone)
        place = bisect_right(labels, f"{at:%Y-%m-%d %H:%M}") - 1
        begun.setdefault(max(place, 0), []).append(found)
    return {place: _sentence(rules) for place, rules in begun.items()}


def _sentence(rules: Sequence[Exclusion]) -> str:
    names = [f"“{found.name}”" for found in rules]
    if len(names) == 1:
        return f"The rule {names[0]} began to keep visits out."
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return f"{len(names)} rules began to keep visits out: {_listed([*names[:_NAMED], *more])}."


def _listed(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}"
