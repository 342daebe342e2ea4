"""A small website, its visitors, and the collector that it reports to."""

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
    """Yield the website of `site/`, which answers for every host."""
    with served() as website:
        yield website


@pytest.fixture(scope="session")
def npm_packages(website: Website, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Serve the published clients, unchanged, at http://modules.example/."""
    npm = shutil.which("npm")
    if npm is None:
        missing("npm is not installed (on Debian: apt-get install npm)")
    folder = tmp_path_factory.mktemp("npm")
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    if subprocess.run([npm, "install", *quiet, "--prefix", folder, *NPM_PACKAGES], check=False).returncode:
        missing(f"npm could not fetch {' and '.join(NPM_PACKAGES)}")
    website.folders["modules.example"] = folder / "node_modules"
    return folder / "node_modules"


# One for each module: while Playwright runs, no other event loop can start in this thread.
@pytest.fixture(scope="module")
def recorder_and_browser(website: Website) -> Iterator[tuple[Recorder, Browser]]:
    with recording() as recorder, chromium({"stats.example": recorder.port, "*": website.port}) as browser:
        yield recorder, browser


@pytest.fixture
def recorder(recorder_and_browser: tuple[Recorder, Browser]) -> Recorder:
    """Return the collector behind http://stats.example/, without any requests yet."""
    recorder, _ = recorder_and_browser
    recorder.forget()
    return recorder


@pytest.fixture
def browser(recorder_and_browser: tuple[Recorder, Browser]) -> Browser:
    """Return a browser that reports to the recorder."""
    return recorder_and_browser[1]


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Yield a new browser profile for each test."""
    with browser.new_context() as visitor:
        visitor.add_init_script(COUNTED)
        yield visitor


@pytest.fixture
def page(visitor: BrowserContext) -> Iterator[Page]:
    """Yield a tab of the visitor."""
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
    """Yield a tab that all tests of a module share. It is much quicker; tests must leave nothing behind in it."""
    yield module_tab
    module_tab.evaluate(SILENCE)
