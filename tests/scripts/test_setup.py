"""The shell scripts, with a Python on the PATH that records its calls instead of installing a gigabyte."""

import os
import pty
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = """#!/bin/bash
if [[ $1 == -c ]]; then
    [[ $2 != *version_info* || {is_new} == yes ]] && [[ $2 != *pip* || {has_pip} == yes || $0 == {bin}/* ]]
    exit
fi
if [[ $2 == venv ]]; then
    [[ {has_pip} == yes || $* == *--without-pip* ]] || exit 1
    venv=${{@: -1}}
    mkdir -p "$venv/bin"
    cp "$0" "$venv/bin/python"
    printf '#!/bin/bash\\necho sillage "$@"' >"$venv/bin/sillage"
    chmod +x "$venv/bin/sillage"
    exit
fi
echo "${{0##*/}} $@" >>{log}
if [[ $* == *"pip"*install* ]]; then
    for number in {{1..100}}; do echo "Collecting package-$number"; done
    while [[ -e {slow} ]]; do :; done
    if [[ -e {broken} ]]; then
        echo "ERROR: no space left on device"
        exit 1
    fi
fi
"""


class Checkout:
    """A copy of the shell scripts on a machine with the recording Python.

    has_pip: whether it can put pip into a new environment. It always has pip itself.
    """

    def __init__(self, root: Path, *, is_new: bool = True, has_pip: bool = True) -> None:
        self.root = root / "a checkout"
        self.log = root / "log"
        self.bin = root / "bin"
        self.broken = root / "broken"  # while it exists, pip fails
        self.slow = root / "slow"  # while it exists, pip works on
        shutil.copytree(ROOT / "scripts", self.root / "scripts", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        for name in ("pyproject.toml", "requirements.lock"):
            shutil.copy(ROOT / name, self.root / name)
        self.bin.mkdir()
        python = PYTHON.format(
            log=self.log,
            broken=self.broken,
            slow=self.slow,
            bin=self.bin,
            is_new="yes" if is_new else "no",
            has_pip="yes" if has_pip else "no",
        )
        for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
            self._command(name, python)
        self._command("chromium", "#!/bin/bash\n")

    def _command(self, name, source):
        (self.bin / name).write_text(source)
        (self.bin / name).chmod(0o755)

    def run(self, *words, cwd="/"):
        """Run a script, with the recording Python first on the PATH."""
        environment = os.environ | {"PATH": f"{self.bin}:/usr/bin:/bin"}
        script = [str(self.root / "scripts" / words[0]), *words[1:]]
        return subprocess.run(script, cwd=cwd, env=environment, capture_output=True, text=True, check=False)

    def calls(self):
        """Return the calls of Python, apart from those for its version and an environment, and of `uninstall`."""
        return [line for line in self.all_calls() if " uninstall " not in line]

    def all_calls(self):
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def test_the_first_start_installs_pinned_versions_and_passes_the_options_on(checkout):
    result = checkout.run("run", "--site", "example.org")

    assert (result.returncode, result.stdout) == (0, "sillage serve --site example.org\n")
    assert checkout.calls() == [f"python -m pip install -c {checkout.root}/requirements.lock -e {checkout.root}"]


def test_what_the_engine_works_without_is_removed(checkout):
    checkout.run("run")

    assert checkout.all_calls()[-1] == "python -m pip uninstall --quiet --yes pandas numpy"


def test_the_first_start_says_how_much_and_how_long_in_two_lines(checkout):
    result = checkout.run("run")
    first, last = result.stderr.splitlines()

    assert first == "Installing once: about 900 MB, mostly the embedded ClickHouse, in one to five minutes"
    assert re.fullmatch(r"Installed \d+ MB in \d+ s", last)
    assert not (checkout.root / ".venv" / "install.log").exists()


def test_a_failed_installation_shows_its_end_and_keeps_its_log(checkout):
    checkout.broken.touch()
    result = checkout.run("run")
    log = checkout.root / ".venv" / "install.log"

    assert (result.returncode, result.stdout) == (1, "")
    assert "ERROR: no space left on device" in result.stderr
    assert "package-9\n" not in result.stderr
    assert result.stderr.endswith(f"s. The whole log is in {log}\n")
    assert "Collecting package-9\n" in log.read_text()
    checkout.broken.unlink()
    assert checkout.run("run").returncode == 0
    assert not log.exists()


def test_a_terminal_shows_one_line_that_moves(checkout):
    """Read a pseudo-terminal until pip, which is held up, has made progress."""
    checkout.slow.touch()
    ours, theirs = pty.openpty()
    environment = os.environ | {"PATH": f"{checkout.bin}:/usr/bin:/bin"}
    script = [str(checkout.root / "scripts" / "run")]
    with subprocess.Popen(script, env=environment, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        text = ""
        while "Installing: 100 packages" not in text:
            text += os.read(ours, 1000).decode()
        checkout.slow.unlink()
        while "Installed" not in text:
            text += os.read(ours, 1000).decode()
    os.close(ours)
    os.close(theirs)

    assert process.returncode == 0
    assert "Collecting" not in text
    assert "\n" not in text[: text.index("Installed")]
    assert re.search(r"\r\x1b\[KInstalling: 100 packages, \d+ of about 900 MB, \d+ s", text)


def test_a_python_without_ensurepip_installs_with_the_pip_of_the_system(tmp_path):
    checkout = Checkout(tmp_path, has_pip=False)

    result = checkout.run("run")

    root = checkout.root
    assert (result.returncode, result.stdout) == (0, "sillage serve\n")
    assert checkout.calls() == [
        f"python3 -m pip --python {root}/.venv/bin/python install -c {root}/requirements.lock -e {root}"
    ]


def test_the_second_start_installs_nothing(checkout):
    checkout.run("run")
    again = checkout.run("run")

    assert (again.returncode, again.stdout, again.stderr) == (0, "sillage serve\n", "")
    assert len(checkout.calls()) == 1


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements.lock"])
def test_changed_requirements_are_installed(checkout, name):
    checkout.run("run")
    with (checkout.root / name).open("a") as file:
        file.write("# changed\n")
    checkout.run("run")

    assert len(checkout.calls()) == 2


def test_it_is_the_same_from_every_working_directory(checkout):
    checkout.run("run", cwd="/")
    checkout.run("run", cwd=checkout.root)
    checkout.run("run", cwd=checkout.root / "scripts")

    assert len(checkout.calls()) == 1


def test_tests_run_three_at_a_time_unless_told_otherwise(checkout):
    checkout.run("test", "-k", "words")

    assert checkout.calls()[-2:] == [
        f"python -m pip install -c {checkout.root}/requirements.lock -e {checkout.root}[dev]",
        "python -m pytest -n 3 --dist worksteal -k words",
    ]


def test_the_test_environment_is_enough_to_start(checkout):
    checkout.run("test")
    checkout.run("run")

    assert len([words for words in checkout.calls() if "pip" in words]) == 1


def test_an_old_python_is_one_sentence(tmp_path):
    result = Checkout(tmp_path, is_new=False).run("run")

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == ("Sillage needs Python 3.11 or newer on the PATH (on Debian: apt install python3).\n")


def test_dependencies_are_listed_and_audited_strictly(checkout, tmp_path):
    result = checkout.run("audit-dependencies", str(tmp_path / "bill.json"))
    listed, installed, audited = checkout.calls()[-3:]

    assert (result.returncode, (tmp_path / "bill.json").exists()) == (0, True)
    assert listed == "python -m scripts.release.sbom"
    assert installed.endswith(" pip-audit==2.10.1")
    assert audited.startswith("python -m pip_audit --strict --requirement requirements.lock --no-deps")
    assert "No known vulnerabilities." in result.stderr


def test_an_audit_without_a_network_is_a_sentence(checkout, tmp_path):
    checkout.run("test")
    checkout.broken.touch()
    result = checkout.run("audit-dependencies", str(tmp_path / "bill.json"))

    assert result.returncode == 2
    assert "pip-audit can't be installed. Vulnerabilities were not looked up." in result.stderr
