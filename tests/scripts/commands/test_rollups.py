"""`sillage rollups` without a running server."""

import json
import time
from datetime import date, timedelta

import pytest
from click.testing import CliRunner

from schema.privacy import retention
from schema.sites import sites
from schema.stores.control import Control
from scripts.__main__ import sillage
from scripts.commands import rollups
from tests.schema.http_stand_in import StandIn


def run(directory, *words):
    return CliRunner().invoke(sillage, ["--data-dir", str(directory), "rollups", *words])


@pytest.fixture
def directory(tmp_path):
    """Return a data directory with a site, and two days and two months that another process counted."""
    control = Control(tmp_path / "control.sqlite3", now=time.time())
    site = sites.add(control, "example.org", timezone="Europe/Paris", now=time.time())
    for day, zone, is_exact in (
        ("2026-03-09", "Europe/Paris", 1),
        ("2026-03-10", "Europe/Paris", 0),
        ("2026-03-11", "", 0),
    ):
        control.rows("insert into rolled_days values (?, ?, ?, ?, '', '')", (site.id, day, zone, is_exact))
    for month in ("2026-01-01", "2026-02-01"):
        control.rows("insert into rolled_months values (?, ?, 'Europe/Paris', '', '', '9999-12-31')", (site.id, month))
    control.close()
    return tmp_path


def test_the_status_is_shown_by_site(directory):
    answer = run(directory, "status", "--json")

    assert json.loads(answer.stdout) == [
        {
            "domain": "example.org",
            "days": 3,
            "counted": 2,
            "not_exact": 1,
            "months": 2,
            "first": "2026-03-09",
            "last": "2026-03-11",
        }
    ]


def test_without_a_day_the_status_says_so(tmp_path):
    assert "No day has ended yet" in run(tmp_path, "status").output


def test_a_site_that_is_not_there_is_a_sentence(directory):
    answer = run(directory, "rebuild", "--site", "nowhere.example")

    assert answer.exit_code == 2
    assert "nowhere.example is not a site here" in answer.output


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        pytest.param((), "", id="no closed day"),
        pytest.param(("2026-03-09",), "1 day keeps its counts, because", id="one"),
        pytest.param(("2026-03-09", "2026-03-10"), "2 days keep their counts, because", id="several"),
    ],
)
def test_days_without_events_keep_their_counts(directory, front, monkeypatch, days, sentence):
    control = Control(directory / "control.sqlite3", now=time.time())
    for day in days:
        control.rows("insert into closed_days (site_id, day, step, is_final) values (1, ?, 'closed', 1)", (day,))
    with StandIn(front) as server:
        monkeypatch.setenv("SILLAGE_DATABASE", server.url)
        answer = run(directory, "rebuild", "--to", "2026-03-10")
    kept = control.rows(
        "select day from rolled_days where zone = 'Europe/Paris' and day in ('2026-03-09', '2026-03-10')"
    )
    control.close()

    assert answer.stdout.splitlines()[0] == f"Counted {2 - len(days)} day{'s' if len(days) != 1 else ''}."
    assert sentence in answer.stdout
    assert len(answer.stdout.splitlines()) == (2 if sentence else 1)
    assert len(kept) == 2


def test_days_whose_events_are_past_the_retention_are_never_counted_again(tmp_path):
    """Their counts may be kept longer, and could not be restored."""
    control = Control(tmp_path / "control.sqlite3", now=time.time())
    site = sites.add(control, "example.org", timezone="UTC", now=time.time())
    control.close()
    kept_from = retention.first_kept(site, 25, now=time.time())

    assert rollups._with_rows(site, date.min) == kept_from
    assert rollups._with_rows(site, kept_from + timedelta(days=9)) == kept_from + timedelta(days=9)
