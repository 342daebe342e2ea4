import pytest

from schema.exclusions.what_if import TrialResult
from tests.factories import an_exclusion

RULE = an_exclusion({"network": "192.0.2.0/24"})


@pytest.mark.parametrize(
    ("excluded_by", "kept_by", "would_be_by", "reason", "drop_reason"),
    [
        pytest.param(None, None, None, "", None, id="counted"),
        pytest.param(RULE, None, None, "", "excluded", id="excluded by a rule"),
        pytest.param(None, None, None, "bot_ai", "bot_ai", id="a bot"),
        pytest.param(None, RULE, None, "", None, id="kept by a rule"),
        pytest.param(None, None, RULE, "", None, id="excluded by a rule in dry run"),
    ],
)
def test_a_result_has_the_reason_that_drops_would_store(excluded_by, kept_by, would_be_by, reason, drop_reason):
    assert drop_reason == TrialResult(excluded_by, kept_by, would_be_by, reason, "FR", ()).drop_reason
