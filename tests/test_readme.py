"""What the README tells people to type works, and what it says about settings and files is true."""

import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.sync_api import ViewportSize

from scripts.config.settings import SETTINGS
from tests.journeys import report
from tests.journeys.browser import chromium, tab

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
GUIDE = (ROOT / ".github" / "INTERNAL_TRAFFIC.md").read_text()
PICTURE = ROOT / ".github" / "report.png"
PICTURE_SIZE = ViewportSize(width=1280, height=860)
SERVES = "scripts/run"
DEMONSTRATES = "scripts/run --demo"
DEVELOPS = ("scripts/test", "scripts/check")
MEASURES = "scripts/bench"
ADMINISTERS = ".venv/bin/sillage"


def commands(text: str = README) -> list[str]:
    """Return every line of a text's shell blocks, without its comment."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [shlex.join(shlex.split(line, comments=True)) for block in blocks for line in block.splitlines()]


def environment(data_dir: Path) -> dict[str, str]:
    """Return an environment of its own: other data, another port; a test run only lists its tests."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("SILLAGE_", "PYTEST_"))}
    own = {"SILLAGE_DATA_DIR": str(data_dir), "SILLAGE_SALT_DIR": str(data_dir.parent), "SILLAGE_PORT": "0"}
    return known | own | {"PYTEST_ADDOPTS": "--collect-only --quiet -n 0 --deselect tests/test_readme.py"}


def typed(command: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, as it stands in the README."""
    words = shlex.split(command)
    return subprocess.run(words, check=False, cwd=ROOT, env=environment(data_dir), capture_output=True, text=True)


@contextmanager
def served(command: str, data_dir: Path) -> Iterator[str]:
    """Start a server by a command, wait until it accepts events, give what it said, and stop it as a terminal does."""
    with subprocess.Popen(
        shlex.split(command), cwd=ROOT, env=environment(data_dir), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("All data is stored in"):
                break
        url = re.search(r"running at (\S+)", said)
        assert url is not None, said
        assert httpx2.get(f"{url[1]}/api/health").status_code == 200
        try:
            yield said
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def test_the_readme_begins_with_the_two_commands():
    assert [command.split()[0] for command in commands()[:2]] == [SERVES, "scripts/test"]


@pytest.mark.parametrize(
    "command", [command for command in commands() if command.startswith(SERVES) and command != DEMONSTRATES]
)
def test_a_start_command_serves_and_ends_cleanly(command, tmp_path):
    with served(command, tmp_path / "data") as said:
        assert "/sign-in/" in said
        assert "<script defer data-domain=" in said


@pytest.mark.browser
def test_the_demonstration_fills_the_report_of_the_picture(tmp_path, request):
    """Take the picture anew with --renew-screenshot; the numbers on it are made up."""
    renewed = PICTURE if request.config.getoption("--renew-screenshot") else tmp_path / "report.png"
    with served(DEMONSTRATES, tmp_path / "data") as said:
        url, link = re.findall(r"(http://127\S+)", said)[:2]
        with (
            chromium({"stats.example": urlsplit(url).port or 0}) as browser,
            browser.new_context(viewport=PICTURE_SIZE, color_scheme="light") as context,
            tab(context) as page,
        ):
            report.sign_in(page, link)
            page.goto("http://stats.example/demo.example")
            page.screenshot(path=renewed)
            boxes = page.locator("section tbody tr").count()

    assert boxes > 40
    assert renewed.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("command", [command for command in commands() if command.startswith(DEVELOPS)])
def test_a_development_command_runs(command, tmp_path):
    done = typed(command, tmp_path / "data")

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_bench_finds_every_answered_event(tmp_path):
    if shutil.which("wrk") is None and "CI" not in os.environ:
        pytest.skip("wrk, which sends the load, is not installed (on Debian: apt install wrk)")
    (command,) = [command for command in commands() if command.startswith(MEASURES)]

    done = typed(command, tmp_path / "data")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "share of the ceiling" in done.stdout


def test_the_sillage_commands_work_one_after_the_other(tmp_path):
    results = [typed(command, tmp_path / "data") for command in commands() if command.startswith(ADMINISTERS)]

    assert [done.stderr for done in results if done.returncode != 0] == []
    assert len(results) == 23


def test_the_commands_and_the_file_of_the_guide_to_internal_traffic_work(tmp_path):
    results = [typed(command, tmp_path / "data") for command in commands(GUIDE)]
    file = tmp_path / "exclusions.toml"
    (text,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    file.write_text(text)
    checked = typed(f"{ADMINISTERS} exclusions check {file}", tmp_path / "data")

    assert [done.stderr for done in results if done.returncode != 0] == []
    assert len(results) == 11
    assert checked.stdout == f"{file} can be used: 2 rules.\n"


def test_every_command_of_the_readme_is_run_here():
    assert DEMONSTRATES in commands()
    known = (SERVES, *DEVELOPS, MEASURES, ADMINISTERS)

    assert [command for command in commands() if not command.startswith(known)] == []


@pytest.mark.parametrize("command", [f"{MEASURES} --help", f"{SERVES} --help"])
def test_a_script_explains_itself(command, tmp_path):
    done = typed(command, tmp_path / "data")

    assert done.returncode == 0, done.stderr
    assert "Example:" in done.stdout


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_the_settings_table_has_every_setting_as_it_is(setting):
    default = f"`{setting.default}`" if setting.default else ""

    assert f"| `{setting.name}` | `{setting.variable}` | {default} | {setting.help} |" in README


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)\)", README))
def test_a_link_of_the_readme_leads_to_a_file(target):
    assert (ROOT / target).is_file()
