"""The page that sets up the second factor of an account."""

import re

import pyotp
import pytest

from dashboard.access.ways_in import WaysIn
from dashboard.services import services_of
from schema.people import two_factor, users
from schema.people.users import User
from tests.dashboard.desk import EMAIL, PASSWORD, Desk, Page

CODE = re.compile(r"(?:[a-z2-8]{4}-){3}[a-z2-8]{4}")
PAGE = "/account/two-factor"


@pytest.fixture
def member(stranger: Desk) -> Desk:
    """Give a browser that has signed in with a password."""
    user = users.add(stranger.control, EMAIL, now=stranger.clock(), is_owner=True)
    link = users.make_link(stranger.control, user, now=stranger.clock())
    stranger.post(f"/sign-in/{link}", password=PASSWORD, repeated=PASSWORD)
    return stranger


def secret_and_ticket(page: Page) -> tuple[str, str]:
    [secret] = re.findall(r"<code>([A-Z2-7]{32})</code>", page.html)
    return secret, page.attributes("input", name="ticket")[0]["value"]


def set_up(desk: Desk) -> tuple[str, list[str]]:
    """Return the secret and the recovery codes."""
    secret, ticket = secret_and_ticket(desk.page(PAGE))
    answer = desk.post(PAGE, ticket=ticket, code=pyotp.TOTP(secret).at(int(desk.clock())))
    assert 200 == answer.status_code
    return secret, CODE.findall(answer.text)


def user_of(desk: Desk) -> User:
    user = users.by_email(desk.control, EMAIL)
    assert user is not None
    return user


def is_on(desk: Desk) -> bool:
    return two_factor.of_user(desk.control, user_of(desk).id) is not None


def test_a_code_turns_it_on_and_the_recovery_codes_are_shown_once(member):
    assert len(member.page(PAGE).attributes("svg")) == 2  # the logo and the QR code
    _secret, codes = set_up(member)

    assert 10 == len(set(codes))
    text = member.page(PAGE).text
    assert "Two-factor authentication has been on since 10 March 2026. 10 recovery codes are left." in text
    assert [] == CODE.findall(text)
    assert "On: signing in takes your password and a code" in member.page("/account").text


def test_a_wrong_code_keeps_the_secret_of_the_page(member):
    secret, ticket = secret_and_ticket(member.page(PAGE))
    answer = member.post(PAGE, ticket=ticket, code="000000")

    assert 422 == answer.status_code
    assert "This code is not right." in Page(answer.text).text
    assert secret == secret_and_ticket(Page(answer.text))[0]
    assert not is_on(member)


def test_it_cannot_be_set_up_over_an_existing_one(member):
    set_up(member)
    user = user_of(member)
    other = services_of(member.app).second_factors.begin(user)
    before = two_factor.of_user(member.control, user.id)
    answer = member.post(PAGE, ticket=other.ticket, code=pyotp.TOTP(other.secret).at(int(member.clock())))

    assert 303 == answer.status_code
    assert before == two_factor.of_user(member.control, user.id)


@pytest.mark.parametrize("action", ["codes", "off"])
def test_new_codes_and_turning_off_ask_for_the_password(member, action):
    _secret, codes = set_up(member)
    refused = member.post(f"{PAGE}/{action}", password="wrong")

    assert 422 == refused.status_code
    assert "This is not your current password." in Page(refused.text).text
    assert is_on(member)
    assert two_factor.use_code(member.control, user_of(member), codes[0])


def test_new_codes_are_shown(member):
    _secret, codes = set_up(member)
    new = CODE.findall(member.post(f"{PAGE}/codes", password=PASSWORD).text)

    assert 10 == len(new)
    assert not set(codes) & set(new)


def test_it_is_turned_off_with_the_password(member):
    set_up(member)
    answer = member.post(f"{PAGE}/off", password=PASSWORD)

    assert (303, "/account#two-factor") == (answer.status_code, answer.headers["location"])
    assert not is_on(member)


def test_an_account_without_a_password_turns_it_off_with_a_code(desk):
    _secret, codes = set_up(desk)

    assert 422 == desk.post(f"{PAGE}/off", password="", code="000000").status_code
    assert 303 == desk.post(f"{PAGE}/off", code=codes[0]).status_code
    assert not is_on(desk)


class TestWhereItIsRequired:
    @pytest.fixture(autouse=True)
    def _required(self, member: Desk) -> None:
        member.provide(ways_in=WaysIn(needs_two_factor=True))

    @pytest.mark.parametrize("path", ["/", "/sites", "/account", "/account/export", "/example.org", "/sites/new"])
    def test_it_is_set_up_before_anything_else(self, member, path):
        answer = member.get(path)

        assert (303, PAGE) == (answer.status_code, answer.headers["location"])
        assert "Set it up to go on." in member.page(PAGE).text

    def test_forms_wait_too(self, member):
        assert PAGE == member.post("/account/name", name="Ana").headers["location"]

    def test_people_may_choose_a_language_and_leave(self, member):
        assert "/" == member.post("/account/preferences", language="fr").headers["location"]
        assert "/sign-in" == member.post("/sign-out").headers["location"]

    def test_after_it_everything_is_open(self, member):
        set_up(member)

        assert 200 == member.get("/sites").status_code

    def test_it_stays_on(self, member):
        set_up(member)
        answer = member.post(f"{PAGE}/off", password=PASSWORD)

        assert 422 == answer.status_code
        assert [] == member.page(PAGE).attributes("form", action=f"{PAGE}/off#off")
        assert is_on(member)
