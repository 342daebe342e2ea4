"""P2: a salt is in memory alone, and in nothing that a disk, a log or a backup could hold."""

import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ingest.request.client_ip import UNKNOWN
from ingest.visits.salts import SaltPair
from ingest.visits.visitor import SALT_BYTES, keyed, visitor_id
from scripts.audit import traces
from tests.faults.clocked import FIREFOX, SITE, epoch, run
from tests.faults.stream import Stream
from tests.server import Server


def salts_of(server: Server) -> list[bytes]:
    """Return the salts that a server has now, from where it keeps them for a restart."""
    return salts_in(server.salt_dir)


def salts_in(directory: Path) -> list[bytes]:
    (file,) = directory.rglob("salts")
    pairs = msgspec.msgpack.decode(file.read_bytes(), type=dict[int, SaltPair])
    return [salt for pair in pairs.values() for salt in (pair.current, pair.previous) if salt is not None]


def hits(salts: list[bytes], *places: Path) -> list[tuple[str, str]]:
    return [hit for salt in salts for hit in traces.matches(traces.of_bytes(salt), places)]


def test_a_salt_is_nowhere_but_in_memory(tmp_path: Path) -> None:
    stream = Stream(connections=2)
    with Server(tmp_path / "data", settings={"log_level": "debug"}) as server:
        stream.send(server.url, accepted=10)
        server.restart()
        stream.send(server.url, accepted=10, then=server.kill)
        salts = salts_of(server)

    assert [SALT_BYTES] == [len(salt) for salt in salts]
    assert hits(salts, server.data_dir, server.log, server.temporary, server.working_dir) == []
    assert hits(salts, server.salt_dir) != [], "where it is, it is found"


def test_a_salt_is_for_its_owner_alone(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        Stream(connections=1).send(server.url, accepted=1)
        (file,) = server.salt_dir.rglob("salts")

        assert ("-rw-------", "drwx------") == tuple(stat.filemode(path.stat().st_mode) for path in (file, file.parent))


def test_a_salt_outlives_a_restart(tmp_path: Path) -> None:
    """Else a visitor would be counted twice on the day of an update."""
    stream = Stream(connections=1)
    with Server(tmp_path / "data") as server:
        stream.send(server.url, accepted=1)
        before = salts_of(server)
        server.restart()
        stream.send(server.url, accepted=1)

        assert before == salts_of(server)


FIRST_DAY, SECOND_DAY = "2026-11-20", "2026-11-21"
_NUMBER = """
import sys
from schema.stores.database import Database
database = Database(f"chdb://{sys.argv[1]}/clickhouse")
print(database.query("select max(visitor_id) from events where path = {path:String}", {"path": sys.argv[2]})[0][0])
"""


def number_of(data_dir: Path, path: str) -> int:
    """Return the number of the visitor who saw a page."""
    answer = subprocess.run([sys.executable, "-c", _NUMBER, data_dir, path], check=True, capture_output=True, text=True)
    return int(answer.stdout)


def possible_salts(*places: Path) -> Iterator[bytes]:
    """Yield all bytes on disk that are as long as a salt, at every position of every file."""
    for place in places:
        for file in filter(Path.is_file, place.rglob("*")):
            content = file.read_bytes()
            yield from {content[start : start + SALT_BYTES] for start in range(len(content) - SALT_BYTES + 1)}


def is_computable(number: int, user_agent: str, *places: Path) -> bool:
    """True if somebody who knows a visitor can compute their number from what is in some places."""
    return any(
        visitor_id(keyed(salt), site_id=1, address=UNKNOWN, user_agent=user_agent, domain=SITE) == number
        for salt in possible_salts(*places)
    )


def test_a_number_of_an_earlier_day_can_not_be_computed_from_disks_and_backups(tmp_path: Path) -> None:
    server, backup = tmp_path / "server", tmp_path / "backup"
    server.mkdir()
    run(server, (f"{FIRST_DAY} 12:00", "anna"), stopped_at=f"{FIRST_DAY} 12:01")
    page = f"/page-{epoch(f'{FIRST_DAY} 12:00')}-0"
    number, (old,) = number_of(server / "data", page), salts_in(server / "salts")
    assert is_computable(number, f"{FIREFOX} anna", server / "salts"), "while the salt lives"
    run(server, (f"{SECOND_DAY} 00:10", "anna"), (f"{SECOND_DAY} 09:00", "anna"))
    run(server, (f"{SECOND_DAY} 10:00", "anna"), kill=True)  # a restart, and a crash
    (new,) = salts_in(server / "salts")
    shutil.copytree(server / "data", backup, symlinks=True)
    shutil.rmtree(server / "data")
    shutil.copytree(backup, server / "data", symlinks=True)
    run(server, (f"{SECOND_DAY} 11:00", "anna"))

    assert hits([old], server, backup) == [], "destroyed, wherever it was"
    assert hits([new], server / "data", backup) == []
    assert not is_computable(number, f"{FIREFOX} anna", server, backup)
