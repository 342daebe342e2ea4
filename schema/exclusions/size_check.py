"""Weigh a new rule against the last day's hits: a rule that would exclude many of them may be a mistake."""

from collections.abc import Callable

from schema.exclusions.matchers import ExclusionError
from schema.exclusions.rules import Rule

Share = Callable[[Rule], float | None]  # of the hits that a rule matches, 0 to 1; None: too few hits


class TooMuchError(ExclusionError):
    """The rule may be a mistake. It is stored only after confirmation."""


def weigh(rule: Rule, share: Share, *, max_share: float) -> None:
    """Raise TooMuchError if a rule would have excluded more than this share of the last day's hits, 0 to 1."""
    if not rule.excludes:
        return
    excluded = share(rule)
    if excluded is not None and excluded > max_share:
        raise TooMuchError(
            "this rule would have excluded about %(percent)s %% of the last day's hits", percent=round(excluded * 100)
        )
