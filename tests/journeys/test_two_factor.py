"""Two-factor authentication in a real browser, from set-up to a recovery code."""

import re
import time
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import report
from tests.journeys.browser import chromium
from tests.server import Server

pytestmark = pytest.mark.browser

URL = "http://stats.example"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("two-factor") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def browser(server: Server) -> Iterator[Browser]:
    with chromium({"stats.example": server.port}) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give a tab of a browser that prefers English, without JavaScript."""
    with browser.new_context(java_script_enabled=False, locale="en-GB") as context:
        page = context.new_page()
        yield page
        page.close()


def enter_password(page: Page) -> None:
    page.goto(f"{URL}/sign-in")
    page.get_by_label("E-mail address").fill("ana@site.example")
    page.get_by_label("Password").fill(report.PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_from_the_set_up_to_a_recovery_code(page, server):
    report.sign_in(page, server.sign_in_link)
    page.goto(f"{URL}/account")
    page.get_by_role("link", name="Set up").click()
    secret = page.get_by_label("Key for the app").inner_text().strip()
    page.get_by_label("Code that the app shows").fill("000000")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("alert")).to_contain_text("This code is not right.")
    assert secret == page.get_by_label("Key for the app").inner_text().strip()
    confirmation = pyotp.TOTP(secret).at(time.time(), counter_offset=-1)
    page.get_by_label("Code that the app shows").fill(confirmation)
    page.get_by_role("button", name="Turn on").click()
    codes = re.findall(r"\S+", page.get_by_label("Your recovery codes").inner_text())
    assert 10 == len(codes)
    page.get_by_role("link", name="I have kept the codes").click()
    page.get_by_label("Menu", exact=True).click()
    page.get_by_role("button", name="Sign out", exact=True).click()

    enter_password(page)
    code = page.get_by_label("Code from the app on your phone")
    code.fill(confirmation)
    code.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("was used before")
    code.fill(pyotp.TOTP(secret).at(time.time(), counter_offset=1))
    code.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.context.clear_cookies()

    enter_password(page)
    page.get_by_text("Use a recovery code").click()
    page.get_by_label("Recovery code").fill(codes[0])
    page.get_by_label("Recovery code").press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto(f"{URL}/account/two-factor")
    expect(page.get_by_text("9 recovery codes are left.")).to_be_visible()
