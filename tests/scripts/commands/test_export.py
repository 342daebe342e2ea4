import json
import time

import pytest

from schema.sites import sites
from schema.stores.database import Database
from tests.factories import store, views
from tests.schema.http_stand_in import StandIn


@pytest.fixture
def export(control, sillage, front, monkeypatch):
    """Return a function that exports example.org from a ClickHouse server, which has an empty database of its own."""
    site = sites.add(control, "example.org", timezone="Europe/Paris", now=time.time())
    with StandIn(front) as server:
        monkeypatch.setenv("SILLAGE_DATABASE", server.url)
        sillage("export", "events", "--site", "example.org")  # makes the tables
        remote = Database(server.url)
        store(remote, views("/a", start="2026-03-10 12:00", site_id=site.id))
        store(remote, views("/b", start="2026-03-11 12:00", site_id=site.id))
        yield lambda *words: sillage("export", *words, "--site", "example.org")
        remote.close()


@pytest.mark.parametrize(
    ("words", "paths"),
    [
        pytest.param((), ["/a", "/b"], id="everything"),
        pytest.param(("--from", "2026-03-11"), ["/b"], id="from a day on"),
        pytest.param(("--to", "2026-03-10"), ["/a"], id="up to a day"),
    ],
)
def test_events_are_written_one_per_line(export, words, paths):
    lines = export("events", *words).stdout.splitlines()

    assert paths == [json.loads(line)["pathname"] for line in lines]


def test_visits_are_written_to_a_file(export, tmp_path):
    file = tmp_path / "visits.csv"
    result = export("visits", "--format", "csv", "--output", str(file))

    assert ("", 3) == (result.stdout, len(file.read_text().splitlines()))


@pytest.mark.parametrize("words", [("hits",), ("events", "--format", "xml"), ("events", "--from", "yesterday")])
def test_an_unknown_word_is_rejected(export, words):
    assert 2 == export(*words).exit_code
