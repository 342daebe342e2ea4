"""People without an account see a report: by a link with a password, and in a frame of another site."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import report
from tests.journeys.browser import chromium, tab
from tests.journeys.website import Website
from tests.server import Server

pytestmark = pytest.mark.browser

SHARING = "http://stats.example/demo.example/settings/sharing"
PASSWORD = "a word for the board"
HEIGHT = "() => document.querySelector('iframe').getBoundingClientRect().height"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("sharing") / "data", arguments=["--demo"]) as server:
        yield server


@pytest.fixture(scope="module")
def browser(server: Server, website: Website) -> Iterator[Browser]:
    """Give a browser with a dashboard at http://stats.example, and other sites at all other hosts."""
    with chromium({"stats.example": server.port, "*": website.port}) as browser:
        yield browser


@pytest.fixture(scope="module")
def signed_in(server: Server, browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context, tab(context) as page:
        report.sign_in(page, server.sign_in_link)
        yield page


@pytest.fixture
def owner(signed_in: Page) -> Page:
    """Give a tab of the owner, in which the page of shared links is open."""
    signed_in.goto(SHARING)
    return signed_in


def outside(text: str, server: Server) -> str:
    """Return a text with the address of the dashboard as it is reached from outside."""
    return text.replace(server.url, "http://stats.example")


def test_a_link_with_a_password_opens_the_report_and_no_settings(owner: Page, server: Server, browser: Browser):
    owner.get_by_label("Name", exact=True).fill("Board")
    owner.get_by_label("Password", exact=True).fill(PASSWORD)
    owner.get_by_role("button", name="Add link").click()
    url = outside(owner.get_by_role("row", name="Board").locator("code").inner_text(), server)

    with browser.new_context() as context, tab(context) as reader:
        reader.goto(url)
        reader.get_by_label("Password of this link").fill("wrong")
        reader.get_by_role("button", name="Show the report").click()
        expect(reader.get_by_role("alert")).to_have_text("Wrong password.")
        reader.get_by_label("Password of this link").fill(PASSWORD)
        reader.get_by_role("button", name="Show the report").click()
        expect(reader.get_by_role("region", name="Overview")).to_be_visible()
        reader.get_by_role("link", name="All pages").click()
        expect(reader.get_by_role("heading", name="Top pages")).to_be_visible()
        reader.goto("http://stats.example/demo.example/settings")
        expect(reader.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_report_in_a_page_of_another_site_gets_its_height(
    owner: Page, server: Server, browser: Browser, website: Website
):
    owner.get_by_label("Name", exact=True).fill("Intranet")
    owner.locator("#hosts").fill("intranet.example")
    owner.get_by_role("button", name="Add link").click()
    owner.get_by_role("row", name="Intranet").get_by_role("link", name="Edit").click()
    embedded = outside(owner.locator(".snippet").first.inner_text(), server)
    url = website.page(f"<h1>Our numbers</h1>{embedded}", host="intranet.example")

    with browser.new_context() as context, tab(context) as page:
        page.goto(url)
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("region", name="Overview")).to_be_visible()
        page.wait_for_function("() => document.querySelector('iframe').style.height")
        content = frame.locator("html").evaluate("(root) => root.offsetHeight")
        assert content == page.evaluate(HEIGHT)
        frame.get_by_role("link", name="All pages").click()
        expect(frame.get_by_role("heading", name="Top pages")).to_be_visible()
        assert [] == context.cookies()
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(url)
        expect(page.frame_locator("iframe").get_by_role("region", name="Overview")).to_be_visible()
        assert 1600 == page.locator("iframe").bounding_box()["height"]  # type: ignore[index]


def test_a_site_that_is_not_named_cannot_show_the_report(
    owner: Page, server: Server, browser: Browser, website: Website
):
    owner.get_by_label("Name", exact=True).fill("Own pages only")
    owner.get_by_role("button", name="Add link").click()
    owner.get_by_role("row", name="Own pages only").get_by_role("link", name="Edit").click()
    embedded = outside(owner.locator(".snippet").first.inner_text(), server)
    url = website.page(embedded, host="evil.example")

    with browser.new_context() as context:
        page = context.new_page()
        with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
            page.goto(url)
        expect(page.frame_locator("iframe").get_by_role("region", name="Overview")).to_have_count(0)
