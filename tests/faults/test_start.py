"""What can't start says so in one sentence, and what is asked to end loses nothing."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from schema.stores import key_file
from schema.stores.control import Control
from schema.stores.database import Database
from schema.stores.migrate import CLICKHOUSE, CONTROL, load, migrate_clickhouse
from tests.clickhouse.front import Front
from tests.faults.stored import stored
from tests.faults.stream import Stream
from tests.schema.http_stand_in import StandIn
from tests.server import Server


def refused(server: Server, *words: str, **settings: str) -> str:
    """Return the sentence with which a server does not start; it is all that it writes."""
    environment = server.environment | {f"SILLAGE_{name.upper()}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "scripts", "serve", *(words or ("--port", "0"))]
    answer = subprocess.run(
        command, env=environment, cwd=server.working_dir, capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("sillage: ")
    assert answer.stderr.count("\n") == 1
    return answer.stderr.removeprefix("sillage: ").rstrip()


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """Give a server that was not started."""
    return Server(tmp_path / "data")


@pytest.fixture
def stand_in(front: Front) -> Iterator[StandIn]:
    """Give a ClickHouse server with our tables."""
    with StandIn(front) as clickhouse:
        database = Database(clickhouse.url)
        migrate_clickhouse(database, now=time.time())
        yield clickhouse
        database.close()


def test_a_data_directory_is_for_one_server_and_the_first_is_not_disturbed(server: Server) -> None:
    with server:
        sentence = refused(server)

        assert sentence == (
            f"another Sillage (process {server.process.pid}) uses the data directory {server.data_dir}: "
            "stop it, or choose another directory with --data-dir"
        )
        assert httpx2.get(f"{server.url}/api/health").status_code == 200
        assert httpx2.get(server.sign_in_link).status_code == 200


def test_a_busy_port_is_named_with_the_option_to_choose_another(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        assert refused(server, "--port", str(port)) == f"Port {port} is in use. Choose another with --port."


def test_a_key_that_was_cut_short_is_named_and_not_used(server: Server) -> None:
    server.data_dir.mkdir(mode=0o700)
    (server.data_dir / key_file.LINKS).write_bytes(b"only a part")

    assert refused(server).startswith(f"{server.data_dir}/links.key has 11 bytes, and a key has 32")


def test_salts_are_not_kept_with_the_data(server: Server) -> None:
    sentence = refused(server, salt_dir=str(server.data_dir / "salts"))

    assert sentence.startswith(f"The salt directory {server.data_dir}/salts is in the data directory")


def test_a_salt_directory_that_is_not_there_is_named(server: Server, tmp_path: Path) -> None:
    assert refused(server, salt_dir=str(tmp_path / "gone")).startswith(
        f"The salt directory {tmp_path}/gone can't be used"
    )


def test_an_address_of_another_machine_is_refused(server: Server) -> None:
    assert refused(server, "--host", "203.0.113.1").startswith("Can't listen on 203.0.113.1 port 8000 (")


@pytest.mark.parametrize(
    "place",
    [
        pytest.param("a-file/data", id="below a file"),
        pytest.param("/proc/data", id="where nobody may write"),
    ],
)
def test_a_data_directory_that_can_not_be_is_refused(server: Server, tmp_path: Path, place: str) -> None:
    (tmp_path / "a-file").write_text("")
    data_dir = tmp_path / place

    assert refused(server, data_dir=str(data_dir)) == (
        f"The data directory {data_dir} can't be written. Choose another with --data-dir, "
        "or give this user ownership of it."
    )


@pytest.mark.parametrize("name", ["control.sqlite3", "clickhouse", "spool", "tmp"])
def test_a_data_directory_with_something_else_in_it_is_refused(server: Server, name: str) -> None:
    server.data_dir.mkdir()
    (server.data_dir / name).write_text("something else")

    assert str(server.data_dir) in refused(server)


@pytest.mark.parametrize(
    ("settings", "file", "sentence"),
    [
        pytest.param(
            {"fsync": "sometimes"}, "", "SILLAGE_FSYNC is 'sometimes'. It must be interval or always.", id="environment"
        ),
        pytest.param(
            {}, 'fsync = "sometimes"', "fsync in {file} is 'sometimes'. It must be interval or always.", id="file"
        ),
        pytest.param({}, "prot = 80", "prot in {file} is not a setting. Did you mean port?", id="a word mistyped"),
        pytest.param(
            {"database": "chdb:///proc/clickhouse"},
            "",
            "ClickHouse can't be opened: /proc/clickhouse can't be made (No such file or directory)",
            id="a database that can't be",
        ),
    ],
)
def test_a_bad_setting_is_named_with_its_place(
    server: Server, settings: dict[str, str], file: str, sentence: str
) -> None:
    path = server.working_dir / "sillage.toml"
    path.write_text(file)

    assert refused(server, **settings) == sentence.format(file=path)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(
            "insert into migrations values (77, 'ahead', '', 0)",
            f"the database is at schema 77, this Sillage knows {len(load(CONTROL))}: "
            "start the version that last wrote it, or a newer one",
            id="newer",
        ),
        pytest.param(
            "update migrations set checksum = 'other' where number = 1",
            "0001_sites.sql was changed after it was applied: restore it, and put the change in a new file",
            id="changed",
        ),
    ],
)
def test_a_control_file_of_another_version_is_refused(server: Server, change: str, sentence: str) -> None:
    server.data_dir.mkdir()
    Control(server.data_dir / "control.sqlite3", now=time.time()).close()
    control = sqlite3.connect(server.data_dir / "control.sqlite3", isolation_level=None)
    control.execute(change)
    control.close()

    assert refused(server) == sentence


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(
            "insert into migrations values (77, 'ahead', '', 0)",
            f"the database is at schema 77, this Sillage knows {len(load(CLICKHOUSE))}: "
            "start the version that last wrote it, or a newer one",
            id="newer",
        ),
        pytest.param(
            "alter table migrations update checksum = 'other' where number = 2 settings mutations_sync = 1",
            "0002_visits.sql was changed after it was applied: restore it, and put the change in a new file",
            id="changed",
        ),
    ],
)
def test_a_clickhouse_of_another_version_is_refused(
    server: Server, stand_in: StandIn, change: str, sentence: str
) -> None:
    Database(stand_in.url).command(change)

    assert refused(server, database=stand_in.url) == sentence


def test_requests_that_are_open_when_a_server_is_asked_to_end_are_answered_or_not_counted(server: Server) -> None:
    """One is half sent, one was answered and stays connected, and three connections go on sending."""
    stream = Stream(connections=3)
    with server:
        half = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        half.sendall(b"POST /api/event HTTP/1.1\r\nhost: x\r\ncontent-length: 90\r\n\r\n{")
        with httpx2.Client(base_url=server.url) as idle:
            assert idle.get("/api/health").status_code == 200
            stream.send(server.url, accepted=50, then=lambda: server.process.send_signal(signal.SIGTERM))
            code = server.stop()
        rest = half.recv(65_536)
        half.close()

    assert 0 == code
    assert rest.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 10" in rest
    assert dict.fromkeys(stream.accepted, 1) == stored(server.data_dir).views
    assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize(
    "ask_to_end",
    [
        pytest.param(lambda server: server.stop(), id="SIGTERM"),
        pytest.param(lambda server: server.stop(signal.SIGINT), id="SIGINT"),
    ],
)
def test_a_server_that_is_asked_to_end_does_so_in_order_and_loses_nothing(
    server: Server, ask_to_end: Callable[[Server], int]
) -> None:
    stream = Stream(connections=3)
    with server:
        health = httpx2.get(f"{server.url}/api/health")
        stream.send(server.url, accepted=50)
        code = ask_to_end(server)

    assert (200, {"status": "ok"}, 0) == (health.status_code, json.loads(health.text), code)
    assert dict.fromkeys(stream.accepted, 1) == stored(server.data_dir).views
    assert [] == list((server.data_dir / "spool").iterdir())
    assert "Traceback" not in server.log.read_text()
