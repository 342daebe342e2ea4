import pytest

from schema.exclusions.size_check import TooMuchError, weigh
from tests.factories import an_exclusion

RULE = an_exclusion({"network": "192.0.2.0/24"}).rule
DRY_RUN = an_exclusion({"network": "192.0.2.0/24", "mode": "dry-run"}).rule
KEEP = an_exclusion({"network": "192.0.2.0/24", "action": "keep"}).rule


def test_a_rule_that_matches_too_many_hits_is_rejected_with_its_share():
    with pytest.raises(TooMuchError, match="25 %"):
        weigh(RULE, lambda _rule: 0.25, max_share=0.2)


@pytest.mark.parametrize(
    ("rule", "share"),
    [
        pytest.param(RULE, 0.2, id="just few enough"),
        pytest.param(RULE, None, id="too few recent hits"),
        pytest.param(DRY_RUN, 0.9, id="a rule in dry run"),
        pytest.param(KEEP, 0.9, id="a rule that keeps hits"),
    ],
)
def test_a_rule_that_does_no_harm_is_accepted(rule, share):
    weigh(rule, lambda _rule: share, max_share=0.2)
