"""What the documents tell people to type works, and what they name exists: files, links, settings, commands."""

import os
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import click
import pytest

from scripts.__main__ import sillage
from scripts.config.loading import FILE_VARIABLE
from scripts.config.settings import SETTINGS
from scripts.release import settings_page
from tests.documents import DOCUMENTS, ROOT, commands, environment, served, shell, typed

API = ".github/docs/API.md"
INTERNAL_TRAFFIC = ".github/docs/INTERNAL_TRAFFIC.md"
OPERATIONS = ".github/docs/OPERATIONS.md"
PAGE_OF_SETTINGS = DOCUMENTS[".github/docs/SETTINGS.md"]
SERVES = "scripts/run"
DEVELOPS = ("scripts/test", "scripts/check")
MEASURES = "scripts/bench"
ADMINISTERS = ".venv/bin/sillage"
COMMANDS = sorted({command for name, text in DOCUMENTS.items() if name != API for command in commands(text)})
VARIABLES = {setting.variable for setting in SETTINGS} | {FILE_VARIABLE}
URL = "http://127.0.0.1:8000"
CHECKED_CURL = 'set -euo pipefail\ncurl() { command curl --silent --show-error --fail-with-body "$@"; }\n'

LINKS = [
    pytest.param(name, target, id=f"{name}: {target}")
    for name, text in DOCUMENTS.items()
    for target in re.findall(r"\]\(([^)\s:]+)\)", text)
]
CODE = [
    (name, code)
    for name, text in DOCUMENTS.items()
    for code in re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
]
PATHS = sorted(
    {
        (name, word)
        for name, text in DOCUMENTS.items()
        for word in re.findall(
            r"(?<![\w./-])(?:ingest|schema|dashboard|scripts|tests|\.github|\.ci)/[\w./-]*\w/?", text
        )
    }
)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith(DEVELOPS)])
def test_a_development_command_runs(command, tmp_path):
    done = typed(command, tmp_path / "data")

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_bench_finds_every_answered_event(tmp_path):
    skip_without("wrk")
    (command,) = [command for command in COMMANDS if command.startswith(MEASURES)]

    done = typed(f"{command} --rounds 1", tmp_path / "data")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "median of 1 rounds" in done.stdout
    assert "share of the ceiling" in done.stdout


@pytest.mark.parametrize(
    ("document", "count"),
    [pytest.param(OPERATIONS, 29, id="operations"), pytest.param(INTERNAL_TRAFFIC, 11, id="traffic")],
)
def test_the_sillage_commands_of_a_document_work_one_after_the_other(document, count, tmp_path):
    results = [typed(command, tmp_path / "data") for command in commands(DOCUMENTS[document])]

    assert [done.stderr for done in results if done.returncode != 0] == []
    assert len(results) == count


def test_the_exclusions_file_of_the_guide_is_valid(tmp_path):
    file = tmp_path / "exclusions.toml"
    (text,) = re.findall(r"```toml\n(.*?)```", DOCUMENTS[INTERNAL_TRAFFIC], re.DOTALL)
    file.write_text(text)
    typed(commands(DOCUMENTS[INTERNAL_TRAFFIC])[0], tmp_path / "data")

    checked = typed(f"{ADMINISTERS} exclusions check {file}", tmp_path / "data")

    assert checked.returncode == 0, checked.stderr
    assert "2 rules" in checked.stdout


def test_the_api_examples_work_one_after_the_other(tmp_path):
    skip_without("curl")
    with served(f"{SERVES} --site example.org", tmp_path / "data") as greeting:
        (url,) = re.findall(r"running at (\S+)", greeting)
        script = CHECKED_CURL + shell(DOCUMENTS[API]).replace(URL, url)
        done = subprocess.run(
            ["bash", "-c", script],
            check=False,
            cwd=ROOT,
            env=environment(tmp_path / "data"),
            capture_output=True,
            text=True,
        )

    assert done.returncode == 0, done.stdout + done.stderr
    assert '"accepted":5' in done.stdout
    assert "/blog" in done.stdout.rpartition("\nvisit,visitor,")[2]


