"""Twelve everyday questions to a report, in English and French, each answered within three clicks beyond typing.

What the pages should show is counted from the history of the site.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from contextvars import copy_context
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from dashboard import language
from tests.journeys import report
from tests.journeys.browser import chromium, tab
from tests.journeys.school import CAMPAIGN, DOMAIN, bad_month, history, school
from tests.server import Server

pytestmark = pytest.mark.browser

MOST_CLICKS = 3
LANGUAGES = {"en": "en-GB", "fr": "fr-FR"}
NEW = {"en": "new.example", "fr": "nouveau.example"}  # sites without goals
TODAY = datetime.now(ZoneInfo("Europe/Paris")).date()
PATIENCE_MS = 30_000


@dataclass
class Person:
    """Somebody who reads a report and counts clicks."""

    page: Page
    language: str
    clicks: int = 0

    def word(self, english: str) -> str:
        """Return a text of the pages in the person's language."""
        return copy_context().run(_translated, english, self.language)

    def open(self, domain: str = DOMAIN) -> None:
        self.page.goto(f"http://stats.example/{domain}")

    def click(self, target: Locator) -> None:
        self.clicks += 1
        target.click()

    def link(self, english: str, *, within: str = "main") -> Locator:
        return self.page.locator(within).get_by_role("link", name=self.word(english), exact=True)

    def choose_period(self, english: str) -> None:
        """Choose a period of the menu: two clicks."""
        self.click(self.page.locator("#period > summary"))
        self.click(self.link(english, within="#period"))
        expect(self.page.locator("#period > summary")).to_contain_text(self.word(english))

    def row(self, box: str, name: str) -> Locator:
        return self.page.locator(f"#{box} .row").filter(has=self.page.get_by_text(name, exact=True))

    def filter_by(self, box: str, name: str) -> None:
        """Click a row and wait for its chip."""
        chips = self.page.locator(".chip").count()
        self.click(self.row(box, name))
        expect(self.page.locator(".chip")).to_have_count(chips + 1)

    @property
    def visitors(self) -> Locator:
        return self.page.locator(".stat-value").first

    def rows(self, box: str) -> dict[str, int]:
        """Return the numbers of a box by name."""
        rows = self.page.locator(f"#{box} .row").all()
        return {row.locator(".row-name bdi").inner_text(): _number(row.locator(".row-number")) for row in rows}


def _translated(english: str, code: str) -> str:
    language.use(code)
    return language.gettext(english)


def _number(element: Locator) -> int:
    return int(re.sub(r"\D", "", element.get_attribute("title") or element.inner_text()))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with school(tmp_path_factory.mktemp("report") / "data", new_sites=list(NEW.values())) as server:
        yield server


@pytest.fixture(scope="module")
def browser(server: Server) -> Iterator[Browser]:
    with chromium({"*": server.port}) as browser:
        yield browser


@pytest.fixture(scope="module")
def state(browser: Browser, server: Server) -> StorageState:
    """Return the cookies of somebody who is signed in."""
    with browser.new_context() as context, tab(context) as page:
        report.sign_in(page, server.sign_in_link)
        return context.storage_state()


@pytest.fixture(params=["en", "fr"])
def person(request: pytest.FixtureRequest, browser: Browser, state: StorageState) -> Iterator[Person]:
    """Yield somebody at the report of the school, who may click three times."""
    locale = LANGUAGES[request.param]
    with browser.new_context(locale=locale, storage_state=state) as context, tab(context) as page:
        page.set_default_timeout(PATIENCE_MS)
        someone = Person(page, request.param)
        someone.open()
        yield someone

        assert someone.clicks <= MOST_CLICKS


def visitors(*, days: int = 28, **expected: str) -> set[str]:
    """Return the visitors of the last days whose events have these attributes. page: of a page view."""
    return {event["visitor"] for event in _events(days) if expected.items() <= event.items()}


def _events(days: int) -> list[dict[str, str]]:
    first = str(TODAY - timedelta(days=days))
    return [
        event | {"page": event["url"].removeprefix(f"https://{DOMAIN}")}
        for event in history(TODAY)
        if event["time"] >= first
    ]


def pages_of(who: set[str]) -> dict[str, int]:
    """Return how many of the visitors viewed each page."""
    return dict(
        Counter(page for _visitor, page in {(e["visitor"], e["page"]) for e in _events(28) if e["visitor"] in who})
    )


def test_how_many_visitors_came_yesterday(person: Person):
    person.choose_period("Yesterday")

    expect(person.visitors).to_have_text(str(len(visitors(days=1))))


def test_how_this_month_compares_with_the_last(person: Person):
    person.choose_period("This month")

    expect(person.page.locator(".stat .change").first).to_be_visible()
    expect(person.page.locator(".under-before")).to_be_visible()


