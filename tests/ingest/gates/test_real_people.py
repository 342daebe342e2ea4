"""Ten thousand visits of real people, as the npm package user-agents publishes them: none of them is a bot."""

import json
import shutil
import subprocess
import tarfile
from collections import Counter
from pathlib import Path

import pytest

from ingest.enrich import user_agent
from ingest.gates import bots
from tests.journeys.browser import missing

PACKAGE = "user-agents@2.1.198"


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> "Counter[tuple[str, str]]":
    """Give (user agent, device class that its screen tells) with how often it was seen."""
    npm = shutil.which("npm")
    if npm is None:
        missing("npm is not installed (on Debian: apt-get install npm)")
    folder = tmp_path_factory.mktemp("user-agents")
    done = subprocess.run(
        [npm, "pack", PACKAGE, "--pack-destination", folder, "--loglevel=error"],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode:
        missing(f"the npm registry can't be reached: {done.stderr}")
    return Counter((visit["userAgent"], visit["deviceCategory"]) for visit in visits(next(folder.glob("*.tgz"))))


def visits(package: Path) -> "list[dict[str, str]]":
    with tarfile.open(package) as archive:
        file = archive.extractfile("package/dist/user-agents.json")
        assert file is not None
        found: list[dict[str, str]] = json.load(file)
        return found


def test_no_person_is_a_bot(people):
    assert people.total() == 10_000
    assert [] == [text for text, _ in people if bots.reason(text)]


def test_every_person_has_a_browser_and_a_system(people):
    assert [] == [text for text, _ in people if not user_agent.read(text).browser or not user_agent.read(text).os]


def test_the_device_is_the_one_that_the_screen_tells(people):
    assert [] == [text for text, device in people if user_agent.read(text).device.lower() != device]
