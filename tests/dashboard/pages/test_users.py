import re
from typing import Any

from schema.people import users
from tests.dashboard.desk import Desk, Page


def test_an_owner_makes_and_unmakes_owners_of_the_server(desk: Desk) -> None:
    bo = users.add(desk.control, "bo@example.org", now=desk.clock())
    assert "bo@example.org 0 sites" in desk.page("/people").text
    assert 303 == desk.post(f"/people/{bo.id}", owner="yes").status_code
    assert "bo@example.org Owner of the server" in desk.page("/people").text
    assert "/sites" == desk.post("/people/1").headers["location"], "Ana gives it up"

    assert 403 == desk.get("/people").status_code


def test_the_only_owner_stays_owner(desk: Desk) -> None:
    path: str
    fields: Any
    for path, fields in (("/people/1", {}), ("/people/1/remove", {"sure": "yes"})):
        answer = desk.post(path, **fields)

        assert (422, True) == (answer.status_code, "This is the only owner of the server" in answer.text)


def test_an_account_is_deleted_after_a_question(desk: Desk) -> None:
    bo = users.add(desk.control, "bo@example.org", now=desk.clock())

    assert "Delete the account bo@example.org?" in desk.page(f"/people/{bo.id}/remove").text
    assert "/people?removed=1#removed" == desk.post(f"/people/{bo.id}/remove", sure="yes").headers["location"]
    assert users.by_email(desk.control, "bo@example.org") is None


def emails(page: Page) -> list[str]:
    return re.findall(r"<bdi>(.*)</bdi>", page.html)


def test_people_are_searched(desk: Desk) -> None:
    users.add(desk.control, "bo@example.org", now=desk.clock())

    assert ["bo@example.org"] == emails(desk.page("/people?search=BO"))
    assert "Nobody matches." in desk.page("/people?search=nobody").text
