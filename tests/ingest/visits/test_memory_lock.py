"""Pages of a file that the kernel keeps in memory."""

import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.visits.memory_file import MemoryFile
from ingest.visits.memory_lock import MemoryLock

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports what a process has locked")


@pytest.fixture(autouse=True)
def may_lock() -> None:
    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] < 1_000_000:
        pytest.skip("this user may not lock memory")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "salts").write_bytes(b"x" * 16)
    file = os.open(tmp_path / "salts", os.O_RDWR)
    yield file
    os.close(file)


def locked_kb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmLck:")))


def test_pages_are_locked_until_they_are_released(file: int) -> None:
    before = locked_kb()
    lock = MemoryLock(file)
    while_held = locked_kb()
    lock.release()

    assert (lock.holds, True) == (False, while_held > before)
    assert before == locked_kb()


def test_an_empty_file_has_no_pages(file: int) -> None:
    os.ftruncate(file, 0)

    assert not MemoryLock(file).holds


def test_a_memory_file_is_locked_after_each_write_and_not_after_its_end(tmp_path: Path) -> None:
    before = locked_kb()
    file = MemoryFile(tmp_path / "own" / "salts", holds="salts", otherwise="-")
    (tmp_path / "own").mkdir(mode=0o700)
    file._device = (tmp_path / "own").stat().st_dev  # as if it were in memory
    assert file.write(b"a" * 16, wipe=False)
    first = locked_kb()
    assert file.write(b"b" * 16, wipe=True)
    second = locked_kb()
    file.close()

    assert (before < first, first, before) == (True, second, locked_kb())