def test_every_command_of_the_documents_is_run_here():
    tested = (SERVES, *DEVELOPS, MEASURES, ADMINISTERS)

    assert [command for command in COMMANDS if not command.startswith(tested)] == []


def test_every_example_of_a_request_is_run_here():
    assert [name for name, text in DOCUMENTS.items() if re.search(r"^curl ", text, re.MULTILINE)] == [API]
    assert re.findall(r"^curl ", shell(DOCUMENTS[API]), re.MULTILINE) == re.findall(
        r"^curl ", DOCUMENTS[API], re.MULTILINE
    )


@pytest.mark.parametrize("command", [f"{MEASURES} --help", f"{SERVES} --help"])
def test_a_script_explains_itself(command, tmp_path):
    done = typed(command, tmp_path / "data")

    assert done.returncode == 0, done.stderr
    assert "Example:" in done.stdout


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_the_settings_table_has_every_setting_as_it_is(setting):
    default = f"`{setting.default}`" if setting.default else ""

    assert f"| `{setting.name}` | `{setting.variable}` | {default} | {setting.help} |" in PAGE_OF_SETTINGS


def test_the_page_of_settings_is_current():
    """If this fails, run python -m scripts.release.settings_page."""
    assert settings_page.page() == PAGE_OF_SETTINGS


@pytest.mark.parametrize(("document", "target"), LINKS)
def test_a_link_leads_to_a_file_and_to_a_heading_in_it(document, target):
    path, _, anchor = target.partition("#")
    file = ((ROOT / document).parent / path).resolve() if path else ROOT / document

    assert file.is_file()
    assert not anchor or anchor in anchors(file)


@pytest.mark.parametrize(("document", "path"), [pytest.param(*case, id=": ".join(case)) for case in PATHS])
def test_a_path_that_a_document_names_exists(document, path):
    found = ROOT / path

    assert found.is_dir() if path.endswith("/") else found.exists()


def test_the_documents_name_only_settings_that_exist():
    named = {variable for text in DOCUMENTS.values() for variable in re.findall(r"\bSILLAGE_[A-Z_]+\b", text)}

    assert named - VARIABLES == set()


@pytest.mark.parametrize("code", sorted({code for _, code in CODE if code.startswith("sillage ")}))
def test_a_command_that_a_document_mentions_exists(code):
    words = [word for word in shlex.split(code)[1:] if re.fullmatch(r"[a-z]+(\|[a-z]+)?", word)]

    assert "COMMAND" in code or all(exists(spelled) for spelled in alternatives(words))


@pytest.mark.parametrize("words", [["spol"], ["spool", "repair"]], ids=["a misspelt command", "a misspelt subcommand"])
def test_a_command_that_does_not_exist_is_noticed(words):
    assert not exists(words)


def test_the_changelog_begins_with_the_version_of_the_project():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    newest = re.search(r"^## \[([^]]+)\] - \d{4}-\d\d-\d\d$", DOCUMENTS["CHANGELOG.md"], re.MULTILINE)

    assert newest is not None
    assert newest[1] == version


def skip_without(program: str) -> None:
    if shutil.which(program) is None and "CI" not in os.environ:
        pytest.skip(f"{program} is not installed (on Debian: apt install {program})")


def anchors(file: Path) -> set[str]:
    """Return what the headings of a file are called in links, as GitHub derives it."""
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def alternatives(words: list[str]) -> list[list[str]]:
    """Return export events and export visits for export events|visits."""
    return [[word.split("|")[min(n, word.count("|"))] for word in words] for n in range(2)]


def exists(words: list[str]) -> bool:
    """True if the words lead to a command. Words after a command without subcommands are its arguments."""
    command: click.Command | None = sillage
    for word in words:
        if not isinstance(command, click.Group):
            return True
        command = command.get_command(click.Context(command), word)
        if command is None:
            return False
    return True
