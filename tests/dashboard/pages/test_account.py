"""The account page: what is stored about the person, its correction, export and deletion."""

import json

import pytest

from schema.people import users
from tests.dashboard.desk import EMAIL, PASSWORD, Page


def test_everything_is_downloaded_as_json(desk):
    answer = desk.get("/account/export")

    assert answer.headers["content-disposition"] == 'attachment; filename="account.json"'
    assert EMAIL == json.loads(answer.text)["email"]


def test_the_address_is_corrected(desk):
    answer = desk.post("/account", email="Anna@Example.org")

    assert (303, "/account?done=email#email") == (answer.status_code, answer.headers["location"])
    assert [{"value": "anna@example.org"}] == [
        {"value": field["value"]} for field in desk.page("/account").attributes("input", id="address")
    ]


def test_an_address_that_is_taken_stays_in_the_form(desk):
    users.add(desk.control, "bob@example.org", now=desk.clock(), is_owner=True)
    answer = desk.post("/account", email="bob@example.org")

    assert 422 == answer.status_code
    assert "bob@example.org already has an account." in Page(answer.text).text
    assert users.by_email(desk.control, EMAIL)


def test_an_account_is_deleted_once_its_address_is_entered(desk):
    users.add(desk.control, "bob@example.org", now=desk.clock(), is_owner=True)
    refused = desk.post("/account/delete", confirmed="bob@example.org")
    kept = users.by_email(desk.control, EMAIL)
    deleted = desk.post("/account/delete", confirmed=f" {EMAIL.upper()} ")

    assert 422 == refused.status_code
    assert f"Enter {EMAIL} to delete this account." in Page(refused.text).text
    assert kept
    assert (303, "/sign-in") == (deleted.status_code, deleted.headers["location"])
    assert ["bob@example.org"] == [user.email for user in users.list_all(desk.control)]
    assert desk.get("/account").headers["location"].startswith("/sign-in")


def test_the_only_account_stays(desk):
    answer = desk.post("/account/delete", confirmed=EMAIL)

    assert 422 == answer.status_code
    assert "This is the only owner of the server" in Page(answer.text).text


def test_a_name_is_stored_and_shown(desk):
    answer = desk.post("/account/name", name="  Ana  García ")

    assert (303, "/account#name") == (answer.status_code, answer.headers["location"])
    assert ["Ana García"] == [field["value"] for field in desk.page("/account").attributes("input", name="name")]


@pytest.mark.parametrize("name", ["a" * 101, "a\u202eb", "a\x00b"])
def test_a_name_that_cannot_be_shown_stays_in_the_form(desk, name):
    answer = desk.post("/account/name", name=name)

    assert 422 == answer.status_code
    assert "A name has at most 100 printable characters." in Page(answer.text).text
    assert "" == json.loads(desk.get("/account/export").text)["name"]


def test_another_address_needs_the_password(stranger):
    link = users.make_link(stranger.control, users.add(stranger.control, EMAIL, now=1), now=stranger.clock())
    stranger.post(f"/sign-in/{link}", password=PASSWORD, repeated=PASSWORD)
    refused = stranger.post("/account", email="anna@example.org", password="wrong")
    accepted = stranger.post("/account", email="anna@example.org", password=PASSWORD)

    assert 422 == refused.status_code
    assert "This is not your current password." in Page(refused.text).text
    assert 303 == accepted.status_code
    assert users.by_email(stranger.control, "anna@example.org")
