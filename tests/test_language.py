"""Phrases and names that are hard to read do not come back.

Documents contain none of them. Code may contain as many as the tables below allow, which can only become fewer: lower a
number when code is rewritten, and remove it at 0.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# The page of settings is generated from scripts/config/config.py, which is checked as code.
EXEMPT = ("schema/migrations/", ".github/docs/SETTINGS.md", "tests/test_language.py")
PHRASES = {
    "a relative clause without a head": r"\bof (it|them) a\b|\bthose of which\b|\bas those (who|that)\b|\bof which a\b",
    "what of that": r"\bwhat of (that|it|them|those)\b",
    "whoever": r"\bwhoever\b",
    "is no, is none": r"(?<!there )\b(is|are) (no|(?-i:none))\b(?! longer\b| (more|less|fewer) than\b)",
    "no more": r"(?<!\bis )\bno more\b(?! than\b)",
    "where there is none": r"\bwhere there (is|are) (none|no)\b",
    "be told": r"\b(is|are|was|were|be|been) told\b",
    "let go": r"\blets? (go|them go|it go)\b",
    "put down, take down": r"\b(put|puts|take|takes|took|taken) down\b",
    "do not belong together": r"\bbelong together\b",
    "counted of": r"\bcounted of\b",
    "is asked about": r"\b(is|are|was|were) asked (about|for|of)\b",
    "just now": r"\bjust now\b",
    "looked at": r"\b(is|are|was|were) looked at\b",
    "is true of": r"\b(is|are|was|were) true of\b",
    "so far down": r"\bso (far|much) (down|as may)\b",
    "keys that programs show": r"\bprograms? (that )?shows?\b",
}
STILL_IN_CODE = {
    "a relative clause without a head": 1,
    "whoever": 5,
    "is no, is none": 43,
    "no more": 3,
    "where there is none": 1,
    "be told": 6,
    "let go": 1,
    "put down, take down": 3,
    "do not belong together": 1,
    "counted of": 1,
    "is asked about": 2,
}
NAMES = ("found", "asked", "told", "looked_at", "known", "each", "wanted", "given")
STILL_IN_USE = {
    "found": 49,
    "asked": 4,
    "told": 8,
    "known": 12,
    "each": 9,
    "wanted": 5,
    "given": 1,
}


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_phrase_is_in_no_document(phrase):
    assert hits(PHRASES[phrase], files("*.md")) == []


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_phrase_does_not_spread_in_code(phrase):
    matches = hits(PHRASES[phrase], files("*.py", "*.html", "*.sql"))

    assert len(matches) <= STILL_IN_CODE.get(phrase, 0), matches


@pytest.mark.parametrize("name", NAMES)
def test_a_name_does_not_spread_in_code(name):
    uses = [
        f"{file}:{line}"
        for file in files("*.py")
        for defined, line in definitions(file.read_text(encoding="utf-8"))
        if defined == name
    ]

    assert len(uses) <= STILL_IN_USE.get(name, 0), uses


@pytest.mark.parametrize(
    ("phrase", "sentence"),
    [
        ("whoever", "Whoever opens the link is not counted."),
        ("is no, is none", "{host} is none of the sites."),
        ("is no, is none", "A text that is no address."),
        ("no more", "A running server takes the key no more."),
        ("what of that", "It shows what of that arrives."),
        ("be told", "The sender is told so."),
    ],
)
def test_a_phrase_is_noticed(phrase, sentence, tmp_path):
    file = tmp_path / "page.md"
    file.write_text(f"Plain.\n{sentence}\n")

    assert hits(PHRASES[phrase], [file]) == [f"{file}:2"]


@pytest.mark.parametrize(
    ("phrase", "sentence"),
    [
        ("is no, is none", "The file is no longer than 500 lines."),
        ("no more", "At most eight, and no more than that."),
    ],
)
def test_plain_english_is_accepted(phrase, sentence, tmp_path):
    file = tmp_path / "page.md"
    file.write_text(f"{sentence}\n")

    assert hits(PHRASES[phrase], [file]) == []


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("found = 1", id="a variable"),
        pytest.param("def f(found): pass", id="a parameter"),
        pytest.param("def found(): pass", id="a function"),
        pytest.param("[found for found in rules]", id="a loop"),
        pytest.param("class C:\n    found: int", id="a field"),
    ],
)
def test_a_name_is_noticed(source):
    assert "found" in dict(definitions(source))


@pytest.mark.parametrize("source", ["'found'", "x.found()", "found_at = 1"], ids=["a text", "an attribute", "a part"])
def test_other_uses_of_a_word_are_accepted(source):
    assert "found" not in dict(definitions(source))


def hits(pattern: str, among: list[Path]) -> list[str]:
    """Return file:line for each line that matches, ignoring case."""
    matches = re.compile(pattern, re.IGNORECASE).search
    return [
        f"{file.relative_to(ROOT) if file.is_relative_to(ROOT) else file}:{number}"
        for file in among
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if matches(line)
    ]


@cache
def definitions(source: str) -> tuple[tuple[str, int], ...]:
    """Return the variables, parameters, fields, functions and classes that a source defines, each with its line."""
    return tuple(_definitions(ast.parse(source)))


def _definitions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        match node:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.arg(arg=name)
                | ast.Name(id=name, ctx=ast.Store())
            ):
                yield name, node.lineno


def files(*patterns: str) -> list[Path]:
    """Return the checked files in version control, and new ones that are not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [ROOT / name for name in names if not name.startswith(EXEMPT) and (ROOT / name).is_file()]
