import os
import tempfile

import pytest

from scripts.config.loading import ConfigError
from scripts.server.data_directory import DataDirectory


def test_a_second_server_is_rejected_with_the_process_that_uses_the_directory(tmp_path):
    directory = DataDirectory(tmp_path)

    with pytest.raises(ConfigError, match=str(os.getpid())):
        DataDirectory(tmp_path)
    directory.release()


def test_a_directory_that_was_released_can_be_used_again(tmp_path):
    DataDirectory(tmp_path).release()
    DataDirectory(tmp_path).release()


def test_temporary_files_are_in_the_directory_and_go_with_the_server(tmp_path):
    directory = DataDirectory(tmp_path)
    with tempfile.NamedTemporaryFile(delete=False) as file:
        assert file.name.startswith(str(tmp_path / "tmp"))
    assert 0o700 == (tmp_path / "tmp").stat().st_mode & 0o777

    directory.release()
    assert not (tmp_path / "tmp").exists()
    assert tempfile.tempdir is None


def test_what_a_crash_left_behind_is_removed(tmp_path):
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / "left").touch()
    directory = DataDirectory(tmp_path)

    assert [] == list((tmp_path / "tmp").iterdir())
    directory.release()
