"""A new rule is weighed against the last day's hits: one that would leave out many of them may be a mistake."""

from schema.condition import ExclusionError
from schema.exclusions import Rule
from schema.trial import RulesInForce


class TooMuchError(ExclusionError):
    """The rule may be a mistake: nothing is stored until whoever enters it says that it is meant."""


def weigh(rules: RulesInForce, rule: Rule, *, max_share: float) -> None:
    """Raise TooMuchError for a rule that would have left out more than this part, 0 to 1, of the last day's hits."""
    if not rule.keeps_out:
        return
    share = rules.share(rule)
    if share is not None and share > max_share:
        raise TooMuchError(f"this rule would have left out about {round(share * 100)} % of the last day's hits")
