import json
import time

import pytest

from dashboard.papers import paper
from schema.sites import sites
from tests.schema.http_stand_in import StandIn

OF_SITE = ("--site", "example.org")


@pytest.fixture
def site(control):
    return sites.add(control, "example.org", timezone="UTC", now=time.time())


def shown(sillage):
    return {row["setting"]: row["value"] for row in json.loads(sillage("privacy", "show", *OF_SITE, "--json").stdout)}


def test_settings_are_shown_and_changed(site, sillage):
    before = shown(sillage)
    options = ("--dnt", "--declare", "Brochure", "--declare", "Devis", "--contact", "dpo@example.org", "--reviewed")
    changed = sillage("privacy", "set", *OF_SITE, *options)
    undeclared = sillage("privacy", "set", *OF_SITE, "--undeclare", "Devis", "--no-dnt")

    assert ("standard", "no", "-") == (before["profile"], before["honors_dnt"], before["declared_events"])
    assert "honors_dnt: no -> yes" in changed.stdout.splitlines()
    assert "declared_events: - -> Brochure, Devis" in changed.stdout.splitlines()
    assert {"honors_dnt: yes -> no", "declared_events: Brochure, Devis -> Brochure"} == set(
        undeclared.stdout.splitlines()
    )
    assert shown(sillage) == before | {
        "declared_events": "Brochure",
        "contact": "dpo@example.org",
        "reviewed_on": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def test_a_setting_that_is_not_allowed_is_refused(site, sillage):
    result = sillage("privacy", "set", *OF_SITE, "--declare", "pageview")

    assert (2, "sillage: 'pageview' can't be declared: enter the name of a custom event\n") == (
        result.exit_code,
        result.stderr,
    )


def test_without_options_nothing_changes(site, sillage):
    assert sillage("privacy", "set", *OF_SITE).stdout == "Nothing changed.\n"


def test_all_papers_are_printed_in_french(site, sillage):
    printed = sillage("privacy", "papers", *OF_SITE).stdout

    assert printed.count("Empreinte de la configuration") == len(paper.PAPERS)


def test_papers_are_written_as_files(site, sillage, tmp_path):
    directory = tmp_path / "papers"
    options = ("--lang", "en", "--html", "--output", str(directory))
    result = sillage("privacy", "papers", *OF_SITE, *options)

    assert {f"{name}.en.html" for name in paper.PAPERS} == {file.name for file in directory.iterdir()}
    assert result.stdout.splitlines()[0] == f"Wrote {directory}/notice.en.html."
    assert "<title>Record of processing activities · example.org</title>" in (directory / "record.en.html").read_text()


@pytest.fixture
def elsewhere(engine, monkeypatch):
    """Have ClickHouse in another process: this one has an engine."""
    with StandIn(engine) as server:
        monkeypatch.setenv("SILLAGE_DATABASE", server.url)
        yield


def test_a_switch_is_rehearsed_confirmed_and_stored(site, sillage, control, elsewhere):
    options = ("exempt", *OF_SITE, "--declare", "Brochure")
    rehearsal = sillage("privacy", "switch", *options, "--dry-run").stdout
    assert "It can't be undone" in rehearsal
    assert "standard" == shown(sillage)["profile"]

    refused = sillage("privacy", "switch", *options, answer="n\n")
    assert (1, "standard") == (refused.exit_code, sites.list_all(control, now=0)[0].privacy.profile)

    switched = sillage("privacy", "switch", *options, "--yes").stdout
    privacy = sites.list_all(control, now=0)[0].privacy
    assert switched == f"{rehearsal}The profile is now exempt.\n"
    assert ("exempt", ("Brochure",)) == (privacy.profile, privacy.declared_events)


def test_a_profile_that_the_site_has_is_not_switched(site, sillage):
    assert sillage("privacy", "switch", "standard", *OF_SITE).stdout == "The profile is standard already.\n"
