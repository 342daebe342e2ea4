"""The second step of a sign-in."""

from dataclasses import dataclass
from datetime import timedelta

import pyotp
import pytest

from schema.people import users
from tests.dashboard.desk import EMAIL, PASSWORD, Desk, Page
from tests.dashboard.pages.test_two_factor import set_up

PAGE = "/sign-in/code"


@dataclass(frozen=True)
class Phone:
    secret: str
    codes: list[str]

    def code(self, desk: Desk) -> str:
        """Return what the app shows."""
        return pyotp.TOTP(self.secret).at(int(desk.clock()))


@pytest.fixture
def phone(stranger: Desk) -> Phone:
    """Give the phone of somebody with a second factor."""
    user = users.add(stranger.control, EMAIL, now=stranger.clock(), is_owner=True)
    link = users.make_link(stranger.control, user, now=stranger.clock())
    stranger.post(f"/sign-in/{link}", password=PASSWORD, repeated=PASSWORD)
    return Phone(*set_up(stranger))


@pytest.fixture
def member(stranger: Desk, phone: Phone) -> Desk:
    """Give a browser of this person that is not signed in."""
    stranger.client.cookies.clear()
    stranger.now += timedelta(minutes=2)
    return stranger


def is_signed_in(desk: Desk) -> bool:
    return bool(desk.get("/sites").status_code == 200)


def test_the_password_alone_does_not_sign_in(member):
    answer = member.post("/sign-in", email=EMAIL, password=PASSWORD, next="/sites")

    assert (303, PAGE) == (answer.status_code, answer.headers["location"])
    assert "sillage_session" not in member.client.cookies
    assert "sillage_browser" not in member.client.cookies
    assert not is_signed_in(member)
    assert "Code from the app on your phone" in member.page(PAGE).text


def test_a_code_of_the_app_signs_in_and_continues(member, phone):
    member.post("/sign-in", email=EMAIL, password=PASSWORD, next="/sites")
    answer = member.post(PAGE, code=phone.code(member))

    assert (303, "/sites") == (answer.status_code, answer.headers["location"])
    assert is_signed_in(member)
    assert "sillage_half" not in member.client.cookies


def test_a_recovery_code_signs_in_once(member, phone):
    for is_first in (True, False):
        member.client.cookies.clear()
        member.post("/sign-in", email=EMAIL, password=PASSWORD)
        member.post(PAGE, code=phone.codes[0])
        assert is_first == is_signed_in(member)


def test_a_code_is_not_accepted_twice(member, phone):
    answers = []
    for _ in range(2):
        member.client.cookies.clear()
        member.post("/sign-in", email=EMAIL, password=PASSWORD)
        answers.append(member.post(PAGE, code=phone.code(member)))

    assert [303, 403] == [answer.status_code for answer in answers]
    assert "This code is wrong, or was used before." in Page(answers[1].text).text


def test_without_the_password_there_is_no_second_step(member, phone):
    assert "/sign-in" == member.get(PAGE).headers["location"]
    member.client.cookies.set("sillage_half", "guessed", domain="stats.test", path="/")
    assert "/sign-in" == member.get(PAGE).headers["location"]
    assert "/sign-in" == member.post(PAGE, code=phone.code(member)).headers["location"]
    assert not is_signed_in(member)


def test_the_second_step_waits_for_ten_minutes(member, phone):
    member.post("/sign-in", email=EMAIL, password=PASSWORD)
    member.now += timedelta(minutes=10)

    assert "/sign-in" == member.post(PAGE, code=phone.code(member)).headers["location"]
    assert not is_signed_in(member)


def test_a_sign_in_link_needs_the_code_too(member, phone):
    link = users.make_link(member.control, users.by_email(member.control, EMAIL), now=member.clock())
    answer = member.post(f"/sign-in/{link}", password=PASSWORD, repeated=PASSWORD)

    assert PAGE == answer.headers["location"]
    assert not is_signed_in(member)
    assert "/" == member.post(PAGE, code=phone.code(member)).headers["location"]


def test_guessed_codes_are_limited(member, phone):
    member.post("/sign-in", email=EMAIL, password=PASSWORD)
    answers = [member.post(PAGE, code="000000") for _ in range(11)]

    assert [403] * 10 + [429] == [answer.status_code for answer in answers]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert 429 == member.post(PAGE, code=phone.code(member)).status_code


def test_a_code_from_another_site_is_rejected(member, phone):
    member.post("/sign-in", email=EMAIL, password=PASSWORD)

    assert 403 == member.post(PAGE, sent={"Origin": "https://evil.example"}, code=phone.code(member)).status_code
    assert not is_signed_in(member)
