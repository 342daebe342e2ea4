"""Signing out in one browser or in all."""

from datetime import timedelta

import pytest

from dashboard.access.ways_in import WaysIn
from schema.people import users
from tests.dashboard.desk import EMAIL, PASSWORD, Desk, Page


@pytest.fixture
def member(stranger: Desk) -> Desk:
    """Give a browser that has signed in with a password."""
    stranger.provide(ways_in=WaysIn(browser_of=lambda user_agent: (user_agent, "Linux" if user_agent else "")))
    user = users.add(stranger.control, EMAIL, now=stranger.clock())
    link = users.make_link(stranger.control, user, now=stranger.clock())
    stranger.client.headers["User-Agent"] = "Firefox"
    stranger.post(f"/sign-in/{link}", password=PASSWORD, repeated=PASSWORD)
    return stranger


def also_signed_in(member: Desk, user_agent: str = "Safari") -> Desk:
    other = member.elsewhere("203.0.113.9")
    other.client.headers["User-Agent"] = user_agent
    assert 303 == other.post("/sign-in", email=EMAIL, password=PASSWORD).status_code
    return other


def is_signed_in(desk: Desk) -> bool:
    return bool(desk.get("/sites").status_code == 200)


def test_browsers_are_listed_in_words(member):
    also_signed_in(member)
    also_signed_in(member, "")
    text = member.page("/account").text

    assert "Firefox on Linux (this browser) Signed in on 10 March 2026, last used on 10 March 2026" in text
    assert "Safari on Linux Signed in on 10 March 2026, last used on 10 March 2026" in text
    assert "Unknown browser" in text
    assert "203.0.113.9" not in text


def test_one_browser_is_signed_out_by_its_button(member):
    other, third = also_signed_in(member), also_signed_in(member, "Edge")
    [button] = member.page("/account").attributes("button", **{"aria-label": "Sign out Safari on Linux"})
    actions = [form["action"] for form in member.page("/account").attributes("form") if "/browsers/" in form["action"]]
    position = [one["aria-label"] for one in sign_out_buttons(member)].index(button["aria-label"])
    answer = member.post(actions[position])

    assert (303, "/account#browsers") == (answer.status_code, answer.headers["location"])
    assert [True, False, True] == [is_signed_in(member), is_signed_in(other), is_signed_in(third)]


def sign_out_buttons(member: Desk) -> list[dict[str, str]]:
    buttons = member.page("/account").attributes("button")
    return [button for button in buttons if button.get("aria-label", "").startswith("Sign out ")]


def test_every_browser_is_signed_out(member):
    other = also_signed_in(member)
    answer = member.post("/account/browsers/sign-out")

    assert (303, "/sign-in") == (answer.status_code, answer.headers["location"])
    assert [False, False] == [is_signed_in(member), is_signed_in(other)]


def test_this_browser_has_no_button_of_its_own(member):
    assert [] == sign_out_buttons(member)


def test_a_page_is_readable_without_storing_the_last_use(member):
    member.now += timedelta(days=1)
    member.control.rows("pragma query_only = on")

    assert "Browsers that are signed in" in Page(member.get("/account").text).text
