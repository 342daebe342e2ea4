import time

import pytest

from dashboard.pages.audit import TITLES
from schema.people import guests
from schema.privacy import audits
from schema.privacy.audits import Audit, Finding, State
from schema.sentence import Sentence
from schema.sites import keys, shared_links
from schema.sites.keys import Scope
from scripts.audit.proofs import PROOFS
from tests.dashboard.desk import EMAIL, NOW

PAGE, PEOPLE = "/example.org/settings/privacy/audit", "/example.org/settings/privacy/people"
GOOD = Finding("P5", State.GREEN, Sentence("No rows are stored."))
BAD = Finding("P15", State.RED, Sentence("No yearly review is due."))


def test_before_the_first_audit_the_page_says_how_to_run_one(desk, site):
    page = desk.page(PAGE)

    assert "Not audited yet" in page.text
    assert "sillage privacy audit --lang en" in page.text


def test_the_last_audit_is_shown_with_failed_proofs_first(desk, control, site):
    audits.add(control, Audit(int(NOW.timestamp()), (GOOD, BAD), {"example.org": "abc123"}))
    text = desk.page(PAGE).text

    assert text.index("Where data is stored") < text.index("Nothing on the device")
    assert "10 Mar 2026, 14:30" in text
    assert "abc123" in text
    assert "Failed: 1" in text
    assert "Passed: 1" in text
    assert "To check" not in text


def test_findings_are_in_the_language_of_the_page(desk, control, site):
    audits.add(control, Audit(int(NOW.timestamp()), (GOOD,), {"example.org": "abc123"}))
    desk.client.headers["accept-language"] = "fr"

    assert "Aucune ligne n’est stockée." in desk.page(PAGE).text


def test_every_proof_has_a_title():
    assert TITLES.keys() == {key for key, _ in PROOFS}


def test_people_with_access_are_listed_without_secrets(desk, control, site, user):
    guests.put(control, site.id, "guest@example.org", "viewer", who="eve", now=0)
    link = shared_links.add(control, site.id, "Board")
    key = keys.add(control, "Grafana", scopes=[Scope.READ_STATS], site_id=None, now=time.time())
    text = desk.page(PEOPLE).text

    assert all(name in text for name in (EMAIL, "guest@example.org", "Board", "Grafana", "All sites"))
    assert link.slug not in text
    assert key not in text


@pytest.mark.parametrize("path", [PAGE, PEOPLE])
def test_the_pages_are_for_people_with_an_account(stranger, site, path):
    assert 303 == stranger.client.get(path).status_code
