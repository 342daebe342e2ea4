"""The README's picture: the demonstration site as the dashboard shows it."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ViewportSize

from tests.journeys import report
from tests.journeys.browser import chromium, tab
from tests.server import Server

PICTURE = Path(__file__).parents[2] / ".github" / "report.png"
SIZE = ViewportSize(width=1280, height=860)


def test_the_demonstration_site_fills_the_report(tmp_path, request: pytest.FixtureRequest):
    """Take the README's picture anew with --renew-screenshot; the numbers on it are made up."""
    renewed = PICTURE if request.config.getoption("--renew-screenshot") else tmp_path / "report.png"
    with (
        Server(tmp_path / "data", sites=[], arguments=["--demo"]) as server,
        chromium({"stats.example": urlsplit(server.url).port or 0}) as browser,
        browser.new_context(viewport=SIZE, color_scheme="light") as context,
        tab(context) as page,
    ):
        report.sign_in(page, server.sign_in_link)
        page.goto("http://stats.example/demo.example")
        page.screenshot(path=renewed)
        boxes = page.locator("section tbody tr").count()

    assert boxes > 40
    assert renewed.read_bytes().startswith(b"\x89PNG")
