"""The systemd unit: systemd accepts it, and every value is explained."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.commands.install import unit

PROGRAM = Path(sys.prefix) / "bin" / "sillage"
MOST_EXPOSED = 2.0  # of 10; what systemd calls "medium" begins at 4
DATA_DIR = Path("/var/lib/sillage")


def systemd_analyze(file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None and "CI" not in os.environ:
        pytest.skip("systemd-analyze is not installed (on Debian: apt install systemd)")
    return subprocess.run(["systemd-analyze", *words, str(file)], check=False, capture_output=True, text=True)


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "sillage.service"
    file.write_text(unit(PROGRAM, data_dir=DATA_DIR, user="sillage"))
    return file


def test_systemd_accepts_the_unit(file):
    done = systemd_analyze(file, "verify")

    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("ProtectHome=yes", "ProtectHome=perhaps", id="value"),
        pytest.param("LockPersonality=", "LockPersonalities=", id="name"),
        pytest.param(str(PROGRAM), "/missing/sillage", id="program"),
    ],
)
def test_a_mistake_in_the_unit_is_noticed(file, right, wrong):
    file.write_text(file.read_text().replace(right, wrong))

    assert systemd_analyze(file, "verify").stderr


def test_little_of_the_machine_is_exposed(file):
    done = systemd_analyze(file, "security", "--offline=yes", "--no-pager")
    exposure = re.search(r"Overall exposure level for sillage.service: ([\d.]+)", done.stdout)

    assert exposure is not None, done.stdout + done.stderr
    assert float(exposure[1]) <= MOST_EXPOSED


def test_every_value_is_explained():
    text = unit(PROGRAM, data_dir=DATA_DIR, user="sillage").partition("[Service]")[2].partition("[Install]")[0]
    groups = re.findall(r"((?:^#.*\n)+)((?:^[A-Z]\w+=.*\n)+)", text, re.MULTILINE)
    values = [line.partition("=")[0] for _, lines in groups for line in lines.splitlines()]

    assert values == re.findall(r"^([A-Z]\w+)=", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("program", "data_dir", "homes"),
    [
        pytest.param("/srv/sillage/.venv/bin/sillage", "/var/lib/sillage", "yes", id="outside of homes"),
        pytest.param("/home/ana/sillage/.venv/bin/sillage", "/var/lib/sillage", "read-only", id="program in a home"),
        pytest.param("/srv/sillage/.venv/bin/sillage", "/home/ana/data", "no", id="data in a home"),
    ],
)
def test_homes_are_as_visible_as_necessary(program, data_dir, homes):
    assert f"\nProtectHome={homes}\n" in unit(Path(program), data_dir=Path(data_dir), user="sillage")


def test_the_command_prints_it_for_this_installation(sillage):
    printed = sillage("--data-dir", "/srv/statistics", "install", "--user", "web").stdout

    assert printed == unit(PROGRAM, data_dir=Path("/srv/statistics"), user="web")
    assert f"\nExecStart={PROGRAM} serve\n" in printed
    assert "ReadWritePaths=/var/lib/sillage" in sillage("install").stdout


def test_a_path_that_systemd_would_read_differently_is_refused(sillage):
    answer = sillage("--data-dir", "/srv/my statistics", "install")

    assert (2, True) == (answer.exit_code, "systemd can't use the path /srv/my statistics" in answer.stderr)
