"""The salts' directory goes away or fills up while the server runs: no hit is refused, and salts come back to it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.stream import Stream
from tests.server import Server, becomes_true


def salts_in(directory: Path) -> bytes:
    return b"".join(file.read_bytes() for file in directory.rglob("salts"))


def remove(directory: Path) -> None:
    shutil.rmtree(directory)


def put_a_file_there(directory: Path) -> None:
    shutil.rmtree(directory)
    directory.touch()


@pytest.mark.parametrize(
    "take_away", [pytest.param(remove, id="removed"), pytest.param(put_a_file_there, id="replaced by a file")]
)
def test_no_hit_is_refused_without_the_directory_of_salts(tmp_path: Path, take_away: Callable[[Path], None]) -> None:
    stream, new = Stream(connections=2), Stream(domain="new.example", connections=2)
    with Server(tmp_path / "data") as server:
        stream.send(server.url, accepted=2)
        before = salts_in(server.salt_dir)
        (directory,) = server.salt_dir.iterdir()
        take_away(directory)
        server.command("sites", "add", "new.example")
        new.send(server.url, accepted=20)
        stream.send(server.url, accepted=2)
        if directory.is_file():
            directory.unlink()
        assert becomes_true(lambda: before[3:] in salts_in(server.salt_dir))
        server.restart()
        stream.send(server.url, accepted=2)
        log = server.log.read_text()

    assert stream.refused == []
    assert {answer.status_code for answer in new.refused} <= {202}, "at most not counted, while the site is new"
    assert "Traceback" not in log
    assert log.count("can't be saved in") == log.count("are saved in") <= 1
