"""Language and theme are chosen in the menu, on any page, and the page stays the one that was open."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import report
from tests.journeys.browser import chromium, tab
from tests.server import Server

pytestmark = pytest.mark.browser

DEMO = "http://stats.example/demo.example"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("preferences") / "data", arguments=["--demo"]) as server:
        yield server


@pytest.fixture(scope="module")
def browser(server: Server) -> Iterator[Browser]:
    with chromium({"stats.example": server.port}) as browser:
        context = browser.new_context()
        with tab(context) as page:
            report.sign_in(page, server.sign_in_link)
            context.storage_state(path=server.data_dir / "signed-in.json")
        context.close()
        yield browser


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def page(request: pytest.FixtureRequest, server: Server, browser: Browser) -> Iterator[Page]:
    """Give a tab of a browser that prefers English and a light theme."""
    state = server.data_dir / "signed-in.json"
    context = browser.new_context(
        storage_state=state, java_script_enabled=request.param, locale="en-GB", color_scheme="light"
    )
    with context, tab(context) as page:
        yield page


def choose(page: Page, name: str, *, menu: str = "Menu") -> None:
    page.get_by_label(menu, exact=True).click()
    page.get_by_role("button", name=name, exact=True).click()


def test_the_language_and_the_theme_change_and_the_report_stays_open(page):
    page.goto(DEMO)
    page.get_by_role("link", name="Earlier period").click()
    page.wait_for_url("**period=**")
    url = page.url

    choose(page, "Français")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    assert url == page.url

    choose(page, "Sombre")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("body")).to_have_css("background-color", "rgb(17, 24, 30)")
    assert url == page.url

    choose(page, "Système")
    choose(page, "Navigateur")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("body")).to_have_css("background-color", "rgb(245, 246, 248)")
    assert url == page.url
