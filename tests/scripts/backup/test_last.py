from pathlib import Path

from scripts.backup import last


def test_the_time_of_the_last_backup_is_kept(tmp_path: Path):
    for at in (100.0, 1_790_000_000.0):
        last.note(tmp_path, at=at)

    assert 1_790_000_000.0 == last.made_at(tmp_path)


def test_without_a_backup_there_is_no_time(tmp_path: Path):
    assert last.made_at(tmp_path) is None


def test_an_unwritable_directory_does_not_fail_a_backup(tmp_path: Path):
    last.note(tmp_path / "missing", at=100.0)

    assert last.made_at(tmp_path / "missing") is None
