"""What a backup consists of."""

import pytest

from schema.stores.control import Control
from scripts.backup import making, manifest, sealing
from scripts.backup.manifest import BackupError
from scripts.backup.targets import Directory
from scripts.server.backup_answers import Taken

MADE_AT = 1_764_558_900
NAME = "20251201T031500Z"


class Pieces:
    """A source of two pieces."""

    def __init__(self, control) -> None:
        self._control = control

    def take(self) -> Taken:
        return Taken([("events", 2), ("visits", 1)], {"events": 2, "visits": 1}, str(self._control))

    def read(self, number: int) -> bytes:
        return b"rows %d" % number

    def drop(self) -> None:
        pass


@pytest.fixture
def data_dir(tmp_path):
    """Return a data directory with all that a server leaves there."""
    directory = tmp_path / "data"
    for name in ("spool/1", "tmp/x", "geo/city.mmdb", "imports/1", "clickhouse/store"):
        (directory / name).parent.mkdir(parents=True)
        (directory / name).write_text("not in a backup")
    for name in ("homes.key", "links.key", "exclusions.toml", "sillage.toml", "lock"):
        (directory / name).write_text(name)
    return directory


def make(data_dir, target, sealed):
    control = data_dir / "copy"
    control.write_bytes(b"control")
    return making.make(Pieces(control), target, sealed, data_dir=data_dir, made_at=MADE_AT, progress=iter)


def test_it_has_the_rows_the_control_file_and_the_keys_and_nothing_else(data_dir, tmp_path):
    made = make(data_dir, Directory(tmp_path / "b"), sealing.new(None))

    expected = ["control.sqlite3", "events.000000.native.zst", "exclusions.toml", "homes.key", "links.key"]
    expected += ["manifest.json", "sillage.toml", "visits.000001.native.zst"]
    assert expected == sorted(file.name for file in (tmp_path / "b" / NAME).iterdir())
    assert b"rows 1" == (tmp_path / "b" / NAME / "visits.000001.native.zst").read_bytes()
    assert sorted(file.name for file in made.manifest.files) == [name for name in expected if name != manifest.FILE]
    assert not made.manifest.is_encrypted


def test_with_a_passphrase_nothing_but_the_manifest_can_be_read(data_dir, tmp_path):
    make(data_dir, Directory(tmp_path / "b"), sealing.new("correct horse battery"))

    files = [file for file in (tmp_path / "b" / NAME).iterdir() if file.name != manifest.FILE]
    assert all(file.name.endswith(".age") for file in files)
    assert all(file.read_bytes().startswith(b"age-encryption.org/v1\n") for file in files)


def test_two_backups_of_one_second_are_refused(data_dir, tmp_path):
    target = Directory(tmp_path / "b")
    make(data_dir, target, sealing.new(None))

    with pytest.raises(BackupError, match="exists already"):
        make(data_dir, target, sealing.new(None))


def test_a_backup_that_fails_is_incomplete(data_dir, tmp_path):
    class Failing(Pieces):
        def read(self, number: int) -> bytes:
            raise BackupError("no")

    control = data_dir / "copy"
    Control(control, now=0).close()
    target = Directory(tmp_path / "b")
    with pytest.raises(BackupError, match="no"):
        making.make(Failing(control), target, sealing.new(None), data_dir=data_dir, made_at=MADE_AT, progress=iter)

    assert [NAME] == target.names()
    assert not target.has(NAME, manifest.FILE)
