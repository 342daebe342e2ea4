"""Marks on a report's chart where exclusions took effect, which explain a drop in the numbers."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime

from dashboard.stats.model.period import Period
from schema.exclusions import rules as exclusions
from schema.exclusions.rules import Exclusion
from schema.stores.control import Control

_NAMED = 3


def marks(control: Control, site_id: int, period: Period, labels: Sequence[str]) -> dict[int, str]:
    """Return a sentence by the index of its bucket. labels: of the buckets, in order of time."""
    rules_by_bucket: dict[int, list[Exclusion]] = {}
    start, end = period.start.timestamp(), period.end.timestamp()
    for rule in exclusions.begun(control, site_id, since=start, before=end):
        at = datetime.fromtimestamp(rule.in_force_since or 0, period.zone)
        index = bisect_right(labels, f"{at:%Y-%m-%d %H:%M}") - 1
        rules_by_bucket.setdefault(max(index, 0), []).append(rule)
    return {index: _sentence(rules) for index, rules in rules_by_bucket.items()}


def _sentence(rules: Sequence[Exclusion]) -> str:
    names = [f"“{rule.name}”" for rule in rules]
    if len(names) == 1:
        return f"The rule {names[0]} took effect."
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return f"{len(names)} rules took effect: {_listed([*names[:_NAMED], *more])}."


def _listed(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}"