def test_which_source_brought_the_most_sign_ups_without_a_goal_to_begin_with(person: Person):
    person.open(NEW[person.language])
    offer = person.page.locator(".offer").filter(has_text="Signup")
    person.click(offer.get_by_role("button", name=person.word("Count it as a goal")))
    person.click(person.page.locator("#goals").get_by_role("link", name="Signup", exact=True))
    expect(person.page.locator(".chip")).to_have_count(1)

    assert "LinkedIn" == next(iter(person.rows("sources")))


def test_what_visitors_from_linkedin_read(person: Person):
    person.filter_by("sources", "LinkedIn")

    assert pages_of(visitors(referrer="https://www.linkedin.com/")) == person.rows("pages")


def test_the_top_pages_as_a_file(person: Person, tmp_path: Path):
    person.click(person.page.locator("#pages .box-all a"))
    with person.page.expect_download() as download:
        person.click(person.page.get_by_role("link", name="CSV"))
    download.value.save_as(tmp_path / "pages.csv")
    heading, *lines = csv.reader((tmp_path / "pages.csv").read_text(encoding="utf-8").splitlines())

    assert person.word("Page") == heading[0]
    assert pages_of(visitors()) == {page: int(number) for page, number, *_others in lines}


def test_what_happened_in_the_last_30_minutes(person: Person):
    person.click(person.page.locator("a.live"))

    expect(person.page.locator(".stat-value").last).to_have_text("2")
    assert {"/": 1, "/pricing": 1} == person.rows("pages")


def test_visitors_who_match_two_conditions(person: Person):
    person.filter_by("sources", "LinkedIn")
    person.filter_by("places", person.word("France"))

    expected = visitors(referrer="https://www.linkedin.com/", country="FR")
    expect(person.visitors).to_have_text(str(len(expected)))


def test_which_campaign_worked(person: Person):
    person.click(person.page.locator("#goals").get_by_role("link", name="Signup", exact=True))
    expect(person.page.locator(".chip")).to_have_count(1)
    person.click(person.link("Campaigns", within="#sources"))
    expect(person.page.locator("#sources .box-subtabs")).to_be_visible()

    assert CAMPAIGN == next(iter(person.rows("sources")))


def test_where_people_go_after_a_page(person: Person):
    person.filter_by("pages", "/pricing")
    person.click(person.link("Journeys", within="#goals"))
    after = person.page.locator("#goals .sides > div").last.locator(".row-name")

    expect(after.first).to_have_text("/signup")
    assert {"/signup", "/contact"} <= set(after.all_inner_texts())


def test_filters_are_saved_as_a_segment_and_used(person: Person):
    name = f"Network {person.language}"
    person.filter_by("sources", "LinkedIn")
    person.click(person.page.locator(".chip-add"))
    person.page.locator("#name").fill(name)
    person.click(person.page.get_by_role("button", name=person.word("Save"), exact=True))

    expect(person.page.locator(".chip")).to_contain_text(name)
    expect(person.visitors).to_have_text(str(len(visitors(referrer="https://www.linkedin.com/"))))


def test_a_saved_segment_is_used_again(person: Person):
    person.click(person.page.locator(".chip-add"))
    person.click(person.page.get_by_role("link", name="French"))

    expect(person.page.locator(".chip")).to_contain_text("French")
    expect(person.visitors).to_have_text(str(len(visitors(country="FR"))))


def test_a_funnel_is_made_and_read(person: Person):
    person.click(person.link("Funnels", within="#goals"))
    person.click(person.link("Create a funnel", within="#goals"))
    person.page.locator("#name").fill(f"Enrolment {person.language}")
    person.page.locator("#step1").select_option(label="Visit /pricing")
    person.page.locator("#step2").select_option(label="Signup")
    person.click(person.page.get_by_role("button", name=person.word("Add funnel")))
    steps = person.page.locator(".funnel-visitors")

    expect(steps).to_have_text([str(len(visitors(page="/pricing"))), str(len(visitors(name="Signup")))])


def test_the_worst_month_of_the_year_is_found_on_the_chart(person: Person):
    person.choose_period("Last 12 months")
    points = person.page.locator(".chart-point").all()
    lowest = min(points[1:-1], key=lambda point: int(re.sub(r"\D", "", point.get_attribute("data-number") or "")))
    person.click(lowest)
    expect(person.page).to_have_url(re.compile(r"period=month&date="))

    assert bad_month(TODAY) == date.fromisoformat(re.findall(r"date=([\d-]+)", unquote(person.page.url))[0])


@pytest.fixture
def plain(browser: Browser, state: StorageState) -> Iterator[Person]:
    """Yield somebody at the report of the school whose browser runs no scripts."""
    with browser.new_context(locale="en-GB", storage_state=state, java_script_enabled=False) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        someone = Person(page, "en")
        someone.open()
        yield someone


def test_without_scripts_rows_filter_and_chips_are_removed(plain: Person):
    plain.filter_by("sources", "LinkedIn")
    plain.filter_by("places", "France")
    expect(plain.visitors).to_have_text(str(len(visitors(referrer="https://www.linkedin.com/", country="FR"))))
    plain.page.locator(".chip-remove").first.click()

    expect(plain.page.locator(".chip")).to_have_text(re.compile("Country is France"))
    expect(plain.visitors).to_have_text(str(len(visitors(country="FR"))))


