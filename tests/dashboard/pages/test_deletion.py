"""Delete data: it counts first, and then deletes."""

import pytest

from schema.exclusions import audit
from schema.privacy import erasures
from schema.privacy.erasures import STEPS
from tests.factories import store, views

PATH = "/example.org/settings/deletion"


@pytest.fixture
def visited(site, database):
    store(database, views("/a", "/secret", site_id=site.id, start="2026-03-09 12:00"))
    return site


def test_it_counts_first(desk, visited):
    answer = desk.post(PATH, kind="page", value="/secret", first="", last="")

    assert answer.status_code == 422
    assert "This erases 1 events of 1 visits for good." in answer.text
    assert erasures.list_all(desk.control) == []


def test_it_deletes_after_a_confirmation(desk, visited):
    answer = desk.post(PATH, kind="page", value="/secret", first="", last="", sure="yes")

    [erasure] = erasures.waiting(desk.control)
    assert (303, f"{PATH}#row-{erasure.id}") == (answer.status_code, answer.headers["location"])
    assert "Page /secret Step 1 of 5" in desk.page(PATH).text
    erasures.advance(desk.control, erasure.id, step=STEPS, days=())
    assert "Page /secret Erased" in desk.page(PATH).text
    [entry] = audit.latest(desk.control, 9, site_id=visited.id, topic=audit.PRIVACY)
    assert entry.change == f"Erased events by page (erasure {erasure.id})."


def test_what_is_not_clear_stays_in_the_form(desk, visited):
    answer = desk.post(PATH, kind="page", value="secret", first="", last="")

    assert answer.status_code == 422
    assert "is not a page: enter its path" in answer.text
    assert erasures.list_all(desk.control) == []
