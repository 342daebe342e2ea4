"""A small website, what visits it and what it reports to."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.browser import COUNTED, SILENCE, chromium, missing, tab
from tests.journeys.recorder import Recorder, recording
from tests.journeys.website import Website, served

NPM_PACKAGES = ("plausible-tracker@0.3.9", "@plausible-analytics/tracker@0.4.6")


@pytest.fixture(scope="session")
def website() -> Iterator[Website]:
    """Give the website of `site/`, for every host."""
    with served() as website:
        yield website


@pytest.fixture(scope="session")
def npm_packages(website: Website, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Put the published clients, unchanged, on http://modules.example/."""
    npm = shutil.which("npm")
    if npm is None:
        missing("npm is not installed (on Debian: apt-get install npm)")
    folder = tmp_path_factory.mktemp("npm")
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    if subprocess.run([npm, "install", *quiet, "--prefix", folder, *NPM_PACKAGES], check=False).returncode:
        missing(f"npm could not fetch {' and '.join(NPM_PACKAGES)}")
    website.folders["modules.example"] = folder / "node_modules"
    return folder / "node_modules"


# A module's own: while Playwright runs, no other event loop can start in this thread.
@pytest.fixture(scope="module")
def recorder_and_browser(website: Website) -> Iterator[tuple[Recorder, Browser]]:
    with recording() as recorder, chromium({"stats.example": recorder.port, "*": website.port}) as browser:
        yield recorder, browser


@pytest.fixture
def recorder(recorder_and_browser: tuple[Recorder, Browser]) -> Recorder:
    """Give the collector behind http://stats.example/, which has heard nothing yet."""
    recorder, _ = recorder_and_browser
    recorder.forget()
    return recorder


@pytest.fixture
def browser(recorder_and_browser: tuple[Recorder, Browser]) -> Browser:
    """Give a browser that reports to the recorder."""
    return recorder_and_browser[1]


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Give a browser profile as a visitor has it, new for each test."""
    with browser.new_context() as visitor:
        visitor.add_init_script(COUNTED)
        yield visitor


@pytest.fixture
def page(visitor: BrowserContext) -> Iterator[Page]:
    """Give a tab of the visitor's."""
    with tab(visitor) as page:
        yield page


@pytest.fixture(scope="module")
def module_tab(recorder_and_browser: tuple[Recorder, Browser]) -> Iterator[Page]:
    with recorder_and_browser[1].new_context() as visitor:
        visitor.add_init_script(COUNTED)
        with tab(visitor) as page:
            yield page


@pytest.fixture
def same_tab(module_tab: Page, recorder: Recorder) -> Iterator[Page]:
    """Give a tab that the module's tests use one after the other: much quicker, where a test leaves nothing behind."""
    yield module_tab
    module_tab.evaluate(SILENCE)
