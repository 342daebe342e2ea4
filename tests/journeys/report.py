"""The dashboard as the person sees it who opens it: signing in, and reading the numbers off the page."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

PASSWORD = "correct horse battery"
LOADS = 100


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


def read(page: Page, *, page_views: int) -> Report:
    """Load the report until it shows that many page views, which are a moment on their way, and return it."""
    for _ in range(LOADS):
        page.goto("http://stats.example/site.example")
        report = Report(_numbers(page), {title: _box(page, title) for title in _titles(page)})
        if report.numbers.get("Page views") == str(page_views):
            break
    return report


def _numbers(page: Page) -> dict[str, str]:
    overview = page.get_by_role("region", name="Overview").get_by_role("list").first
    stats = overview.get_by_role("listitem").all_inner_texts()
    return {name: value for name, value, *_ in (stat.split("\n") for stat in stats)}


def _titles(page: Page) -> list[str]:
    return page.get_by_role("heading", level=2).all_inner_texts()


def _box(page: Page, title: str) -> dict[str, int]:
    section = page.locator("section", has=page.get_by_role("heading", name=title, exact=True))
    rows = section.locator("tbody").get_by_role("row").all()
    return {row.get_by_role("rowheader").inner_text(): int(row.get_by_role("cell").first.inner_text()) for row in rows}
