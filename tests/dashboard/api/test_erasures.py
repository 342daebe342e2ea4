"""Erasures over the API."""

import pytest

from schema.privacy import erasures
from schema.privacy.erasures import STEPS
from tests.factories import store, views

PATH = "/erasures"


@pytest.fixture
def visited(site, database):
    store(database, views("/a", "/b", site_id=site.id, start="2026-03-09 12:00"))
    store(database, views("/a", site_id=site.id, start="2026-03-08 12:00"))
    return site


def test_a_dry_run_counts_and_erases_nothing(program, visited) -> None:
    answer = program.ask("PUT", PATH, json={"site_id": "example.org", "kind": "page", "value": "/a", "dry_run": True})

    assert (2, 2, 0, None) == tuple(answer[name] for name in ("events", "visits", "counted_days", "erasure"))
    assert answer["description"] == "This erases 2 events of 2 visits for good."
    assert erasures.list_all(program.control) == []


def test_an_erasure_waits_for_the_server(program, visited) -> None:
    words = {"site_id": "example.org", "kind": "page", "value": "/a", "last": "2026-03-08"}
    answer = program.ask("PUT", PATH, json=words)

    assert answer["events"] == 1
    assert answer["erasure"]["progress"] == 0
    assert program.ask("GET", f"{PATH}?site_id=example.org")["erasures"] == [answer["erasure"]]
    [erasure] = erasures.waiting(program.control)
    erasures.advance(program.control, erasure.id, step=STEPS, days=())
    assert erasures.waiting(program.control) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param({"kind": "page", "value": "blog"}, "'blog' is not a page", id="no path"),
        pytest.param({"kind": "property", "value": "plan"}, "'plan' is not a property", id="no value"),
        pytest.param({"kind": "host", "value": "a b"}, "'a b' is not a host", id="no host"),
        pytest.param({"kind": "import", "value": "march"}, "'march' is not an import of this site", id="no import"),
        pytest.param({"kind": "days"}, "enter the first or the last day", id="no day"),
        pytest.param({"kind": "days", "first": "soon"}, "'soon' is not a date", id="no date"),
        pytest.param({"kind": "days", "first": "2026-03-02", "last": "2026-03-01"}, "is after", id="turned round"),
        pytest.param({"kind": "visitor", "value": "1"}, "can't be erased: choose one of page,", id="no kind"),
        pytest.param({}, "can't be erased", id="nothing"),
    ],
)
def test_what_selects_nothing_is_refused(program, visited, words, sentence) -> None:
    assert sentence in program.refused("PUT", PATH, json={"site_id": "example.org"} | words)
    assert erasures.list_all(program.control) == []
