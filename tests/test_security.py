"""The threat model is covered by tests that exist, and secrets are compared in constant time."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture import PACKAGES

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / ".github" / "SECURITY.md").read_text()
THREATS = re.findall(r"^\| (?P<threat>[^|]+) \| [^|]+ \| `(?P<file>[^`:]+)::(?P<test>[^`]+)` \|$", PAGE, re.MULTILINE)
ROWS = re.findall(r"^\| [^|]+ \| [^|]+ \| [^|]+ \|$", PAGE.partition("## Threats")[2], re.MULTILINE)[1:]
_SECRET = re.compile(r"(?:^|[._])(?:\w*_)?(?:token|secret|signature|digest|seal|csrf)$")


@pytest.mark.parametrize(("threat", "file", "test"), THREATS, ids=[threat for threat, _, _ in THREATS])
def test_a_threat_has_a_test(threat, file, test):
    source = (ROOT / file).read_text()

    assert re.search(rf"^(?:async )?def {re.escape(test)}\(", source, re.MULTILINE), f"{threat}: {file}::{test}"


def test_every_row_of_the_table_names_a_test():
    assert len(ROWS) == len(THREATS)
    assert len(THREATS) >= 45


def compared(source: str) -> list[str]:
    """Return the comparisons by == of what sounds like a secret, in a module."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Compare)
        if any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
        if any(_SECRET.search(ast.unparse(side)) for side in (node.left, *node.comparators))
    ]


def test_secrets_are_compared_in_constant_time():
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]

    assert [] == [f"{file}: {text}" for file in files for text in compared(file.read_text())]


@pytest.mark.parametrize("source", ["sent == token", "if a.csrf_token != form['csrf']: pass", "ok = seal == b"])
def test_a_comparison_that_takes_its_time_is_noticed(source):
    assert compared(source)


def test_another_comparison_is_not():
    assert [] == compared("tokens == 3 or key == 'all' or hmac.compare_digest(token, sent)")
