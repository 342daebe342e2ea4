"""axe-core finds nothing on any page, in both themes and languages, from 1440 down to 320 px, where nothing is cut off.

The same visits of the pages listen to the console, which reports everything that the Content-Security-Policy blocks.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Literal

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize

from tests.journeys import report
from tests.journeys.browser import chromium, tab
from tests.journeys.school import DOMAIN, school
from tests.journeys.test_narrow import TOO_WIDE, lately_added

pytestmark = pytest.mark.browser

REPORT = f"/{DOMAIN}"
SETTINGS = f"/{DOMAIN}/settings"
FILTERS = "f=is,source,LinkedIn&f=contains_not,page,blog"
# All of these in one theme, language and width, and again in another.
PAGES = [
    REPORT,
    f"{REPORT}?{FILTERS}",
    f"{REPORT}?f=is,goal,Signup&table=1",
    f"{REPORT}?period=12mo&comparison=off&sources=channels&pages=entry&places=map&devices=systems",
    f"{REPORT}?period=day&sources=campaigns&pages=exit&places=regions&devices=sizes",
    f"{REPORT}?period=7d&sources=referrers&places=cities&goals=funnels",
    f"{REPORT}?goals=properties&sources=campaigns&campaigns=utm_source",
    f"{REPORT}?goals=journeys",
    f"{REPORT}?period=custom&from=2000-01-01&to=2000-01-02",
    f"{REPORT}/pages",
    f"{REPORT}/sources?search=nothing+like+this",
    f"{REPORT}/filter",
    f"{REPORT}/notes",
    f"{REPORT}/filter?dimension=source&{FILTERS}",
    f"{REPORT}/filter?dimension=props",
    f"{REPORT}/realtime",
    f"{REPORT}/notes",
    f"{REPORT}/not-counted",
    "/empty.example",
    "/empty.example/realtime",
    "/sites",
    "/sites/new",
    "/keys",
    "/status",
    "/people",
    "/people/1",
    f"{SETTINGS}/people",
    SETTINGS,
    f"{SETTINGS}/install",
    f"{SETTINGS}/retention",
    f"{SETTINGS}/mail",
    f"{SETTINGS}/alerts",
    f"{SETTINGS}/changes",
    f"{SETTINGS}/goals",
    f"{SETTINGS}/goals?removed=1",
    f"{SETTINGS}/goals/1",
    f"{SETTINGS}/goals/1/remove",
    f"{SETTINGS}/funnels",
    f"{SETTINGS}/segments",
    f"{SETTINGS}/properties",
    f"{SETTINGS}/paths",
    f"{SETTINGS}/referrers",
    f"{SETTINGS}/exclusions",
    f"{SETTINGS}/exclusions/test",
    f"{SETTINGS}/devices",
    f"{SETTINGS}/deletion",
    f"{SETTINGS}/deletion/site",
    f"{SETTINGS}/privacy/audit",
    f"{SETTINGS}/privacy/people",
]
# Each of these in one look.
MORE_PAGES = [
    "/account",
    "/account/two-factor",
    "/account/passkeys",
    "/people/1/remove",
    f"{SETTINGS}/sharing",
    f"{SETTINGS}/sharing/1",
    f"{SETTINGS}/sharing/1/remove",
    f"{SETTINGS}/alerts/1/remove",
    f"{SETTINGS}/mail/1",
    f"{SETTINGS}/mail/1/remove",
    f"{SETTINGS}/people/invitations/1/revoke",
]
REFUSALS = [f"{REPORT}?period=nonsense&f=is,nothing,x", "/nowhere.example", "/sign-in/used-up"]
UNFOLD = "() => { for (const part of document.querySelectorAll('details')) part.open = true }"


@dataclass(frozen=True)
class Look:
    """How a person looks at pages."""

    width: int
    theme: Literal["light", "dark"]
    language: str

    def __str__(self) -> str:
        return f"{self.width} {self.theme} {self.language}"


WIDE, PHONE = Look(1440, "light", "en-GB"), Look(320, "dark", "fr-FR")
TABLET, LARGE_PHONE = Look(768, "dark", "en-GB"), Look(390, "light", "fr-FR")


@dataclass
class Tabs:
    """A tab of a signed-in person per look, opened when it is needed, and what their consoles reported."""

    browser: Browser
    sign_in_link: str
    _stack: ExitStack
    strangers_pages: list[str] = field(default_factory=list)
    _pages: dict[Look, Page] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def page(self, look: Look) -> Page:
        """Return the tab of a look without earlier errors."""
        self.errors.clear()
        if look not in self._pages:
            self._pages[look] = self._opened(look)
        return self._pages[look]

    def sign_out(self, look: Look) -> Page:
        """Sign out in the tab of a look, and return it."""
        page = self.page(look)
        page.context.clear_cookies()
        del self._pages[look]
        return page

    def __post_init__(self) -> None:
        with self.browser.new_context() as context, tab(context) as page:
            report.sign_in(page, self.sign_in_link)
            self.strangers_pages = ["/sign-in/forgotten", *lately_added(page, DOMAIN)]
            self._state = context.storage_state()

    def _opened(self, look: Look) -> Page:
        size = ViewportSize(width=look.width, height=900)
        context = self.browser.new_context(
            viewport=size, color_scheme=look.theme, locale=look.language, storage_state=self._state
        )
        page = self._stack.enter_context(tab(self._stack.enter_context(context)))
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        return page


@pytest.fixture(scope="module")
def tabs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tabs]:
    folder = tmp_path_factory.mktemp("accessibility")
    with (
        school(folder / "data", empty_sites=["empty.example"]) as server,
        chromium({"*": server.port}) as browser,
        ExitStack() as stack,
    ):
        yield Tabs(browser, server.sign_in_link, stack)


def violations(page: Page) -> list[str]:
    """Return what axe-core finds, with everything that is folded open: a rule and an element per line."""
    page.evaluate(UNFOLD)
    rules = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in rules for node in rule["nodes"]]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("look", [WIDE, PHONE], ids=str)
def test_a_page_is_accessible(tabs: Tabs, look: Look, path: str):
    page = tabs.page(look)
    page.goto(f"http://stats.example{path}")
    cut = page.evaluate(TOO_WIDE)

    assert ([], [], []) == (cut, violations(page), tabs.errors)


@pytest.mark.parametrize("path", PAGES[:4])
@pytest.mark.parametrize("look", [TABLET, LARGE_PHONE], ids=str)
def test_a_report_is_accessible_at_other_widths(tabs: Tabs, look: Look, path: str):
    page = tabs.page(look)
    page.goto(f"http://stats.example{path}")
    cut = page.evaluate(TOO_WIDE)

    assert ([], [], []) == (cut, violations(page), tabs.errors)


@pytest.mark.parametrize("path", MORE_PAGES)
def test_another_page_is_accessible(tabs: Tabs, path: str):
    page = tabs.page(PHONE)
    page.goto(f"http://stats.example{path}")

    assert ([], [], []) == (page.evaluate(TOO_WIDE), violations(page), tabs.errors)


def test_pages_for_people_without_an_account_are_accessible(tabs: Tabs):
    found = {}
    with tabs.browser.new_context(viewport=ViewportSize(width=320, height=900)) as context, tab(context) as page:
        for path in tabs.strangers_pages:
            page.goto(f"http://stats.example{path}")
            found[path] = [*page.evaluate(TOO_WIDE), *violations(page)]

    assert {path: [] for path in tabs.strangers_pages} == found


@pytest.mark.parametrize("path", REFUSALS)
@pytest.mark.parametrize("look", [WIDE, PHONE], ids=str)
def test_a_refusal_is_accessible(tabs: Tabs, look: Look, path: str):
    page = tabs.page(look)
    page.goto(f"http://stats.example{path}")

    assert ([], []) == (page.evaluate(TOO_WIDE), violations(page))


@pytest.mark.parametrize("look", [WIDE, PHONE], ids=str)
def test_the_page_to_sign_in_is_accessible(tabs: Tabs, look: Look):
    page = tabs.sign_out(look)
    page.goto("http://stats.example/sign-in")

    assert ([], [], []) == (page.evaluate(TOO_WIDE), violations(page), tabs.errors)


def test_what_axe_finds_is_noticed(tabs: Tabs):
    page = tabs.page(WIDE)
    page.goto(f"http://stats.example{REPORT}")
    page.evaluate("() => document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"data:,\">')")

    assert [line for line in violations(page) if line.startswith("image-alt")]


def test_recovery_codes_and_the_code_after_the_password_are_accessible(tabs: Tabs):
    page = tabs.page(WIDE)
    page.goto("http://stats.example/account/two-factor")
    secret = page.get_by_label("Key for the app").inner_text().strip()
    page.get_by_label("Code that the app shows").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Turn on").click()
    page.get_by_label("Your recovery codes").wait_for()
    codes = violations(page)
    page = tabs.sign_out(WIDE)
    page.goto("http://stats.example/sign-in")
    page.get_by_label("E-mail address").fill("ana@site.example")
    page.get_by_label("Password").fill(report.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/sign-in/code*")

    assert ([], []) == (codes, violations(page))
