"""A directory of backups: what is complete, and what is removed."""

import pytest

from scripts.backup import manifest, targets
from scripts.backup.manifest import BackupError
from scripts.backup.targets import Directory

NAMES = [f"2026113{day}T000000Z" for day in range(5)]
INCOMPLETE = NAMES[2]


@pytest.fixture
def target(tmp_path):
    target = Directory(tmp_path / "backups")
    for name in NAMES:
        target.write(name, "control.sqlite3", b"control")
        if name != INCOMPLETE:
            target.write(name, manifest.FILE, b"{}")
    (tmp_path / "backups" / "README").touch()
    return target


def test_a_backup_without_a_manifest_is_not_complete(target):
    assert NAMES == target.names()
    assert [name for name in NAMES if name != INCOMPLETE] == targets.complete(target)


@pytest.mark.parametrize(
    ("keep", "removed"),
    [
        pytest.param(9, [], id="enough room"),
        pytest.param(3, [0, 2], id="the oldest, and an incomplete one"),
        pytest.param(1, [0, 1, 2, 3], id="all but one"),
    ],
)
def test_the_newest_complete_backups_are_kept(target, keep, removed):
    if keep == 9:
        removed = [2]

    assert [NAMES[number] for number in removed] == targets.superfluous(target, keep=keep)


def test_an_incomplete_backup_that_is_the_newest_may_still_be_written(target):
    target.write("20261201T000000Z", "control.sqlite3", b"control")

    assert "20261201T000000Z" not in targets.superfluous(target, keep=1)


def test_files_are_private_and_never_overwritten(target, tmp_path):
    assert 0o700 == (tmp_path / "backups" / NAMES[0]).stat().st_mode & 0o777
    with pytest.raises(BackupError, match="can't be written: File exists"):
        target.write(NAMES[0], manifest.FILE, b"other")
    assert b"{}" == target.read(NAMES[0], manifest.FILE)


def test_a_removed_backup_is_gone(target):
    target.remove(NAMES[0])

    assert NAMES[1:] == target.names()
    with pytest.raises(BackupError, match="can't be read"):
        target.read(NAMES[0], manifest.FILE)
    with pytest.raises(BackupError, match="can't be removed"):
        target.remove(NAMES[0])


def test_where_nothing_was_written_there_are_none(tmp_path):
    assert [] == Directory(tmp_path / "missing").names()
    (tmp_path / "file").touch()
    with pytest.raises(BackupError, match="can't be read: Not a directory"):
        Directory(tmp_path / "file").names()