def test_without_scripts_the_period_is_chosen_and_stepped(plain: Person):
    plain.choose_period("Yesterday")
    plain.page.get_by_role("link", name="Earlier period").click()

    expect(plain.visitors).to_have_text(str(len(visitors(days=2)) - len(visitors(days=1))))


@pytest.mark.parametrize(
    ("box", "tab_name", "shown"),
    [
        pytest.param("sources", "Channels", "Organic Search", id="channels"),
        pytest.param("sources", "Campaigns", "flyer", id="campaigns"),
        pytest.param("pages", "Exit", "/signup", id="exit pages"),
        pytest.param("devices", "Sizes", "Mobile", id="sizes of devices"),
        pytest.param("goals", "Funnels", "Visit /pricing", id="funnels"),
        pytest.param("goals", "Properties", "pro", id="properties"),
        pytest.param("goals", "Journeys", "Just after", id="journeys"),
    ],
)
def test_without_scripts_tabs_open(plain: Person, box: str, tab_name: str, shown: str):
    plain.link(tab_name, within=f"#{box}").click()

    expect(plain.page.locator(f"#{box}").get_by_text(shown, exact=True).first).to_be_visible()


def test_without_scripts_a_table_is_sorted_and_saved(plain: Person, tmp_path: Path):
    plain.page.locator("#pages .box-all a").click()
    plain.page.get_by_role("columnheader", name="Visitors").get_by_role("link").click()
    with plain.page.expect_download() as download:
        plain.page.get_by_role("link", name="CSV").click()
    download.value.save_as(tmp_path / "pages.csv")
    _heading, *lines = csv.reader((tmp_path / "pages.csv").read_text(encoding="utf-8").splitlines())
    numbers = [int(number) for _page, number, *_others in lines]

    assert sorted(numbers) == numbers


def test_without_scripts_the_form_adds_a_filter(plain: Person):
    plain.page.locator(".chip-add").click()
    plain.link("Source").click()
    plain.page.get_by_label("LinkedIn").check()
    plain.page.get_by_role("button", name="Apply the filter").click()

    expect(plain.page.locator(".chip")).to_have_text(re.compile("Source is LinkedIn"))


def test_without_scripts_the_last_minutes_refresh_by_themselves(plain: Person):
    plain.page.locator("a.live").click()

    expect(plain.page.locator("meta[http-equiv=refresh]")).to_have_attribute("content", "15")


@pytest.fixture
def typist(browser: Browser, state: StorageState) -> Iterator[Page]:
    """Yield the report of the school in front of somebody without a mouse."""
    with browser.new_context(locale="en-GB", storage_state=state) as context, tab(context) as page:
        page.goto(f"http://stats.example/{DOMAIN}")
        yield page


def press_tab_until(page: Page, selector: str) -> Locator:
    """Press Tab until the focus is on an element that matches."""
    focus = page.locator(f"{selector}:focus")
    for _press in range(80):
        page.keyboard.press("Tab")
        if focus.count():
            break
    expect(focus).to_have_count(1)
    return focus


def test_keys_lead_along_the_chart_and_into_a_day(typist: Page):
    press_tab_until(typist, ".chart-point")
    last = typist.locator(".chart-card").inner_text()
    typist.keyboard.press("ArrowLeft")
    before = typist.locator(".chart-card").inner_text()
    typist.keyboard.press("Enter")

    assert last != before
    expect(typist).to_have_url(re.compile(f"period=day&date={TODAY - timedelta(days=2)}"))


@pytest.mark.parametrize("menu", ["#period", "#comparison", ".bar-links .menu"])
def test_keys_open_a_menu_and_close_it(typist: Page, menu: str):
    press_tab_until(typist, f"{menu} > summary")
    typist.keyboard.press("Enter")
    expect(typist.locator(f"{menu} .menu-items")).to_be_visible()
    press_tab_until(typist, f"{menu} .menu-item")
    typist.keyboard.press("Escape")

    expect(typist.locator(f"{menu} .menu-items")).to_be_hidden()
    expect(typist.locator(f"{menu} > summary")).to_be_focused()


def test_focus_follows_filters(typist: Page):
    press_tab_until(typist, "#sources .row")
    typist.keyboard.press("Enter")
    expect(typist.locator(".chip a:focus")).to_have_count(1)
    press_tab_until(typist, ".chip-remove")
    typist.keyboard.press("Enter")

    expect(typist.locator(".chip")).to_have_count(0)
    expect(typist.locator(".chip-add")).to_be_focused()


def test_focus_stays_on_a_tab_that_opens(typist: Page):
    press_tab_until(typist, "#pages .box-tabs a:nth-child(2)")
    typist.keyboard.press("Enter")

    expect(typist.locator("#pages .box-tabs a[aria-current]:focus")).to_have_text("Entry")
