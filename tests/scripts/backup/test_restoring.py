"""A restored backup is what was backed up, and what was erased later is erased again."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from schema.days.rollups import Rollups
from schema.privacy import erasures
from schema.privacy.erasures import Kind, Selection
from schema.sites import sites
from schema.sites.purge import TABLES
from schema.stores.control import Control
from schema.stores.database import Database
from scripts.backup import making, manifest, restoring, sealing
from scripts.backup.manifest import BackupError
from scripts.backup.restoring import Backup
from scripts.backup.targets import Directory
from scripts.server import backup_answers
from tests.factories import an_event, store

FIRST, SECOND = 1_764_558_900, 1_764_558_960


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "homes.key").write_bytes(b"k" * 32)
    control = Control(tmp_path / "data" / "control.sqlite3", now=FIRST)
    sites.add(control, "example.org", timezone="Europe/Paris", now=FIRST)
    yield control
    control.close()


@pytest.fixture
def target(tmp_path: Path) -> Directory:
    return Directory(tmp_path / "backups")


def back_up(
    control: Control,
    database: Database,
    target: Directory,
    tmp_path: Path,
    *,
    made_at: int = FIRST,
    passphrase: str | None = None,
) -> str:
    rollups = Rollups(control, database, clock=time.time)
    source = backup_answers.of_server(control, database, rollups, temporary=tmp_path)
    made = making.make(
        source, target, sealing.new(passphrase), data_dir=tmp_path / "data", made_at=made_at, progress=iter
    )
    source.drop()
    return made.name


def emptied(database: Database) -> Database:
    for table in TABLES:
        database.command(f"truncate table {table}")
    return database


def test_rows_sites_and_keys_come_back(control, database, target, tmp_path):
    store(database, [an_event(path=f"/{number}") for number in range(3)])
    back_up(control, database, target, tmp_path)
    backup = restoring.newest(target, None)
    (tmp_path / "restored").mkdir()

    restoring.write_files(backup, tmp_path / "restored")
    restoring.fill(backup, emptied(database), now=SECOND, progress=iter)

    assert ["/0", "/1", "/2"] == [path for (path,) in database.query("select path from events order by path")]
    restored = Control(tmp_path / "restored" / "control.sqlite3", now=SECOND)
    assert ["example.org"] == [site.domain for site in sites.list_all(restored, now=SECOND)]
    restored.close()
    assert b"k" * 32 == (tmp_path / "restored" / "homes.key").read_bytes()
    assert 0o600 == (tmp_path / "restored" / "homes.key").stat().st_mode & 0o777


def test_rows_that_are_missing_are_noticed(control, database, target, tmp_path):
    store(database, [an_event(path=f"/{number}") for number in range(3)])
    back_up(control, database, target, tmp_path)
    backup = restoring.newest(target, None)

    with pytest.raises(BackupError, match="The table events has 0 rows after the restore, and had 3"):
        restoring.check_counts(backup.manifest, dict.fromkeys(TABLES, 0))


def test_a_damaged_file_stops_the_restore(control, database, target, tmp_path):
    store(database, [an_event()])
    name = back_up(control, database, target, tmp_path)
    (piece,) = (tmp_path / "backups" / name).glob("events.*")
    piece.write_bytes(piece.read_bytes()[:-1] + b"?")

    with pytest.raises(BackupError, match="is damaged"):
        restoring.fill(restoring.newest(target, None), emptied(database), now=SECOND, progress=iter)


def test_what_was_erased_after_the_backup_is_erased_again(control, database, target, tmp_path):
    site = sites.list_all(control, now=FIRST)[0]
    erasures.add(control, site, Selection(Kind.PAGE, value="/early"), who="ada", now=FIRST)
    first = back_up(control, database, target, tmp_path)
    erasures.add(control, site, Selection(Kind.PAGE, value="/late"), who="ada", now=FIRST + 1)
    back_up(control, database, target, tmp_path, made_at=SECOND)
    backup = restoring.newest(target, None, name=first)
    (tmp_path / "restored").mkdir()
    restoring.write_files(backup, tmp_path / "restored")

    restored = Control(tmp_path / "restored" / "control.sqlite3", now=SECOND)
    later = restoring.later_erasures(target, backup, None)
    assert 2 == restoring.erase_again(restored, later)
    assert 2 == restoring.erase_again(restored, restoring.erasures_of(tmp_path / "data" / "control.sqlite3"))

    assert ["/early", "/late"] == [erasure.selection.value for erasure in erasures.waiting(restored)]
    restored.close()
    assert [] == restoring.later_erasures(target, restoring.newest(target, None), None)


def test_a_control_file_before_erasures_has_none(tmp_path):
    (tmp_path / "empty").touch()
    (tmp_path / "broken").write_text("not a database, and longer than a header of SQLite would be" * 9)

    assert [] == restoring.erasures_of(tmp_path / "empty")
    with pytest.raises(BackupError, match="can't be read"):
        restoring.erasures_of(tmp_path / "broken")


def test_the_backup_that_is_named_is_opened(control, database, target, tmp_path):
    with pytest.raises(BackupError, match="There is no complete backup in"):
        restoring.newest(target, None)
    name = back_up(control, database, target, tmp_path)
    with pytest.raises(BackupError, match=f"There is no complete backup x. There are: {name}"):
        restoring.newest(target, None, name="x")

    assert name == restoring.newest(target, None, name=name).name


def test_an_encrypted_backup_needs_its_passphrase(control, database, target, tmp_path):
    passphrase = "correct horse battery"
    back_up(control, database, target, tmp_path, passphrase=passphrase)
    with pytest.raises(BackupError, match=r"is encrypted. Name the file of its passphrase"):
        restoring.newest(target, None)
    backup = restoring.newest(target, passphrase)

    assert backup.control().startswith(b"SQLite format 3")
    assert ["control.sqlite3", "homes.key"] == sorted(name for name, _ in backup.kept_files())


def test_a_name_that_leaves_the_directory_is_refused(tmp_path, target):
    content = manifest.encoded(manifest.Manifest(1, "0", 0, 1, 1, False, {}, [manifest.described("../evil", b"")]))
    target.write("20251201T031500Z", manifest.FILE, content)
    backup = Backup(target, "20251201T031500Z", None)

    with pytest.raises(BackupError, match="Don't trust this backup"):
        restoring.write_files(backup, tmp_path)
