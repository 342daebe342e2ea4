"""The commands of the README start a server, and its picture shows the demo."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ViewportSize

from tests.documents import DOCUMENTS, ROOT, commands, served
from tests.journeys import report
from tests.journeys.browser import chromium, tab

README = DOCUMENTS["README.md"]
PICTURE = ROOT / ".github" / "report.png"
PICTURE_SIZE = ViewportSize(width=1280, height=860)
SERVES = "scripts/run"
DEMONSTRATES = "scripts/run --demo"


def test_the_readme_begins_with_the_two_commands():
    assert [command.split()[0] for command in commands(README)[:2]] == [SERVES, "scripts/test"]


@pytest.mark.parametrize(
    "command", [command for command in commands(README) if command.startswith(SERVES) and command != DEMONSTRATES]
)
def test_a_start_command_serves_and_ends_cleanly(command, tmp_path):
    with served(command, tmp_path / "data") as greeting:
        assert "/sign-in/" in greeting
        assert "<script defer data-domain=" in greeting


@pytest.mark.browser
def test_the_demonstration_fills_the_report_of_the_picture(tmp_path, request):
    """Take a new picture with --renew-screenshot; its numbers are made up."""
    renewed = PICTURE if request.config.getoption("--renew-screenshot") else tmp_path / "report.png"
    with served(DEMONSTRATES, tmp_path / "data") as greeting:
        url, link = re.findall(r"(http://127\S+)", greeting)[:2]
        with (
            chromium({"stats.example": urlsplit(url).port or 0}) as browser,
            browser.new_context(viewport=PICTURE_SIZE, color_scheme="light") as context,
            tab(context) as page,
        ):
            report.sign_in(page, link)
            page.goto("http://stats.example/demo.example")
            page.screenshot(path=renewed)
            rows = [box.locator(".row").count() for box in page.locator(".boxes section").all()]

    assert DEMONSTRATES in commands(README)
    assert len(rows) == 4
    assert min(rows) > 3
    assert renewed.read_bytes().startswith(b"\x89PNG")
