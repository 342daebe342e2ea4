"""If the control file can't be written, forms and API calls return 503 with a reason, and work again later."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from schema.people import users
from schema.people.users import User
from schema.sites import keys
from schema.sites.keys import Scope
from schema.sites.sites import Site
from schema.stores.control import Control
from tests.dashboard.desk import EMAIL, PASSWORD, QUICK, Desk, Page

Trouble = Callable[[Control], AbstractContextManager[None]]


@contextmanager
def full(control: Control) -> Iterator[None]:
    """Limit the size of the file, which SQLite reports as a full disk."""
    control.rows("pragma max_page_count = 1")  # the least is what the file has
    yield
    control.rows("pragma max_page_count = 1000000")


@contextmanager
def locked(control: Control) -> Iterator[None]:
    """Hold the write lock on another connection."""
    control.rows("pragma busy_timeout = 0")
    other = sqlite3.connect(control.rows("pragma database_list")[0]["file"], isolation_level=None)
    other.execute("begin immediate")
    yield
    other.close()


@contextmanager
def read_only(control: Control) -> Iterator[None]:
    control.rows("pragma query_only = 1")
    yield
    control.rows("pragma query_only = 0")


TROUBLES = [
    pytest.param(locked, "The control file can't be used: another process is writing to it.", id="it is locked"),
    pytest.param(read_only, "The control file can't be used: it is read-only.", id="it is read-only"),
]
FULL = "The control file can't be used: the disk is full."
TRIES = 200  # after so many, the pages that a table has are full too
FORMS = [
    pytest.param(
        "/sites/new", {"domain": "new.example", "timezone": "Europe/Paris", "profile": "standard"}, id="a site"
    ),
    pytest.param("/keys", {"name": "robot", "site": "", "stats:read": "yes"}, id="a key"),
    pytest.param("/example.org/settings/goals", {"event": "Buy"}, id="a goal"),
    pytest.param(
        "/example.org/settings/segments",
        {"name": "France", "filters": '[["is", "visit:country", ["FR"]]]'},
        id="a segment",
    ),
    pytest.param("/example.org/settings/properties", {"property": "plan"}, id="a property"),
    pytest.param("/example.org/settings/referrers", {"referrer": "paypal.com"}, id="a referrer"),
]


@pytest.mark.parametrize(("trouble", "sentence"), TROUBLES)
@pytest.mark.parametrize(("path", "fields"), FORMS)
def test_a_form_shows_the_reason_and_works_again_later(
    desk: Desk, site: Site, path: str, fields: dict[str, Any], trouble: Trouble, sentence: str, caplog
) -> None:
    with trouble(desk.control):
        answer = desk.post(path, **fields)
    afterwards = desk.post(path, **fields)

    assert (503, True) == (answer.status_code, sentence in Page(answer.text).text)
    assert [sentence] == [record.getMessage() for record in caplog.records if record.name == "dashboard.app"]
    assert all(record.exc_info is None for record in caplog.records)
    assert afterwards.status_code in (200, 303)


@pytest.mark.parametrize(("trouble", "sentence"), TROUBLES)
def test_signing_in_shows_the_reason(stranger: Desk, user: User, trouble: Trouble, sentence: str) -> None:
    users.set_password(stranger.control, user, QUICK.hash(PASSWORD))
    with trouble(stranger.control):
        refused = stranger.post("/sign-in", email=EMAIL, password=PASSWORD)
    entered = stranger.post("/sign-in", email=EMAIL, password=PASSWORD)

    assert (503, True) == (refused.status_code, sentence in Page(refused.text).text)
    assert 303 == entered.status_code


@pytest.mark.parametrize(("trouble", "sentence"), TROUBLES)
def test_an_api_call_returns_the_reason_and_when_to_retry(
    stranger: Desk, site: Site, trouble: Trouble, sentence: str
) -> None:
    key = keys.add(stranger.control, "robot", scopes=[Scope.PROVISION_SITES], site_id=None, now=stranger.clock())
    call = {"site_id": "example.org", "goal_type": "event", "event_name": "Buy"}
    headers = {"Authorization": f"Bearer {key}"}
    with trouble(stranger.control):
        answer = stranger.client.put("/api/v1/sites/goals", headers=headers, json=call)
        reading = stranger.client.get("/api/v1/sites/example.org", headers=headers)
    afterwards = stranger.client.put("/api/v1/sites/goals", headers=headers, json=call)

    assert (503, "60") == (answer.status_code, answer.headers["retry-after"])
    assert {"error": f"{sentence} Try again later."} == answer.json()
    assert 200 == reading.status_code
    assert 200 == afterwards.status_code


def test_an_error_in_a_statement_is_not_reported_as_an_error_of_the_file(control: Control) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        control.rows("select * from nowhere")


@pytest.mark.parametrize(
    ("path", "field", "form"),
    [
        pytest.param("/sites/new", "domain", "{}.example", id="a site"),
        pytest.param("/example.org/settings/goals", "event", "Buy {}", id="a goal"),
    ],
)
def test_a_full_disk_is_reported_and_nothing_is_stored_in_part(
    desk: Desk, site: Site, path: str, field: str, form: str
) -> None:
    forms: list[dict[str, Any]] = [
        {field: form.format(number), "timezone": "Europe/Paris", "profile": "exempt"} for number in range(TRIES + 1)
    ]
    with full(desk.control):
        answers = [desk.post(path, **fields) for fields in forms[:TRIES]]
    afterwards = desk.post(path, **forms[TRIES])

    assert {303, 503} == {answer.status_code for answer in answers}
    assert FULL in Page(answers[-1].text).text
    assert 303 == afterwards.status_code
    assert [("ok",)] == [tuple(row) for row in desk.control.rows("pragma integrity_check")]


def test_signing_in_on_a_full_disk_shows_the_reason(stranger: Desk, user: User) -> None:
    users.set_password(stranger.control, user, QUICK.hash(PASSWORD))
    answers = []
    with full(stranger.control):
        for _ in range(TRIES):
            stranger.client.cookies.clear()
            answers.append(stranger.post("/sign-in", email=EMAIL, password=PASSWORD))

    assert {303, 503} == {answer.status_code for answer in answers}
    assert FULL in Page(answers[-1].text).text
