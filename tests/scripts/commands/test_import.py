"""`sillage import`, `export` and `rollups rebuild` in real processes, with and without a running server."""

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from scripts.server.local_socket import NAME
from tests.server import Server

LINES = [
    '{"time": "2026-03-09T09:00:00Z", "visitor": "ana", "url": "https://example.org/a", "referrer": "https://bing.com"}',
    '{"time": "2026-03-09T09:05:00Z", "visitor": "ana", "url": "https://example.org/b"}',
    "nonsense",
    '{"time": "2026-03-09T10:00:00Z", "name": "Signup", "url": "https://example.org/c", "props": {"plan": "free"}}',
]
ANSWER = {"accepted": 3, "rejected_count": 1, "repeated": False, "dry_run": False}


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Return a file of events with one invalid line."""
    file = tmp_path / "history.ndjson"
    file.write_text("\n".join(LINES))
    return file


@pytest.fixture(params=[True, False], ids=["a server runs", "none runs"])
def server(request, tmp_path):
    """Yield a data directory with a site, with or without a running server."""
    server = Server(tmp_path / "data", settings={"request_timeout_s": "1", "arriving_max_mb": "1"})
    if request.param:
        with server:
            yield server
    else:
        server.command("sites", "add", "example.org")
        yield server


def run(server: Server, *words: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a command, which may fail."""
    command = [sys.executable, "-m", "scripts", *words]
    return subprocess.run(
        command, env=server.environment, cwd=server.working_dir, capture_output=True, check=False, input=stdin
    )


def imported(server: Server, file: Path, *words: str) -> Any:
    return json.loads(server.command("import", "events", str(file), "--site", "example.org", *words))


def exported(server: Server, kind: str = "events", *words: str) -> list[Any]:
    return [json.loads(line) for line in server.command("export", kind, "--site", "example.org", *words).splitlines()]


def test_history_comes_in_once_and_goes_out_again(server, history, tmp_path):
    dry = imported(server, history, "--dry-run")
    nothing = exported(server)
    first = run(server, "import", "events", str(history), "--site", "example.org")
    again = imported(server, history)
    events, visits = exported(server), exported(server, "visits")
    target = tmp_path / "out.parquet"
    server.command("export", "events", "--site", "example.org", "--format", "parquet", "--output", str(target))

    answer = json.loads(first.stdout)
    assert answer == ANSWER | {"import_id": answer["import_id"]}
    assert b"line 3: is not a JSON object" in first.stderr
    assert (dry, nothing) == (answer | {"dry_run": True}, [])
    assert again == answer | {"repeated": True}
    assert [(event["pathname"], event["name"]) for event in events] == [
        *(("/a", "pageview"), ("/b", "pageview"), ("/c", "Signup"))
    ]
    assert [(visit["entry_page"], visit["exit_page"], visit["source"]) for visit in visits] == [
        *(("/a", "/b", "Bing"), ("", "", ""))
    ]
    assert target.read_bytes().startswith(b"PAR1")
    assert exported(server, "events", "--from", "2026-03-10") == []
    assert "Counted" in server.command("rollups", "rebuild", "--from", "2026-03-09", "--to", "2026-03-09")
    (status,) = json.loads(server.command("rollups", "status", "--json"))
    assert status["first"] == "2026-03-09"
    assert status["counted"] >= 1


def test_older_events_are_reported_before_the_import_begins(server, tmp_path):
    file = tmp_path / "old.ndjson"
    file.write_text("\n".join([LINES[0], '{"time": "2015-06-01T12:00:00Z", "url": "https://example.org/old"}']))
    words = ("import", "events", str(file), "--site", "example.org")
    refused, nothing = run(server, *words), exported(server)
    taken = run(server, *words, "--skip-older")

    assert (refused.returncode, refused.stdout, nothing) == (2, b"", [])
    assert b"1 event on 2015-06-01 is older than" in refused.stderr
    assert b"or --skip-older to the command." in refused.stderr
    assert json.loads(taken.stdout)["accepted"] == 1
    assert b"1 event on 2015-06-01 is older than" in taken.stderr


def test_a_file_comes_from_standard_input_too(server):
    answer = run(server, "import", "events", "-", "--site", "example.org", stdin=LINES[0].encode())

    assert json.loads(answer.stdout)["accepted"] == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["import", "events", "-", "--site", "none.example"], b"none.example is not a site here"),
        (["export", "visits", "--site", "none.example"], b"none.example is not a site here"),
        (["import", "events", "none.ndjson", "--site", "example.org"], b"No such file"),
        (["import", "events", "-", "--site", "example.org"], b"write one event per line"),
    ],
)
def test_a_failure_is_one_sentence(server, words, sentence):
    answer = run(server, *words, stdin=b"[]")

    assert answer.returncode == 2
    assert sentence in answer.stderr
    assert b"Traceback" not in answer.stderr


def test_the_socket_is_private_to_its_owner_and_removed_with_the_server(tmp_path):
    with Server(tmp_path / "data") as server:
        socket = server.data_dir / NAME
        assert stat.S_ISSOCK(socket.stat().st_mode)
        assert stat.S_IMODE(socket.stat().st_mode) == 0o600
    assert not socket.exists()


@pytest.mark.parametrize("headers", [{}, {"sillage.operator": "true"}, {"Authorization": "Bearer operator"}])
def test_nobody_else_is_treated_as_the_operator(tmp_path, headers):
    with Server(tmp_path / "data") as server:
        url = f"{server.url}/api/v1/sites/example.org/export/events"
        assert httpx2.get(url, headers=headers).status_code == 401
        assert httpx2.post(url.replace("export", "import"), headers=headers).status_code == 401


def test_a_file_may_be_larger_and_slower_than_other_requests(tmp_path):
    """Send 3 MB in more than a second, with limits of 1 MiB and one second."""
    settings = {"request_timeout_s": "1", "arriving_max_mb": "1"}
    with Server(tmp_path / "data", settings=settings) as server:
        key = server.command("keys", "add", "--name", "import", "--scope", "events:import").strip()
        line = LINES[0].replace("/a", "/" + "a" * 1500).encode() + b"\n"
        answer = httpx2.post(
            f"{server.url}/api/v1/sites/example.org/import/events",
            headers={"Authorization": f"Bearer {key}"},
            content=iter([line * 100] * 20),
            timeout=60,
        )

        assert (answer.status_code, answer.json()["accepted"]) == (200, 2000)
