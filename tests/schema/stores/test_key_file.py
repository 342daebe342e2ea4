"""A key is written once, in full and durably, and a file that was cut short is not taken for one."""

import os
from pathlib import Path

import pytest

from schema.stores import key_file
from schema.stores.key_file import KeyFileError


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(0, id="nothing"),
        pytest.param(12, id="a part"),
        pytest.param(key_file.KEY_BYTES - 1, id="all but one"),
        pytest.param(key_file.KEY_BYTES + 1, id="too much"),
    ],
)
def test_a_file_of_another_size_is_not_a_key(tmp_path: Path, size: int) -> None:
    file = tmp_path / key_file.LINKS
    file.write_bytes(b"k" * size)

    with pytest.raises(KeyFileError, match=f"{file} has {size} bytes, and a key has 32"):
        key_file.read(tmp_path, key_file.LINKS)
    assert size == len(file.read_bytes())


def test_a_file_of_the_right_size_is_a_key(tmp_path: Path) -> None:
    (tmp_path / key_file.LINKS).write_bytes(b"k" * key_file.KEY_BYTES)

    assert b"k" * key_file.KEY_BYTES == key_file.read(tmp_path, key_file.LINKS)


def test_a_new_key_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    fsync, link = os.fsync, os.link

    def noting_fsync(handle: int) -> None:
        steps.append(f"sync {'directory' if Path(f'/proc/self/fd/{handle}').resolve() == tmp_path else 'file'}")
        fsync(handle)

    def noting_link(*names: str) -> None:
        steps.append("name")
        link(*names)

    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(os, "link", noting_link)
    key = key_file.read(tmp_path, key_file.LINKS)

    assert ["sync file", "name", "sync directory"] == steps
    assert key == key_file.read(tmp_path, key_file.LINKS)
    assert 3 == len(steps)  # reading changes nothing
    assert [key_file.LINKS] == [path.name for path in tmp_path.iterdir()]
