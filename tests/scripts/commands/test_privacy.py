import json
import re
import time
from zoneinfo import ZoneInfo

import pytest

from dashboard.papers import paper
from ingest.visits.salts import Salts
from schema.days.local_day import local_day
from schema.people import users
from schema.privacy import audits
from schema.sites import keys, sites

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


def test_an_audit_without_a_server_leaves_open_what_needs_one(site, elsewhere, sillage, control):
    result = sillage("privacy", "audit", "--json", "--lang", "en")
    audit = json.loads(result.stdout)
    states = {finding["key"]: finding["state"] for finding in audit["findings"]}
    stored = audits.latest(control, "example.org")

    assert "yellow" == states["P5"] == states["P11"]
    assert "green" == states["P8"] == states["P10"]
    assert stored is not None
    assert audit["hashes"] == stored.hashes
    assert [finding["state"] for finding in audit["findings"]] == [finding.state for finding in stored.findings]


def test_an_audit_can_be_of_one_site(site, elsewhere, sillage, control):
    sites.add(control, "other.example", timezone="UTC", now=time.time())
    sillage("privacy", "audit", *OF_SITE)

    assert audits.latest(control, "example.org") is not None
    assert audits.latest(control, "other.example") is None


def test_an_audit_is_red_for_salts_of_a_disk(site, elsewhere, sillage, control, tmp_path):
    (tmp_path / "on-a-disk").mkdir()
    (tmp_path / "sillage.toml").write_text(f'salt_dir = "{tmp_path / "on-a-disk"}"\n')
    written(tmp_path / "on-a-disk", sillage)
    result = sillage("privacy", "audit")

    assert 1 == result.exit_code
    assert re.search(r"^P2 +rouge .*sur un disque", result.stdout, re.MULTILINE)


def written(directory, sillage):
    """Write a file of salts where a server with these settings would."""
    sillage("privacy", "audit")
    (own,) = directory.iterdir()
    salts = Salts(own / "salts")
    salts.of(1, local_day(time.time(), ZoneInfo("UTC")), now=time.time())
    salts.close()


@pytest.fixture
def readers(site, control):
    users.add(control, "ana@example.org", now=1_700_000_000, is_owner=True)
    keys.add(control, "=Grafana", scopes=[keys.Scope.READ_STATS], site_id=site.id, now=1_700_000_000)


def test_people_are_listed(readers, sillage):
    listed = json.loads(sillage("privacy", "people", "--json").stdout)

    assert [("API key", "=Grafana", "example.org"), ("account", "ana@example.org", "all sites")] == [
        (row["access"], row["name"], row["site"]) for row in listed
    ]
    assert "2023-11-14 22:13Z" == listed[1]["since"]


def test_people_as_csv_are_safe_in_a_spreadsheet(readers, sillage):
    lines = sillage("privacy", "people", *OF_SITE, "--csv").stdout.splitlines()

    assert "access,name,site,rights,since,last_seen" == lines[0]
    assert lines[1].startswith("API key,'=Grafana,example.org,stats:read,")


def test_without_anybody_the_list_is_empty(site, sillage):
    assert "Nobody can see the statistics.\n" == sillage("privacy", "people").stderr
