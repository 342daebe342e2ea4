"""Each level selects the tests it describes, and the four levels together are all tests."""

import subprocess
import sys
from functools import cache

import pytest

from tests.architecture import ROOT
from tests.levels import LEVELS
from tests.scripts.test_setup import Checkout

FILES = (
    "tests/ingest/storage/test_spool.py",
    "tests/schema/records/test_event.py",
    "tests/faults/test_kill.py",
    "tests/scripts/server/test_http_limits.py",
    "tests/privacy/test_address.py",
    "tests/journeys/test_browser.py",
    "tests/journeys/test_tracker.py",
)


@cache
def collected(*options: str) -> frozenset[str]:
    """Return the ids of the tests that pytest would run."""
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", *FILES, *options]
    lines = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return frozenset(line for line in lines if "::" in line)


@pytest.mark.parametrize(
    ("level", "test"),
    [
        pytest.param("unit", "tests/ingest/storage/test_spool.py::test_", id="a test of files"),
        pytest.param("engine", "tests/schema/records/test_event.py::", id="a test with the fixture database"),
        pytest.param("server", "tests/ingest/storage/test_spool.py::", id="a test that kills a process"),
        pytest.param("server", "tests/faults/test_kill.py::", id="a test of a fault"),
        pytest.param("server", "tests/scripts/server/test_http_limits.py::", id="a test with a web server in a helper"),
        pytest.param("server", "tests/privacy/test_address.py::", id="a test with a server in a helper"),
        pytest.param("browser", "tests/journeys/test_tracker.py::", id="a test with Chromium in a fixture"),
    ],
)
def test_a_level_selects_what_it_describes(level, test):
    assert any(name.startswith(test) for name in collected(f"--{level}"))


def test_the_levels_together_are_all_tests_and_share_none():
    levels = [collected(f"--{level}") for level in LEVELS]

    assert collected() == frozenset().union(*levels)
    assert len(collected()) == sum(map(len, levels))


def test_two_levels_can_be_chosen_together():
    assert collected("--unit") | collected("--engine") == collected("--unit", "--engine")


def test_a_named_file_runs_in_one_process(tmp_path):
    checkout = Checkout(tmp_path)
    file = "tests/ingest/test_hit.py"
    (checkout.root / file).parent.mkdir(parents=True)
    (checkout.root / file).touch()
    checkout.run("test", file)
    checkout.run("test", f"{file}::test_a", "-x")
    checkout.run("test", "--unit", "tests/ingest")

    assert [
        f"python -m pytest {file}",
        f"python -m pytest {file}::test_a -x",
        "python -m pytest -n 3 --dist worksteal --unit tests/ingest",
    ] == [line for line in checkout.calls() if "-m pytest" in line]
