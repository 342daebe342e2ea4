"""`sillage backup` beside a running server and without one."""

import subprocess
from pathlib import Path

import pytest

from tests.faults.stream import Stream
from tests.privacy.test_salts import hits, salts_of
from tests.server import Server


def test_old_backups_go_and_no_salt_is_in_one(tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    stream = Stream(connections=1)
    with Server(tmp_path / "data") as server:
        stream.send(server.url, accepted=3)
        first = server.command("backup", str(backups))
        salts = salts_of(server)
        server.stop()
        second = server.command("backup", str(backups), "--keep", "1")

    name = first.partition(":")[0]
    assert f"Removed {name}." in second
    assert 1 == len(list(backups.iterdir()))
    assert "rows" in second
    assert hits(salts, backups) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(("data/backups",), "is in the data directory, and would be lost with it", id="inside"),
        pytest.param(("b", "--passphrase-file", "short"), "is too short", id="passphrase"),
        pytest.param(("b", "--keep", "0"), "0 is not in the range", id="keep none"),
    ],
)
def test_what_can_not_be_done_is_a_sentence(sillage, control, tmp_path, words, sentence):
    (tmp_path / "short").write_text("short")

    answer = sillage("backup", *words)

    assert (2, True) == (answer.exit_code, sentence in answer.stderr)


def test_without_a_data_directory_there_is_nothing_to_back_up(sillage):
    answer = sillage("backup", "backups")

    assert "There is no data directory" in answer.stderr


def test_two_directories_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        Server(tmp_path / "data").command("backup", "one", "two")
