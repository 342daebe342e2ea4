"""A passkey in a real browser, with Chromium's virtual authenticator: added, used to sign in, removed."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.browser import chromium, tab
from tests.server import Server

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("passkeys") / "data") as server:
        yield server


@pytest.fixture
def page(server: Server) -> Iterator[Page]:
    with chromium({"stats.example": server.port}) as browser:
        yield from opened(browser)


def opened(browser: Browser) -> Iterator[Page]:
    with browser.new_context(locale="en-GB") as context, tab(context) as page:
        devices = context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        yield page


def test_a_passkey_is_added_signs_in_and_is_removed(page, server):
    url = f"http://localhost:{server.port}"  # browsers allow passkeys on secure origins and on localhost
    page.goto(url + urlsplit(server.sign_in_link).path)
    page.get_by_label("E-mail address").fill("ana@site.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Repeat the password").fill(PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()
    page.goto(f"{url}/account")
    page.get_by_role("link", name="Manage passkeys").click()
    page.get_by_label("Name").fill("My phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("My phone", exact=True)).to_be_visible()

    page.context.clear_cookies()
    page.goto(f"{url}/sign-in?next=/account/passkeys")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/account/passkeys")
    page.get_by_role("link", name="Remove My phone").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No passkeys yet.")).to_be_visible()

    page.context.clear_cookies()
    page.goto(f"{url}/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("This passkey does not sign in here.")
