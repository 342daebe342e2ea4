from dataclasses import replace

import msgspec
import pytest

from dashboard.papers.facts import configuration_hash
from dashboard.services import services_of
from schema.privacy import audits
from schema.privacy.audits import Audit, Finding, State
from schema.privacy.profile import Privacy
from schema.sentence import Sentence
from schema.sites import sites
from tests.dashboard.desk import NOW
from tests.factories import store, views

RED, GREEN = (Finding("P1", state, Sentence("No rows are stored.")) for state in (State.RED, State.GREEN))
FAILED, CHANGED, DUE = (
    "The privacy audit of 10 March 2026 failed",
    "The privacy settings changed since the audit of 10 March 2026",
    "The yearly review of the privacy settings is due",
)


@pytest.fixture
def site(control):
    return sites.add(control, "example.org", timezone="Europe/Paris", now=NOW.timestamp())


def audited(desk, site, finding):
    installation = services_of(desk.app).installation
    hashes = {site.domain: configuration_hash(site, installation)}
    audits.add(desk.control, Audit(int(NOW.timestamp()), (finding,), hashes))


def warned(desk, path="/example.org"):
    text = desk.page(path).text
    return [warning for warning in (FAILED, CHANGED, DUE) if warning in text]


@pytest.mark.parametrize("has_data", [True, False])
def test_a_failed_audit_is_shown_above_the_report(desk, database, site, has_data):
    if has_data:
        store(database, views("/", start="2026-03-10 10:00"))
    before = warned(desk)
    audited(desk, site, RED)

    assert [] == before
    assert [FAILED] == warned(desk)


def test_a_passed_audit_is_not(desk, site):
    audited(desk, site, GREEN)

    assert [] == warned(desk)


def test_a_setting_that_changed_since_is_shown(desk, control, site):
    audited(desk, site, GREEN)
    changed = sites.change(control, site, privacy=Privacy(honors_dnt=True), now=NOW.timestamp())
    after = warned(desk)
    audited(desk, changed, GREEN)

    assert [CHANGED] == after
    assert [] == warned(desk)


def test_a_setting_of_the_server_counts_too(desk, site):
    audited(desk, site, GREEN)
    installation = services_of(desk.app).installation
    desk.provide(installation=replace(installation, settings={"data_country": "CH"}))

    assert [CHANGED] == warned(desk)


def test_an_audit_of_another_site_is_not_of_this_one(desk, control, site):
    other = sites.add(control, "other.example", timezone="UTC", now=NOW.timestamp())
    audited(desk, other, RED)

    assert [] == warned(desk)
    assert [FAILED] == warned(desk, "/other.example")


def test_a_yearly_review_is_reminded_of(desk, control, site):
    control.rows("update sites set created_at = created_at - 400 * 86400")
    before = warned(desk)
    reviewed = msgspec.structs.replace(site.privacy, reviewed_on="2026-01-15")
    sites.change(control, site, privacy=reviewed, now=NOW.timestamp())

    assert [DUE] == before
    assert [] == warned(desk)


def test_the_warnings_are_in_french_for_french_readers(desk, site):
    audited(desk, site, RED)
    desk.client.headers["accept-language"] = "fr"

    assert "L’audit de confidentialité du 10 mars 2026" in desk.page("/example.org").text
