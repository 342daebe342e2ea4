import os

import pytest

from schema.stores.disk import sync


@pytest.mark.parametrize("is_directory", [False, True], ids=["a file", "a directory"])
def test_a_path_is_synced_and_closed(tmp_path, monkeypatch, is_directory):
    path = tmp_path if is_directory else tmp_path / "file"
    if not is_directory:
        path.touch()
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    sync(path)

    assert len(synced) == 1
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(synced[0])


def test_a_path_that_is_missing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        sync(tmp_path / "file")
