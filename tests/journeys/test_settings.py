"""Settings of a site in a browser: what is renamed and removed, what depends on it, and where the focus goes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import report
from tests.journeys.browser import chromium, tab
from tests.server import Server

pytestmark = pytest.mark.browser

SITE = "http://stats.example/demo.example"
GOAL, RENAMED = "Visit a course", "Course page"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Give a tab of a signed-in person without JavaScript, and a site with a funnel and a segment of a goal."""
    with (
        Server(tmp_path_factory.mktemp("settings") / "data", arguments=["--demo"]) as server,
        chromium({"stats.example": server.port}) as browser,
        browser.new_context(locale="en-GB", java_script_enabled=False) as context,
        tab(context) as page,
    ):
        of_site = ["--site", "demo.example"]
        server.command("goals", "add", *of_site, "--page", "/", "--name", "Home")
        server.command("funnels", "add", *of_site, "--name", "Way in", "--step", "Home", "--step", GOAL)
        server.command(
            "segments", "add", *of_site, "--name", "Readers", "--filters", f'[["is", "event:goal", ["{GOAL}"]]]'
        )
        report.sign_in(page, server.sign_in_link)
        yield page


def conversions(page: Page) -> str:
    """Return the first number of the report with the segment."""
    page.goto(f"{SITE}/settings/segments")
    page.get_by_role("link", name="Readers", exact=True).click()
    assert 0 == page.locator(".problem").count()
    return page.locator(".stat-value").first.inner_text()


def test_a_renamed_goal_keeps_its_segment(page: Page):
    before = conversions(page)
    page.goto(f"{SITE}/settings/goals")
    page.get_by_role("link", name=f"Edit {GOAL}").click()
    page.get_by_label("Display name").fill(RENAMED)
    page.get_by_role("button", name="Save").click()

    expect(page.locator(":target")).to_contain_text(RENAMED)
    assert before == conversions(page)
    assert "0" != before


def test_a_goal_of_a_funnel_is_removed_after_a_question(page: Page):
    page.goto(f"{SITE}/settings/goals")
    name = RENAMED if page.get_by_role("link", name=f"Edit {RENAMED}").count() else GOAL
    page.get_by_role("link", name=f"Remove {name}").click()

    question = page.locator("#question")
    expect(question).to_contain_text("The funnel Way in is removed too, because a funnel needs 2 steps.")
    expect(question).to_contain_text("The segment Readers filters by this goal and can't be used any more.")
    page.get_by_role("link", name="Cancel").click()
    expect(page.locator(":target")).to_contain_text(name)

    page.get_by_role("link", name=f"Remove {name}").click()
    page.get_by_role("button", name="Remove the goal and what needs it").click()
    expect(page.locator(":target")).to_have_text("Removed.")
    expect(page.get_by_role("link", name=f"Remove {name}")).to_have_count(0)
    page.goto(f"{SITE}/settings/funnels")
    expect(page.get_by_role("link", name="Remove Way in")).to_have_count(0)
