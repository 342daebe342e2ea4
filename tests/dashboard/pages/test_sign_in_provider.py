"""Sign-in at an OpenID Connect provider that runs on this machine."""

import logging
import time
from collections.abc import Iterator

import httpx2
import pytest
from oidc_provider_mock import User as Person
from oidc_provider_mock import run_server_in_thread

from dashboard.access.openid import Client, OpenIdProvider
from dashboard.access.ways_in import WaysIn
from schema.people import two_factor, users
from tests.dashboard.desk import EMAIL, Desk, Page
from tests.mail_server import free_port

# The provider uses deprecated parts of authlib.
pytestmark = [pytest.mark.server, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

PEOPLE = [
    Person(sub="ana", claims={"email": EMAIL, "email_verified": True}),
    Person(sub="eve", claims={"email": EMAIL, "email_verified": False}),
    Person(sub="bob", claims={"email": "bob@example.org", "email_verified": True}),
]


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with run_server_in_thread(user_claims=PEOPLE, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def browser(stranger: Desk, issuer: str) -> Desk:
    """Give a browser that is not signed in, of a dashboard with a provider, and with an account of Ana."""
    provide(stranger, issuer)
    users.add(stranger.control, EMAIL, now=stranger.clock(), is_owner=True)
    return stranger


def provide(desk: Desk, issuer: str) -> None:
    client = Client(issuer=issuer, client_id="sillage", client_secret="secret", label="Keycloak")
    back = "http://stats.test/sign-in/provider/back"
    provider = OpenIdProvider(client, key=b"key", redirect_url=back, clock=time.time)
    desk.provide(ways_in=WaysIn(provider=provider))


def signed_in_at_provider(browser: Desk, subject: str, *, next_path: str = "/sites") -> str:
    """Sign in at the provider, and return where it sends the browser."""
    there = browser.get(f"/sign-in/provider?next={next_path}")
    assert 303 == there.status_code
    answer = httpx2.post(there.headers["location"], data={"sub": subject})
    assert 302 == answer.status_code
    return answer.headers["location"].removeprefix("http://stats.test")


def is_signed_in(desk: Desk) -> bool:
    return bool(desk.get("/sites").status_code == 200)


def test_a_person_with_an_account_is_signed_in_and_continues(browser):
    [link] = [a for a in browser.page("/sign-in?next=/keys").attributes("a") if "provider" in a["href"]]
    assert "/sign-in/provider?next=%2Fkeys" == link["href"]
    back = browser.get(signed_in_at_provider(browser, "ana", next_path="/keys"))

    assert (303, "/keys") == (back.status_code, back.headers["location"])
    assert is_signed_in(browser)
    assert "sillage_provider" not in browser.client.cookies


@pytest.mark.parametrize(
    ("subject", "problem"),
    [
        pytest.param("eve", "does not confirm that your e-mail address is yours", id="an address that is not verified"),
        pytest.param("bob", "bob@example.org has no account here", id="no account"),
    ],
)
def test_others_are_told_why_not(browser, subject, problem):
    answer = browser.get(signed_in_at_provider(browser, subject))

    assert 403 == answer.status_code
    assert problem in Page(answer.text).text
    assert not is_signed_in(browser)
    assert 1 == len(users.list_all(browser.control))


def test_the_second_factor_is_asked_here_too(browser):
    ana = users.by_email(browser.control, EMAIL)
    assert ana is not None
    two_factor.turn_on(browser.control, ana, secret=b"x", step=1, codes=two_factor.new_codes(), now=1)
    answer = browser.get(signed_in_at_provider(browser, "ana"))

    assert "/sign-in/code" == answer.headers["location"]
    assert not is_signed_in(browser)


def test_the_address_of_the_way_back_works_once_and_in_one_browser(browser):
    way_back = signed_in_at_provider(browser, "ana")
    other = browser.elsewhere("203.0.113.9")

    assert 403 == other.get(way_back).status_code
    assert 303 == browser.get(way_back).status_code
    assert 403 == browser.get(way_back).status_code


def test_another_site_is_not_the_next_page(browser):
    answer = browser.get(signed_in_at_provider(browser, "ana", next_path="//evil.example"))

    assert "/" == answer.headers["location"]


def test_a_provider_that_is_gone_leaves_the_form(browser):
    provide(browser, f"http://localhost:{free_port()}")
    answer = browser.get("/sign-in/provider")

    assert 503 == answer.status_code
    assert "Keycloak can't be reached" in Page(answer.text).text
    assert Page(answer.text).attributes("input", name="password")


def test_without_a_provider_there_is_no_button_and_no_way(stranger):
    assert "provider" not in stranger.page("/sign-in").html
    assert [404, 404] == [stranger.get(path).status_code for path in ("/sign-in/provider", "/sign-in/provider/back")]
