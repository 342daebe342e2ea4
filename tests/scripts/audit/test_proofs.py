import pytest

from schema.privacy import audits
from schema.privacy.audits import State
from schema.stores.database import DatabaseAwayError, QueryLimitError
from scripts.audit import proofs
from scripts.audit.subject import green
from scripts.console.errors import Refusal
from tests.scripts.audit.subjects import a_subject


@pytest.mark.parametrize(
    "error", [OSError(13, "Permission denied"), Refusal("No."), DatabaseAwayError("Away."), QueryLimitError(159)]
)
def test_an_obstacle_makes_a_proof_yellow_and_the_others_go_on(tmp_path, error):
    def fails(_subject):
        raise error

    findings = list(proofs.run(a_subject(tmp_path), [("P1", fails), ("P2", lambda _subject: green("P2", "Good."))]))

    assert [("P1", State.YELLOW), ("P2", State.GREEN)] == [(finding.key, finding.state) for finding in findings]
    assert "could not be checked" in str(findings[0].sentence)


def test_a_bug_is_not_an_obstacle(tmp_path):
    def fails(_subject):
        raise KeyError("x")

    with pytest.raises(KeyError):
        list(proofs.run(a_subject(tmp_path), [("P1", fails)]))


def test_every_guarantee_has_a_proof_under_its_own_key_in_order():
    keys = list(dict.fromkeys(key for key, _ in proofs.PROOFS))

    assert [*audits.GUARANTEES, "profile"] == keys
