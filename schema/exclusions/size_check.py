"""A new rule is weighed against the last day's hits: one that would leave out many of them may be a mistake."""

from collections.abc import Callable

from schema.exclusions.condition import ExclusionError
from schema.exclusions.rules import Rule

Share = Callable[[Rule], float | None]  # about which part of them a rule is true of, 0 to 1; None: too few are known


class TooMuchError(ExclusionError):
    """The rule may be a mistake: nothing is stored until whoever enters it says that it is meant."""


def weigh(rule: Rule, share: Share, *, max_share: float) -> None:
    """Raise TooMuchError for a rule that would have left out more than this part, 0 to 1, of the last day's hits."""
    if not rule.keeps_out:
        return
    part = share(rule)
    if part is not None and part > max_share:
        raise TooMuchError(f"this rule would have left out about {round(part * 100)} % of the last day's hits")
