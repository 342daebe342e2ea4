"""The passkeys on the account's page. tests/journeys/test_passkeys.py adds one in a browser."""

import json

from schema.people import passkeys, users
from schema.people.users import User
from tests.dashboard.desk import Desk, Page

PAGE = "/account/passkeys"


def add(desk: Desk, user: User, number: int, name: str) -> None:
    passkeys.add(
        desk.control, user, credential_id=bytes([number]), public_key=b"key", sign_count=0, name=name, now=desk.clock()
    )


def test_the_form_has_a_question_for_this_host(desk):
    [form] = desk.page(PAGE).attributes("form", **{"data-passkey": "create"})

    assert "stats.test" == json.loads(form["data-options"])["rp"]["id"]
    assert "No passkeys yet." in desk.page(PAGE).text


def test_what_no_browser_made_is_not_stored(desk):
    answer = desk.post(PAGE, name="My phone", ticket="x", credential="{}")

    assert 422 == answer.status_code
    assert "This page was open for too long." in Page(answer.text).text
    assert "My phone" == Page(answer.text).attributes("input", name="name")[0]["value"]


def test_a_passkey_is_removed_after_a_question(desk, user):
    add(desk, user, 1, "Phone")
    assert "Since 10 March 2026" in desk.page(PAGE).text
    assert "Remove the passkey Phone?" in desk.page(f"{PAGE}/1/remove").text
    assert 1 == len(passkeys.of_user(desk.control, user))
    answer = desk.post(f"{PAGE}/1/remove", sure="yes")

    assert f"{PAGE}?removed=0#removed" == answer.headers["location"]
    assert [] == passkeys.of_user(desk.control, user)


def test_the_passkey_of_somebody_else_cannot_be_removed(desk):
    bob = users.add(desk.control, "bob@example.org", now=desk.clock())
    add(desk, bob, 1, "Phone")

    assert 404 == desk.post(f"{PAGE}/1/remove", sure="yes").status_code
    assert 1 == len(passkeys.of_user(desk.control, bob))


def test_an_unknown_passkey_does_not_sign_in(stranger):
    answer = stranger.post("/sign-in/passkey", next="/sites", ticket="x", credential='{"rawId": "AAAA"}')

    assert 403 == answer.status_code
    assert "This passkey does not sign in here." in Page(answer.text).text
    assert "sillage_session" not in stranger.client.cookies
