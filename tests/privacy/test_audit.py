"""`sillage privacy audit` on a real server: green as it should be, and red once a guarantee is broken on purpose."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.audit.salts import stored
from tests.server import Server

MEMORY = Path("/dev/shm")
WEB_LOG = '{address} - - [30/Nov/2026:12:30:45 +0000] "POST /api/event HTTP/1.1" 202 2\n'

pytestmark = pytest.mark.skipif(not os.access(MEMORY, os.W_OK), reason="needs a file system in memory")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a server with a site of each profile, whose salts are in memory."""
    memory = tempfile.mkdtemp(dir=MEMORY)
    settings = {"salt_dir": memory, "data_country": "FR", "data_host": "Example, Paris", "log_level": "debug"}
    with Server(tmp_path_factory.mktemp("audited") / "data", settings=settings) as running:
        running.command("sites", "add", "exempt.example", "--profile", "exempt")
        yield running
    shutil.rmtree(memory)


def audited(server: Server, *words: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code of an audit, and its result."""
    web_log = server.working_dir / "access.log"
    if not web_log.exists():
        web_log.write_text(WEB_LOG.format(address="-"))
    logs = ("--log", str(server.log), "--web-log", str(web_log))
    command = [sys.executable, "-m", "scripts", "privacy", "audit", "--json", "--lang", "en", *logs, *words]
    result = subprocess.run(
        command, env=server.environment, cwd=server.working_dir, capture_output=True, text=True, check=False
    )
    return result.returncode, json.loads(result.stdout)


def red(result: dict[str, Any]) -> list[str]:
    return [finding["key"] for finding in result["findings"] if finding["state"] == "red"]


def test_a_healthy_server_has_no_red_proof(server: Server) -> None:
    code, result = audited(server)
    states = Counter(finding["state"] for finding in result["findings"])

    assert (0, []) == (code, red(result))
    assert states["yellow"] <= 1, "swap may be yellow on this machine"
    assert {"example.org", "exempt.example"} == result["hashes"].keys()


def test_findings_are_in_french_by_default(server: Server) -> None:
    printed = server.command("privacy", "audit")

    assert "vert" in printed
    assert "Empreinte de la configuration de exempt.example" in printed
    assert "No " not in printed


def readable_salts(server: Server) -> Callable[[], None]:
    (file,) = Path(server.environment["SILLAGE_SALT_DIR"]).rglob("salts")
    file.chmod(0o644)
    return lambda: file.chmod(0o600)


def a_copied_salt(server: Server) -> Callable[[], None]:
    (file,) = Path(server.environment["SILLAGE_SALT_DIR"]).rglob("salts")
    copy = server.data_dir / "notes"
    copy.write_bytes(next(iter(stored(file).values())).current)
    return copy.unlink


def a_log_with_visitors(server: Server) -> Callable[[], None]:
    log = server.working_dir / "access.log"
    log.write_text(WEB_LOG.format(address="203.0.113.77"))
    return log.unlink


def a_table_with_addresses(server: Server) -> Callable[[], None]:
    control = sqlite3.connect(server.data_dir / "control.sqlite3")
    control.execute("create table logins (user_id integer, ip_address text)")
    control.commit()

    def undo() -> None:
        control.execute("drop table logins")
        control.commit()
        control.close()

    return undo


@pytest.mark.parametrize(
    ("key", "broken"),
    [
        pytest.param("P2", readable_salts, id="salts that others can read"),
        pytest.param("P2", a_copied_salt, id="a salt in the data directory"),
        pytest.param("P1", a_log_with_visitors, id="a web server that logs addresses"),
        pytest.param("P1", a_table_with_addresses, id="a column for addresses"),
    ],
)
def test_a_broken_guarantee_is_red(server: Server, key: str, broken: Callable[[Server], Callable[[], None]]) -> None:
    undo = broken(server)
    try:
        code, result = audited(server)
    finally:
        undo()

    assert (1, [key]) == (code, red(result))
