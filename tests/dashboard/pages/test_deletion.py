"""Delete data: it counts first, and then deletes."""

import pytest

from schema.exclusions import audit
from schema.privacy import erasures
from schema.privacy.erasures import STEPS
from schema.sites import imports, keys, sites
from tests.dashboard.desk import NOW, Page
from tests.factories import store, views

PATH = "/example.org/settings/deletion"


@pytest.fixture
def visited(site, database):
    store(database, views("/a", "/secret", site_id=site.id, start="2026-03-09 12:00"))
    return site


def test_it_counts_first(desk, visited):
    answer = desk.post(PATH, kind="page", value="/secret", first="", last="")

    assert answer.status_code == 422
    assert "This erases 1 event of 1 visit for good." in answer.text
    assert erasures.list_all(desk.control) == []


def test_it_deletes_after_a_confirmation(desk, visited):
    answer = desk.post(PATH, kind="page", value="/secret", first="", last="", confirmed="www.Example.org")

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


@pytest.mark.parametrize("entered", ["yes", "other.example", "example.or"])
def test_another_domain_confirms_nothing(desk, visited, entered):
    answer = desk.post(PATH, kind="page", value="/secret", first="", last="", confirmed=entered)

    assert 422 == answer.status_code
    assert "Nothing was deleted: the domain is example.org." in Page(answer.text).text
    assert erasures.list_all(desk.control) == []


def test_all_statistics_are_counted_and_then_reset(desk, visited):
    counted = Page(desk.post(PATH, everything="yes").text)
    answer = desk.post(PATH, everything="yes", confirmed="example.org")

    [erasure] = erasures.waiting(desk.control)
    assert "This erases 2 events of 1 visit for good." in counted.text
    assert "Delete all statistics" in counted.text
    assert f"{PATH}#row-{erasure.id}" == answer.headers["location"]
    assert (erasures.Kind.DAYS, None, NOW.date()) == (
        erasure.selection.kind,
        erasure.selection.first,
        erasure.selection.last,
    )


def test_the_imports_of_the_site_are_suggested(desk, site):
    before = desk.page(PATH).text
    imports.begin(desk.control, site, "old-tool", content="x")
    page = desk.page(PATH)

    assert page.attributes("option", value="old-tool")
    assert ["choose a new import id" in text for text in (before, page.text)] == [False, True]


def test_the_question_about_the_site_counts_what_goes_with_it(desk, visited):
    keys.add(desk.control, "app", scopes=[keys.Scope.READ_STATS], site_id=visited.id, now=desk.clock())
    text = desk.page(f"{PATH}/site").text

    assert "This erases 2 events of 1 visit for good." in text
    assert "1 API key stops working." in text
    assert "shared link" not in text


def test_the_site_is_removed_once_its_domain_is_entered(desk, visited):
    refused = desk.post(f"{PATH}/site", confirmed="other.example")
    kept = sites.by_id(desk.control, visited.id, now=desk.clock())
    answer = desk.post(f"{PATH}/site", confirmed=" example.org ")

    assert (422, visited) == (refused.status_code, kept)
    assert "/sites" == answer.headers["location"]
    assert sites.by_id(desk.control, visited.id, now=desk.clock()) is None
    assert ["Deleted the site example.org."] == [
        entry.change for entry in audit.latest(desk.control, 9, site_id=visited.id, topic=audit.SETTINGS)
    ]
