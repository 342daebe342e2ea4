"""Limits on failed sign-ins stop guessing, and never lock a known browser out."""

from datetime import timedelta

import pytest

from dashboard.access.known_browsers import LIFETIME_S, KnownBrowsers
from dashboard.access.throttle import MAX_FAILURES, MAX_STRANGERS_FAILURES, STRANGERS_WINDOW_S, WINDOW_S
from schema.people import users
from tests.dashboard.desk import EMAIL, NOW, PASSWORD, Desk, Page

OTHERS = [f"203.0.113.{number}" for number in range(1, 200)]


@pytest.fixture
def owner(stranger: Desk) -> Desk:
    """Give a browser in which somebody with a password has signed in and out again."""
    link = users.make_link(
        stranger.control, users.add(stranger.control, EMAIL, now=stranger.clock(), is_owner=True), now=stranger.clock()
    )
    stranger.post(f"/sign-in/{link}", password=PASSWORD, repeated=PASSWORD)
    stranger.post("/sign-out")
    return stranger


def fail(desk: Desk, times: int, email: str = EMAIL) -> list[int]:
    """Sign in with a wrong password several times, and return the statuses."""
    return [desk.post("/sign-in", email=email, password="wrong").status_code for _ in range(times)]


def fail_from_everywhere(desk: Desk) -> None:
    """Use up the failures of new browsers for the owner's account, from many networks."""
    for address in OTHERS[: MAX_STRANGERS_FAILURES // MAX_FAILURES + 1]:
        fail(desk.elsewhere(address), MAX_FAILURES)


def signs_in(desk: Desk) -> bool:
    return bool(desk.post("/sign-in", email=EMAIL, password=PASSWORD).status_code == 303)


@pytest.mark.parametrize("times", [10, 100])
def test_failures_elsewhere_lock_out_neither_the_known_browser_nor_a_new_one(owner: Desk, times: int) -> None:
    fail(owner.elsewhere(OTHERS[0]), times)

    assert signs_in(owner)
    assert signs_in(owner.elsewhere(OTHERS[1]))


def test_a_guessing_client_is_rejected_with_a_retry_time(owner: Desk) -> None:
    guesser = owner.elsewhere(OTHERS[0])

    assert [403] * MAX_FAILURES == fail(guesser, MAX_FAILURES)
    refused = guesser.post("/sign-in", email=EMAIL, password=PASSWORD)
    assert (429, "90") == (refused.status_code, refused.headers["Retry-After"])
    assert "Try again in 2 minutes" in Page(refused.text).text
    assert [429] == fail(guesser, 1, email="nobody@example.org")


def test_an_ipv6_client_is_a_network(owner: Desk) -> None:
    fail(owner.elsewhere("2001:db8::1"), MAX_FAILURES)

    assert [429] == fail(owner.elsewhere("2001:db8::ffff:2"), 1)
    assert [403] == fail(owner.elsewhere("2001:db8:0:1::1"), 1)


def test_a_client_may_try_again_after_the_retry_time(owner: Desk) -> None:
    guesser = owner.elsewhere(OTHERS[0])
    fail(guesser, MAX_FAILURES)

    guesser.now = owner.now = NOW + timedelta(seconds=WINDOW_S / MAX_FAILURES - 1)
    assert [429] == fail(guesser, 1)
    guesser.now = owner.now = NOW + timedelta(seconds=WINDOW_S / MAX_FAILURES)
    assert [403, 429] == fail(guesser, 2)


def test_many_clients_guess_no_faster_than_the_account_allows(owner: Desk) -> None:
    statuses = [status for address in OTHERS for status in fail(owner.elsewhere(address), 1)]

    assert MAX_STRANGERS_FAILURES == statuses.count(403)
    assert len(OTHERS) - MAX_STRANGERS_FAILURES == statuses.count(429)


def test_a_known_browser_gets_through_while_many_clients_guess(owner: Desk) -> None:
    fail_from_everywhere(owner)

    assert signs_in(owner)


def test_a_new_browser_is_offered_other_ways_while_many_clients_guess(owner: Desk) -> None:
    fail_from_everywhere(owner)
    traveller = owner.elsewhere("192.0.2.1")
    refused = traveller.post("/sign-in", email=EMAIL, password=PASSWORD)

    assert 429 == refused.status_code
    assert int(refused.headers["Retry-After"]) <= STRANGERS_WINDOW_S / MAX_STRANGERS_FAILURES
    assert "a browser that has signed in before" in Page(refused.text).text
    assert "a sign-in link" in Page(refused.text).text

    link = users.make_link(owner.control, users.by_email(owner.control, EMAIL), now=owner.clock())
    traveller.post(f"/sign-in/{link}", password=PASSWORD, repeated=PASSWORD)
    traveller.post("/sign-out")

    assert signs_in(traveller)


def test_unknown_accounts_have_the_same_limits(owner: Desk) -> None:
    statuses = [
        status for address in OTHERS for status in fail(owner.elsewhere(address), 1, email="nobody@example.org")
    ]

    assert MAX_STRANGERS_FAILURES == statuses.count(403)
    assert signs_in(owner.elsewhere("192.0.2.1"))


def test_a_known_browser_has_its_own_limit(owner: Desk) -> None:
    assert [403] * MAX_FAILURES + [429] == fail(owner, MAX_FAILURES + 1)


def test_a_browser_is_known_for_one_account_alone(owner: Desk) -> None:
    users.add(owner.control, "bob@example.org", now=owner.clock(), is_owner=True)
    fail(owner, MAX_FAILURES, email="bob@example.org")

    assert [429] == fail(owner, 1, email="bob@example.org")
    assert signs_in(owner)


def test_a_successful_sign_in_does_not_count(owner: Desk) -> None:
    new = owner.elsewhere(OTHERS[0])

    for _ in range(MAX_FAILURES + 1):
        new.client.cookies.clear()
        assert signs_in(new)


def test_the_cookie_of_a_known_browser_grants_no_access_and_is_for_this_server(owner: Desk) -> None:
    answer = owner.post("/sign-in", email=EMAIL, password=PASSWORD)
    [cookie] = [line for line in answer.headers.get_list("set-cookie") if line.startswith("sillage_browser=")]
    owner.client.cookies.delete("sillage_session")

    assert {"HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={LIFETIME_S}"} <= set(cookie.split("; "))
    assert EMAIL not in cookie
    assert 303 == owner.get("/sites").status_code


@pytest.mark.parametrize(
    ("token", "email", "later_s", "is_known"),
    [
        pytest.param("", EMAIL, 0, True, id="as it was issued"),
        pytest.param("", EMAIL, LIFETIME_S - 1, True, id="before its end"),
        pytest.param("", EMAIL, LIFETIME_S, False, id="at its end"),
        pytest.param("", "bob@example.org", 0, False, id="of another account"),
        pytest.param("x", EMAIL, 0, False, id="cut short"),
        pytest.param("é" * 5000, EMAIL, 0, False, id="made up"),
    ],
)
def test_a_browser_is_known_by_its_own_cookie(token: str, email: str, later_s: int, is_known: bool) -> None:
    now_s = [1_000_000]
    browsers = KnownBrowsers(b"key", lambda: now_s[0])
    cookie = browsers.remember(EMAIL)
    now_s[0] += later_s

    assert is_known == (browsers.number_of(token or cookie, email=email) != b"")
    assert b"" == KnownBrowsers(b"another key", lambda: now_s[0]).number_of(cookie, email=EMAIL)
