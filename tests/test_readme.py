"""The commands of the README start a server, and its pictures show the demo."""

import re
import shutil
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, StorageState, ViewportSize

from tests.documents import DOCUMENTS, ROOT, commands, served
from tests.journeys import report
from tests.journeys.browser import chromium, tab

README = DOCUMENTS["README.md"]
GITHUB = ROOT / ".github"
MOST_BYTES = 150_000


@dataclass(frozen=True)
class Picture:
    """A picture of the demonstration. Those in the README lie in .github."""

    name: str
    path: str
    width: int = 1280
    height: int = 1170
    theme: Literal["light", "dark"] = "light"
    language: str = "en-GB"
    scale: int = 1


PICTURES = [
    Picture("report", "/demo.example"),
    Picture("report-phone", "/demo.example", 390, 844, theme="dark", language="fr-FR", scale=2),
    Picture("report-dark", "/demo.example?goals=funnels&sources=campaigns", theme="dark"),
    Picture("report-french", "/demo.example?f=is,source,LinkedIn&places=map", language="fr-FR"),
    Picture("realtime", "/demo.example/realtime"),
    Picture("pages", "/demo.example/pages", theme="dark"),
    Picture("sites", "/sites"),
]
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
def test_the_demonstration_fills_the_report_of_the_pictures(tmp_path, request):
    """Take new pictures with --renew-screenshot; their numbers are made up."""
    with served(DEMONSTRATES, tmp_path / "data") as greeting:
        url, link = re.findall(r"(http://127\S+)", greeting)[:2]
        with chromium({"stats.example": urlsplit(url).port or 0}) as browser:
            with browser.new_context() as context, tab(context) as page:
                report.sign_in(page, link)
                page.goto("http://stats.example/demo.example")
                rows = [box.locator(".row").count() for box in page.locator(".boxes section:not(#goals)").all()]
                state = context.storage_state()
            for picture in PICTURES:
                _take(browser, picture, state, tmp_path)
    if request.config.getoption("--renew-screenshot"):
        for name in _shown():
            shutil.copy(tmp_path / name, GITHUB)

    assert DEMONSTRATES in commands(README)
    assert len(rows) == 4
    assert min(rows) > 3
    assert all((tmp_path / name).stat().st_size <= MOST_BYTES for name in _shown())


def test_two_pictures_stand_in_the_readme():
    assert ["report.png", "report-phone.png"] == _shown()
    assert all((GITHUB / name).stat().st_size <= MOST_BYTES for name in _shown())


def _shown() -> list[str]:
    """Return the names of the pictures in the README."""
    return re.findall(r"\.github/([\w-]+\.png)", README)


def _take(browser: Browser, picture: Picture, state: StorageState, folder: Path) -> None:
    """Save a picture as a PNG of 256 colours."""
    size = ViewportSize(width=picture.width, height=picture.height)
    with (
        browser.new_context(
            viewport=size,
            color_scheme=picture.theme,
            locale=picture.language,
            device_scale_factor=picture.scale,
            storage_state=state,
        ) as context,
        tab(context) as page,
    ):
        page.goto(f"http://stats.example{picture.path}")
        image = Image.open(BytesIO(page.screenshot()))
    # The method that keeps rare colours, such as those of a change.
    colours = image.convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    colours.save(folder / f"{picture.name}.png", optimize=True)
