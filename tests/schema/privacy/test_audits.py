from datetime import date

from schema.privacy import audits
from schema.privacy.audits import Audit, Finding, State
from schema.sentence import Count, Sentence
from schema.stores.control import Control

GOOD = Finding("P1", State.GREEN, Sentence("Good."))
UNCLEAR = Finding("P2", State.YELLOW, Sentence("Check %(name)s.", {"name": Sentence("it")}))
BAD = Finding("P8", State.RED, Sentence("%(count)s rows of %(day)s", {"count": Count(1000), "day": date(2026, 3, 10)}))


def test_an_audit_is_stored_with_its_sentences(control: Control) -> None:
    audits.add(control, Audit(1000, (GOOD, UNCLEAR, BAD), {"example.org": "abc"}))
    stored = audits.latest(control, "example.org")

    assert stored is not None
    assert (1000, {"example.org": "abc"}, True) == (stored.at, stored.hashes, stored.is_red)
    assert ["Good.", "Check it.", "1,000 rows of 2026-03-10"] == [str(item.sentence) for item in stored.findings]


def test_the_last_audit_of_a_site_counts(control: Control) -> None:
    audits.add(control, Audit(1000, (BAD,), {"example.org": "abc", 'odd "name"': "x"}))
    audits.add(control, Audit(2000, (GOOD,), {"other.example": "def"}))

    assert [1000, 2000, 1000] == [
        audit and audit.at
        for audit in (audits.latest(control, name) for name in ("example.org", "other.example", 'odd "name"'))
    ]
    assert audits.latest(control, "unknown.example") is None


def test_the_oldest_audits_are_deleted(control: Control) -> None:
    for at in range(audits.KEPT + 3):
        audits.add(control, Audit(at, (GOOD,), {"example.org": "abc"}))

    assert (audits.KEPT, 3) == tuple(control.rows("select count(*), min(at) from privacy_audits")[0])


def test_red_findings_come_first_and_the_others_keep_their_order() -> None:
    audit = Audit(1000, (GOOD, UNCLEAR, BAD, Finding("P9", State.GREEN, Sentence("Good."))), {})

    assert ["P8", "P2", "P1", "P9"] == [finding.key for finding in audit.worst_first]
