"""The dashboard as the person sees it who opens it: signing in, and reading the numbers off the page."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

PASSWORD = "correct horse battery"
LOADS = 100
URL = "http://stats.example/site.example"


@dataclass(frozen=True)
class Report:
    numbers: dict[str, str]  # of the overview, by name
    boxes: dict[str, dict[str, int]]  # visitors by value, by the box's title


def sign_in(page: Page, link: str) -> None:
    """Make the first account with the link of the server's greeting, as it is reached from outside."""
    page.goto(f"http://stats.example{urlsplit(link).path}")
    page.get_by_label("E-mail address").fill("ana@site.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Repeat the password").fill(PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_role("heading", name="Sites")).to_be_visible()


# Title for a test -> box of the page, and the tab that it is on.
_BOXES = {
    "Sources": ("Sources", ""),
    "Top pages": ("Pages", ""),
    "Entry pages": ("Pages", "?pages=entry"),
    "Browsers": ("Devices", ""),
    "Devices": ("Devices", "?devices=sizes"),
}


def read(page: Page, *, page_views: int) -> Report:
    """Load the report until it shows that many page views, which are a moment on their way, and return it."""
    for _ in range(LOADS):
        page.goto(URL)
        if (numbers := _numbers(page)).get("Page views") == str(page_views):
            break
    return Report(numbers, {title: _box(page, *box) for title, box in _BOXES.items()})


def _numbers(page: Page) -> dict[str, str]:
    overview = page.get_by_role("region", name="Overview").get_by_role("list").first
    stats = overview.get_by_role("listitem").all_inner_texts()
    return {name: value for name, value, *_ in (stat.split("\n") for stat in stats)}


def _box(page: Page, title: str, tab: str) -> dict[str, int]:
    page.goto(URL + tab)
    section = page.locator("section", has=page.get_by_role("heading", name=title, exact=True))
    rows = section.locator(".row").all()
    return {row.locator(".row-name bdi").inner_text(): int(row.locator(".row-number").inner_text()) for row in rows}
