"""The password of an account is changed by who knows the present one."""

import pytest

from schema.people import users
from tests.dashboard.desk import EMAIL, PASSWORD, Desk, Page

NEW = "another correct horse"


@pytest.fixture
def member(stranger: Desk) -> Desk:
    """Give a browser that has signed in with a password."""
    user = users.add(stranger.control, EMAIL, now=stranger.clock())
    link = users.make_link(stranger.control, user, now=stranger.clock())
    stranger.post(f"/sign-in/{link}", password=PASSWORD, repeated=PASSWORD)
    return stranger


def is_signed_in(desk: Desk) -> bool:
    return bool(desk.get("/sites").status_code == 200)


def test_a_new_password_signs_out_elsewhere_and_in_anew_here(member):
    elsewhere = member.elsewhere("203.0.113.9")
    elsewhere.post("/sign-in", email=EMAIL, password=PASSWORD)
    before = member.client.cookies["sillage_session"]
    answer = member.post("/account/password", present=PASSWORD, password=NEW, repeated=NEW)

    assert (303, "/account?done=password#password") == (answer.status_code, answer.headers["location"])
    assert [True, False] == [is_signed_in(member), is_signed_in(elsewhere)]
    assert before != member.client.cookies["sillage_session"]
    assert users.find_session(member.control, before, now=member.clock()) is None
    assert "All other browsers are signed out." in member.page("/account?done=password").text
    assert 403 == elsewhere.post("/sign-in", email=EMAIL, password=PASSWORD).status_code
    assert 303 == elsewhere.post("/sign-in", email=EMAIL, password=NEW).status_code


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        pytest.param({"present": "wrong"}, "This is not your current password.", id="another current password"),
        pytest.param({"present": ""}, "This is not your current password.", id="no current password"),
        pytest.param({"password": "short", "repeated": "short"}, "Choose at least 10 characters.", id="too short"),
        pytest.param({"repeated": "typed differently"}, "The two passwords are not the same.", id="a typing error"),
    ],
)
def test_what_is_wrong_is_said_and_the_password_stays(member, fields, problem):
    answer = member.post("/account/password", **{"present": PASSWORD, "password": NEW, "repeated": NEW} | fields)

    assert 422 == answer.status_code
    assert problem in Page(answer.text).text
    assert 303 == member.elsewhere("203.0.113.9").post("/sign-in", email=EMAIL, password=PASSWORD).status_code


def test_guesses_of_the_present_password_are_limited(member):
    answers = [
        member.post("/account/password", present="guess", password=NEW, repeated=NEW).text for _ in range(11)
    ]  # ten failures of a known browser

    assert "This is not your current password." in answers[9]
    assert "Too many failed sign-ins. Try again in 2 minutes" in answers[10]


def test_an_account_without_a_password_gets_its_first(desk):
    assert [] == desk.page("/account").attributes("input", name="present")
    answer = desk.post("/account/password", password=NEW, repeated=NEW)

    assert 303 == answer.status_code
    assert 303 == desk.elsewhere("203.0.113.9").post("/sign-in", email=EMAIL, password=NEW).status_code
