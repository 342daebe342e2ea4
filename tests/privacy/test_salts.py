"""P2: a salt is in memory alone, and in nothing that a disk, a log or a backup could hold."""

import stat
from pathlib import Path

import msgspec

from ingest.visits.salts import SaltPair
from ingest.visits.visitor import SALT_BYTES
from scripts.audit import traces
from tests.faults.stream import Stream
from tests.server import Server


def salts_of(server: Server) -> list[bytes]:
    """Return the salts that a server has now, from where it keeps them for a restart."""
    (file,) = server.salt_dir.rglob("salts")
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
