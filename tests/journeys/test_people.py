"""Colleagues in a browser: somebody is invited to a site, and then sees its reports and no settings."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import report
from tests.journeys.browser import chromium, tab
from tests.server import Server

pytestmark = pytest.mark.browser

URL = "http://stats.example"
SITE = f"{URL}/demo.example"
BO, PASSWORD = "bo@example.org", "a few words work"


@pytest.fixture(scope="module")
def server_and_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Browser]]:
    with (
        Server(tmp_path_factory.mktemp("people") / "data", arguments=["--demo"]) as server,
        chromium({"stats.example": server.port}) as browser,
    ):
        yield server, browser


def invitation(page: Page) -> str:
    """Return the path of a new invitation to view the site, as an owner makes it."""
    page.goto(f"{SITE}/settings/people")
    page.get_by_label("E-mail address").fill(BO)
    page.get_by_role("radio", name="Viewer").check()
    page.get_by_role("button", name="Create invitation").click()
    link = page.get_by_label("Invitation link").inner_text()
    return link[link.index("/invitation/") :]


def test_an_invited_viewer_sees_reports_and_no_settings(server_and_browser: tuple[Server, Browser]) -> None:
    server, browser = server_and_browser
    with (
        browser.new_context(locale="en-GB", java_script_enabled=False) as owner,
        browser.new_context(locale="en-GB", java_script_enabled=False) as viewer,
        tab(owner) as of_owner,
        tab(viewer) as page,
    ):
        report.sign_in(of_owner, server.sign_in_link)
        path = invitation(of_owner)

        page.goto(f"{URL}{path}")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("Repeat the password").fill(PASSWORD)
        page.get_by_role("button", name="Create account").click()
        expect(page).to_have_url(SITE)
        expect(page.get_by_role("heading", name="Top pages").or_(page.locator("#pages")).first).to_be_visible()
        assert not page.locator("a[href*='/settings']").count()
        assert not page.locator("form[action*='/settings']").count()

        page.goto(f"{SITE}/settings")
        expect(page.get_by_role("heading", level=1)).to_have_text("No access to this page")
        expect(page.get_by_text("Your role on this site does not allow this.")).to_be_visible()
        page.goto(f"{URL}/sites")
        assert not page.get_by_role("link", name="Add a site").count()

        page.goto(f"{URL}{path}")
        expect(page.get_by_role("heading", level=1)).to_have_text("This invitation is no longer valid")

        of_owner.goto(f"{SITE}/settings/people")
        expect(of_owner.get_by_role("row", name=BO)).to_contain_text("Viewer")
