"""A disk that is full is a state: hits are refused with a reason, nothing accepted is lost, and it ends by itself."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.faults.full_disk import SmallDisk, small_disk
from tests.faults.people import doctor, report, signed_in
from tests.faults.stored import stored
from tests.faults.stream import Stream
from tests.server import Server, becomes_true

CONNECTIONS = 4


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Give the disk of a data directory."""
    with small_disk(tmp_path / "data", megabytes=64) as disk:
        yield disk


def health(server: Server) -> tuple[int, dict[str, str]]:
    answer = httpx2.get(f"{server.url}/api/health")
    return answer.status_code, answer.json()


def test_a_full_disk_is_a_state_that_ends_by_itself(tmp_path: Path, disk: SmallDisk) -> None:
    stream = Stream(connections=CONNECTIONS)
    with Server(disk.path) as server, signed_in(server) as client:
        stream.send(server.url, accepted=20)
        disk.fill(server.process.pid)
        stream.send(server.url, accepted=0, since=lambda: len(stream.refused) > 50)
        full, page = health(server), report(server, client)
        _, findings = doctor(server)
        disk.free(server.process.pid)
        assert becomes_true(lambda: health(server) == (200, {"status": "ok"}))  # without a hit
        page_afterwards = report(server, client)
        _, findings_afterwards = doctor(server)
        stream.send(server.url, accepted=20)
        assert server.stop() == 0
    log = server.log.read_text()

    assert {(503, "10")} == {(answer.status_code, answer.headers.get("retry-after")) for answer in stream.refused}
    assert (503, "not accepting events") == (full[0], full[1]["status"])
    assert full[1]["reason"].startswith("the spool can't be written: ")
    assert "Hits are being rejected and will be missing here: " in page
    assert "Hits are refused" not in page_afterwards
    assert f"problem  Hits are being rejected and will be missing here: {full[1]['reason']}." in findings
    assert "Hits are refused" not in findings_afterwards
    assert 1 == len(re.findall(r"hits are rejected \(\d+ since the last such line\): the spool can't be written", log))
    assert 1 == log.count("hits are accepted again; ")
    assert "Traceback" not in log
    kept = stored(disk.path)
    assert kept.views == dict.fromkeys(stream.accepted, 1)
    # A visit may count the hits of the one write that failed first: there is one of each connection at most.
    assert len(stream.accepted) <= kept.pageviews <= len(stream.accepted) + CONNECTIONS
    assert [] == list((disk.path / "spool").iterdir())


