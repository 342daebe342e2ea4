"""A site built with Next.js and next-plausible as it is published: its pages, its own events, its navigation."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.journeys.browser import missing
from tests.journeys.recorder import Recorder
from tests.journeys.test_tracker import sent
from tests.journeys.website import Website

pytestmark = pytest.mark.browser

APP = Path(__file__).parent / "next_app"
PACKAGES = ("next@15.5.29", "react@18.3.1", "react-dom@18.3.1", "next-plausible@4.0.0")
HOST = "next.example"


@pytest.fixture(scope="module")
def next_site(website: Website, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Build the site, put it on http://next.example/ and return its address."""
    npm = shutil.which("npm")
    if npm is None:
        missing("npm is not installed (on Debian: apt-get install npm)")
    folder = tmp_path_factory.mktemp("next") / "site"
    shutil.copytree(APP, folder)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    if subprocess.run([npm, "install", *quiet, "--prefix", folder, *PACKAGES], check=False).returncode:
        missing(f"npm could not fetch {', '.join(PACKAGES)}")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "NEXT_TELEMETRY_DISABLED": "1", "CI": "1"}
    build = [str(folder / "node_modules" / ".bin" / "next"), "build"]
    done = subprocess.run(build, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    website.folders[HOST] = folder / "out"
    return f"http://{HOST}/"


@pytest.mark.timeout(300)
def test_a_site_of_next_is_counted_with_its_navigation_and_its_events(
    next_site: str, page: Page, recorder: Recorder
) -> None:
    page.goto(next_site)
    page.get_by_role("button").click()
    page.get_by_role("link").click()
    page.get_by_role("heading", name="About").wait_for()
    events = [event for event in sent(page, recorder) if event["n"] != "engagement"]

    assert [(event["n"], event["u"]) for event in events] == [
        ("pageview", next_site),
        ("Signup", next_site),
        ("pageview", f"{next_site}about/"),
    ]
    assert [event["p"] for event in events] == [
        {"framework": "next"},
        {"framework": "next", "plan": "pro"},
        {"framework": "next"},
    ]
    assert {event["d"] for event in events} == {"site.example"}
