"""Which test file belongs to which module: that of ingest/gates/dns.py is tests/ingest/gates/test_dns.py."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture import PACKAGES

# Tests of what several modules do together. They stand in the room whose fixtures they use.
ACROSS_MODULES = frozenset(
    map(
        Path,
        (
            "tests/dashboard/api/test_any_request.py",
            "tests/dashboard/api/test_every_call.py",
            "tests/dashboard/api/test_logged_changes.py",
            "tests/dashboard/api/test_of_a_site.py",
            "tests/dashboard/pages/report/test_exempt.py",
            "tests/dashboard/pages/report/test_statements.py",
            "tests/dashboard/pages/test_any_request.py",
            "tests/dashboard/pages/test_site_nouns.py",
            "tests/dashboard/stats/answer/test_goal_metrics.py",
            "tests/dashboard/stats/test_uncounted_days.py",
            "tests/dashboard/test_disconnect.py",
            "tests/dashboard/test_french.py",
            "tests/dashboard/test_unwritable.py",
            "tests/ingest/gates/test_real_people.py",
            "tests/ingest/test_any_request.py",
            "tests/scripts/test_internal_traffic.py",
            "tests/scripts/test_setup.py",
        ),
    )
)
_TEST = re.compile(r"^ *(async )?def test_\w+\(", re.MULTILINE)


def tests_of(module: Path) -> Path:
    """Return the path of the tests of a module. Both are relative to the root."""
    return Path("tests", module.parent, f"test_{module.stem.strip('_')}.py")


def untested(root: Path) -> list[Path]:
    """Return the modules whose test file is missing or has no tests."""
    return [module for module in _modules(root) if not _has_tests(root / tests_of(module))]


def unmirrored(root: Path) -> list[Path]:
    """Return the test files in the rooms that belong neither to a module nor to ACROSS_MODULES."""
    expected = {tests_of(module) for module in _modules(root)} | ACROSS_MODULES
    return [file for file in _files(root, "tests", pattern="test_*.py") if file not in expected]


def _modules(root: Path) -> list[Path]:
    return [file for file in _files(root, ".", pattern="*.py") if file.name != "__init__.py"]


def _files(root: Path, above: str, *, pattern: str) -> Iterator[Path]:
    """Yield the files of all packages, or of their mirror image, relative to the root."""
    for package in PACKAGES:
        yield from (file.relative_to(root) for file in sorted((root / above / package).rglob(pattern)))


def _has_tests(file: Path) -> bool:
    return file.exists() and _TEST.search(file.read_text()) is not None