def test_what_can_not_start_on_a_full_disk_says_so_in_a_sentence(tmp_path: Path, disk: SmallDisk) -> None:
    """And starts again once there is room, with all that was accepted."""
    stream = Stream()
    server = Server(disk.path).start()
    stream.send(server.url, accepted=20)
    assert server.stop() == 0
    command = [sys.executable, "-m", "scripts", "serve", "--port", "0"]
    disk.fill(os.getpid())  # and its children
    answer = subprocess.run(command, env=server.environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    disk.free(os.getpid())
    with server:
        stream.send(server.url, accepted=20)

    assert (2, "") == (answer.returncode, answer.stdout)
    assert answer.stderr.startswith("sillage: ")
    assert 1 == answer.stderr.count("\n")
    assert stored(disk.path).views == dict.fromkeys(stream.accepted, 1)


@contextmanager
def unwritable(file: Path) -> Iterator[None]:
    """Make the control file read-only, for root too, where that may be done; else let another process write to it."""
    if subprocess.run(["mount", "--bind", "-o", "ro", file, file], capture_output=True, check=False).returncode == 0:
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", file], check=True)
        return
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("begin immediate")
    try:
        yield
    finally:
        other.close()


def test_a_server_starts_and_collects_without_a_control_file_that_can_be_written(tmp_path: Path) -> None:
    stream = Stream()
    server = Server(tmp_path / "data").start()
    assert server.stop() == 0
    with unwritable(server.data_dir / "control.sqlite3"), server:
        greeting = server.greeting
        stream.send(server.url, accepted=20)
        status = health(server)[0]
    log = server.log.read_text()
    with server:
        link = server.sign_in_link

    assert "No sign-in link could be created. The control file can't be used: " in greeting
    assert "Restart to get one once this is fixed." in greeting
    assert "/sign-in/" not in greeting
    assert 200 == status
    assert "Traceback" not in log
    assert "/sign-in/" in link
    assert stored(server.data_dir).views == dict.fromkeys(stream.accepted, 1)


def test_a_site_that_can_not_be_added_does_not_keep_the_others_from_being_counted(tmp_path: Path) -> None:
    stream = Stream()
    server = Server(tmp_path / "data").start()
    assert server.stop() == 0
    server = Server(server.data_dir, sites=["new.example"])
    with unwritable(server.data_dir / "control.sqlite3"), server:
        stream.send(server.url, accepted=20)

    assert "The site new.example could not be added. The control file can't be used: " in server.greeting
    assert stored(server.data_dir).views == dict.fromkeys(stream.accepted, 1)


_FLUSH = """
import json, os, resource, sys, tempfile
from asyncio import run
from pathlib import Path
from ingest.storage.flush import MAX_ATTEMPTS, Flusher, record_payload
from ingest.storage.spool import Spool
from schema.stores.database import Database
from schema.stores.migrate import migrate_clickhouse
from tests.factories import views
from tests.faults.people import PASSWORD, doctor, report, signed_in
from tests.faults.full_disk import SmallDisk

directory, mounted, kind = Path(sys.argv[1]), sys.argv[2] == "True", sys.argv[3]
disk = SmallDisk(directory / "disk", mounted=mounted)
database = Database(f"chdb://{disk.path}/clickhouse")
migrate_clickhouse(database, now=0)
tempfile.tempdir = str(directory)
spool = Spool(directory / "spool", max_bytes=10_000_000)
flusher = Flusher(spool, database)

async def put(*paths):
    for record in views(*paths, start="2026-11-20 12:00"):
        spool.append(record_payload(record))
    await spool.written()
    spool.seal()

def attempt():
    try:
        return flusher.flush()
    except OSError:  # not even the spool can be listed; the flusher's thread goes on
        return False

run(put("/before"))
assert flusher.flush()
run(put("/a", "/b"))
many = disk.path / "many"
_, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
if kind == "space":
    disk.fill(os.getpid())
elif kind == "files" and mounted:
    many.mkdir()
    try:
        for number in range(1_000_000):
            (many / str(number)).touch()
    except OSError:
        for number in range(int(sys.argv[4])):
            (many / str(number)).unlink()
else:
    open_files = len(os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_files + int(sys.argv[4]), most_files))
attempts = [attempt() for _ in range(2 * MAX_ATTEMPTS)]
disk.free(os.getpid())
resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
for file in many.glob("*"):
    file.unlink()
is_empty = flusher.flush()
print(json.dumps({
    "attempts": attempts,
    "set aside": len(spool.set_aside()),
    "is empty": is_empty,
    "events": [row[0] for row in database.query("select path from events order by path")],
    "page views": database.query("select sum(pageviews) from visits final")[0][0],
}))
"""


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        pytest.param("space", 0, id="no space"),
        pytest.param("files", 0, id="no file can be made"),
        pytest.param("files", 1, id="only one file can be made"),
        pytest.param("files", 5, id="only a few files can be made"),
        pytest.param("open files", 0, id="no file can be opened"),
        pytest.param("open files", 1, id="only one file can be opened"),
        pytest.param("open files", 5, id="only a few files can be opened"),
    ],
)
def test_no_segment_is_set_aside_because_a_disk_is_full(tmp_path: Path, kind: str, left: int) -> None:
    with small_disk(tmp_path / "disk", megabytes=40, files=3000) as disk:
        command = [sys.executable, "-c", _FLUSH, str(tmp_path), str(disk.is_mounted), kind, str(left)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    outcome = json.loads(answer.stdout)

    assert {
        "attempts": [False] * 10,
        "set aside": 0,
        "is empty": True,
        "events": ["/a", "/b", "/before"],
        "page views": 3,
    } == outcome
