"""The documents as tests read them, and their commands as a person types them."""

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

ROOT = Path(__file__).parent.parent
DOCUMENTS = {
    str(file.relative_to(ROOT)): file.read_text(encoding="utf-8")
    for file in sorted([*ROOT.glob("*.md"), *(ROOT / ".github").rglob("*.md")])
}


def commands(text: str) -> list[str]:
    """Return every line of a text's shell blocks, without its comment."""
    return [shlex.join(shlex.split(line, comments=True)) for line in shell(text).splitlines()]


def shell(text: str) -> str:
    """Return the shell blocks of a text as one script."""
    return "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))


def environment(data_dir: Path) -> dict[str, str]:
    """Return an environment with its own data and port, in which a test run only lists its tests."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SILLAGE_", "PYTEST_"))}
    own = {"SILLAGE_DATA_DIR": str(data_dir), "SILLAGE_SALT_DIR": str(data_dir.parent), "SILLAGE_PORT": "0"}
    return inherited | own | {"PYTEST_ADDOPTS": "--collect-only --quiet -n 0 --deselect tests/test_readme.py"}


def typed(command: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, exactly as a document shows it."""
    words = shlex.split(command)
    return subprocess.run(words, check=False, cwd=ROOT, env=environment(data_dir), capture_output=True, text=True)


@contextmanager
def served(command: str, data_dir: Path) -> Iterator[str]:
    """Start a server by a command, wait until it accepts events, yield its greeting, and stop it as a terminal does."""
    with subprocess.Popen(
        shlex.split(command), cwd=ROOT, env=environment(data_dir), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        greeting = ""
        for line in process.stdout:
            greeting += line
            if line.startswith("All data is stored in"):
                break
        url = re.search(r"running at (\S+)", greeting)
        assert url is not None, greeting
        assert httpx2.get(f"{url[1]}/api/health").status_code == 200
        try:
            yield greeting
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
