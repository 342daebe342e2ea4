import asyncio
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.storage.frames import Damaged
from ingest.storage.spool import BUSY_FRAMES, MAX_SEGMENT_FRAMES, Spool, SpoolFullError, SpoolSegment

GENEROUS_BYTES = 10_000_000
WORDS = [b"one", b"two", b"three"]

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def a_spool(directory: Path, *, max_bytes: int = GENEROUS_BYTES, sync_always: bool = False) -> Spool:
    return Spool(directory, max_bytes=max_bytes, sync_always=sync_always)


async def put(spool: Spool, *payloads: bytes) -> None:
    for payload in payloads:
        spool.append(payload)
    await spool.written()


def kept(directory: Path) -> list[bytes | Damaged]:
    """Return what a spool opened anew finds."""
    return [payload for segment in a_spool(directory).sealed() for payload in segment.payloads()]


def the_file(directory: Path) -> Path:
    (file,) = directory.iterdir()
    return file


def a_segment(path: Path, content: bytes) -> SpoolSegment:
    path.write_bytes(content)
    return SpoolSegment(path)


async def frames_of(directory: Path, *payloads: bytes) -> bytes:
    spool = a_spool(directory)
    await put(spool, *payloads)
    spool.close()
    (segment,) = spool.sealed()
    content = segment.path.read_bytes()
    segment.discard()
    return content


async def test_what_was_written_is_read_back_in_order(directory):
    spool = a_spool(directory)
    await put(spool, *WORDS)
    await put(spool, b"four", b"\0" * 1000)
    spool.seal()

    (segment,) = spool.sealed()
    assert [*WORDS, b"four", b"\0" * 1000] == list(segment.payloads())


async def test_payloads_of_one_turn_share_one_answer_and_one_write(directory):
    spool = a_spool(directory)
    spool.append(b"one")
    first = spool.written()
    spool.append(b"two")

    assert first is spool.written()
    assert not first.done()
    assert not list(directory.iterdir())

    await first
    assert the_file(directory).stat().st_size == 2 * 8 + len(b"onetwo")


async def test_the_answer_comes_only_after_the_write(directory):
    spool = a_spool(directory)

    async def request(payload: bytes) -> bool:
        spool.append(payload)
        await spool.written()
        return payload in the_file(directory).read_bytes()

    assert all(await asyncio.gather(*(request(b"payload %d" % number) for number in range(50))))


async def test_with_nothing_to_write_the_answer_is_there(directory):
    assert a_spool(directory).written().done()


def test_a_killed_process_leaves_what_was_answered(directory):
    script = """
import asyncio, os, signal, sys
from pathlib import Path
from ingest.storage.frames import Damaged
from ingest.storage.spool import Spool
async def main():
    spool = Spool(Path(sys.argv[1]), max_bytes=10_000_000)
    for payload in (b"one", b"two", b"three"):
        spool.append(payload)
        await spool.written()
    spool.append(b"not answered")
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    killed = subprocess.run([sys.executable, "-c", script, directory], cwd=Path(__file__).parents[3], check=False)

    assert killed.returncode == -signal.SIGKILL
    assert kept(directory) == WORDS


async def test_a_segment_is_not_seen_before_it_is_sealed(directory):
    spool = a_spool(directory)
    await put(spool, b"one")
    assert spool.sealed() == []

    spool.seal()
    assert len(spool.sealed()) == 1


async def test_a_sealed_segment_never_changes(directory):
    spool = a_spool(directory)
    await put(spool, b"one")
    spool.seal()
    (segment,) = spool.sealed()
    before = segment.path.read_bytes()
    await put(spool, b"two")
    spool.seal()

    assert before == segment.path.read_bytes()
    assert len(spool.sealed()) == 2


async def test_sealing_nothing_makes_no_segment(directory):
    spool = a_spool(directory)
    spool.seal()

    assert not list(directory.iterdir())


async def test_last_payloads_end_the_segment(directory):
    spool = a_spool(directory)
    await put(spool, b"one")
    spool.seal(closing=(b"counts",))
    spool.seal(closing=(b"more counts",))

    assert [[b"one", b"counts"], [b"more counts"]] == [list(segment.payloads()) for segment in spool.sealed()]


async def test_what_is_put_down_during_a_seal_goes_into_the_next_segment(directory):
    spool = a_spool(directory)
    await put(spool, b"one")
    spool.append(b"two")
    spool.seal()
    await spool.written()
    spool.seal()

    assert [[b"one"], [b"two"]] == [list(segment.payloads()) for segment in spool.sealed()]


async def test_a_segment_is_due_unless_it_fills_quickly_and_is_young(directory, monkeypatch):
    spool = a_spool(directory)
    seen = [spool.is_due]
    await put(spool, *([b"x"] * (BUSY_FRAMES - 1)))
    seen.append(spool.is_due)
    await put(spool, b"x")
    seen.append(spool.is_due)
    monkeypatch.setattr("ingest.storage.spool.BUSY_S", 0)
    seen.append(spool.is_due)
    assert seen == [True, True, False, True]


async def test_a_full_segment_is_sealed(directory):
    spool = a_spool(directory)
    await put(spool, *[b"x"] * (MAX_SEGMENT_FRAMES - 1))
    assert spool.sealed() == []

    await put(spool, b"y")
    await put(spool, b"z")
    (segment,) = spool.sealed()
    assert len(list(segment.payloads())) == MAX_SEGMENT_FRAMES


async def test_segments_are_named_once_and_listed_oldest_first(directory):
    spool = a_spool(directory)
    names = set()
    for number in range(50):
        await put(spool, b"%d" % number)
        spool.seal()
        names |= {segment.name for segment in spool.sealed()}

    assert len(names) == 50
    assert sorted(names) == [segment.name for segment in spool.sealed()]


async def test_closing_writes_what_waits(directory):
    spool = a_spool(directory)
    spool.append(b"one")
    answer = spool.written()
    spool.close()
    await answer

    assert kept(directory) == [b"one"]


async def test_a_discarded_segment_is_gone_and_one_set_aside_is_not_read_again(directory):
    spool = a_spool(directory)
    for payload in WORDS:
        await put(spool, payload)
        spool.seal()
    first, second, _ = spool.sealed()
    first.discard()
    place = second.set_aside()

    assert [place] == [segment.path for segment in spool.set_aside()]
    assert kept(directory) == [b"three"]
    assert list(SpoolSegment(place).payloads()) == [b"two"]


async def test_a_spool_is_full_at_its_limit_until_segments_are_flushed(directory):
    frame_bytes = 8 + 3
    spool = a_spool(directory, max_bytes=2 * frame_bytes)
    seen = []
    for payload in (b"one", b"two"):
        await put(spool, payload)
        seen.append(spool.is_full)
    spool.seal()
    seen.append(spool.is_full)
    spool.sealed()[0].discard()
    spool.measure()
    seen.append(spool.is_full)

    assert [False, True, True, False] == seen


async def test_what_waits_from_before_a_restart_counts(directory):
    await put(a_spool(directory), b"x" * 100)

    assert a_spool(directory, max_bytes=100).is_full
    assert not a_spool(directory, max_bytes=200).is_full


async def test_files_are_their_owners_alone(directory):
    previous_mask = os.umask(0)
    try:
        await put(a_spool(directory), b"one")
    finally:
        os.umask(previous_mask)

    assert directory.stat().st_mode & 0o777 == 0o700
    assert the_file(directory).stat().st_mode & 0o777 == 0o600


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """Have the kernel refuse writes beyond a size, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def open_files() -> dict[int, str]:
    """Return what this process has open: descriptor -> path."""
    # The directory is open while it is listed: its own descriptor is gone when it comes to be read.
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return {int(link.name): str(link.readlink()) for link in links}


async def test_a_write_that_fails_half_way_is_refused_and_leaves_the_rest_readable(directory):
    spool = a_spool(directory)
    await put(spool, b"one")
    with files_limited_to(11 + 20):
        with pytest.raises(SpoolFullError):
            await put(spool, b"refused" * 100)
        assert the_file(directory).stat().st_size == 11
        await put(spool, b"two")
    await put(spool, b"three")

    assert kept(directory) == WORDS


async def test_every_request_of_a_failed_turn_is_refused(directory):
    spool = a_spool(directory)
    await put(spool, b"one")
    with files_limited_to(20):
        outcomes = await asyncio.gather(*(put(spool, b"refused") for _ in range(3)), return_exceptions=True)

    assert [SpoolFullError] * 3 == [type(outcome) for outcome in outcomes]
    assert kept(directory) == [b"one"]


async def test_last_payloads_that_cannot_be_written_do_not_keep_the_segment_from_being_sealed(directory):
    spool = a_spool(directory)
    await put(spool, b"one")
    with files_limited_to(15):
        is_whole = [spool.seal(closing=(b"counts" * 100,))]
    await put(spool, b"two")
    is_whole.append(spool.seal())

    assert [[b"one"], [b"two"]] == [list(segment.payloads()) for segment in spool.sealed()]
    assert [False, True] == is_whole


async def test_a_file_that_takes_nothing_any_more_is_left_for_another(directory):
    spool = a_spool(directory)
    await put(spool, b"one")
    (broken,) = [number for number, path in open_files().items() if path == str(the_file(directory))]
    readonly = os.open(the_file(directory), os.O_RDONLY)
    os.dup2(readonly, broken)  # neither written nor truncated from now on
    os.close(readonly)
    with pytest.raises(SpoolFullError):
        await put(spool, b"refused")
    await put(spool, b"two")

    assert kept(directory) == [b"one", b"two"]


async def test_a_directory_that_is_gone_refuses(directory):
    spool = a_spool(directory)
    directory.rmdir()
    with pytest.raises(SpoolFullError):
        await put(spool, b"refused")

    directory.mkdir()
    await put(spool, b"one")
    assert kept(directory) == [b"one"]


async def test_a_spool_leaves_no_file_open(directory):
    before = open_files()
    spool = a_spool(directory, sync_always=True)
    for payload in WORDS:
        await put(spool, payload)
        await spool.sync()
        spool.seal()
    with files_limited_to(0), pytest.raises(SpoolFullError):
        await put(spool, b"refused")
    spool.close()

    assert before == open_files()


@pytest.fixture
def synced_bytes(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """Watch fdatasync: inode -> size of the file when the kernel last had brought it to the disk."""
    sizes: dict[int, int] = {}
    fdatasync = os.fdatasync

    def watched(file: int) -> None:
        before = os.fstat(file)
        fdatasync(file)
        sizes[before.st_ino] = before.st_size

    monkeypatch.setattr(os, "fdatasync", watched)
    return sizes


async def test_always_syncing_answers_only_after_the_sync(directory, synced_bytes):
    spool = a_spool(directory, sync_always=True)
    for payload in WORDS:
        await put(spool, payload)
        found = the_file(directory).stat()

        assert found.st_size == synced_bytes[found.st_ino]


@pytest.mark.parametrize(
    "meanwhile",
    [
        pytest.param(lambda spool: spool.seal(), id="the segment is sealed"),
        pytest.param(lambda spool: asyncio.ensure_future(spool.sync()), id="the timer syncs too"),
        pytest.param(lambda spool: spool.close(), id="the spool is closed"),
    ],
)
async def test_always_syncing_holds_whatever_happens_meanwhile(directory, synced_bytes, meanwhile):
    spool = a_spool(directory, sync_always=True)
    spool.append(b"one")
    answer = spool.written()
    loop = asyncio.get_running_loop()
    loop.call_soon(meanwhile, spool)
    await answer
    found = the_file(directory).stat()

    assert found.st_size == synced_bytes[found.st_ino]


@pytest.mark.parametrize("sync_always", [False, True])
async def test_who_wants_to_be_told_is_told_once_it_is_written(directory, sync_always):
    spool = a_spool(directory, sync_always=sync_always)
    told: list[BaseException | None] = []
    spool.once_written(told.append)  # nothing was put down
    spool.append(b"one")
    spool.once_written(told.append)
    assert told == []

    await spool.written()
    await asyncio.sleep(0)

    assert told == [None, None]


async def test_who_wants_to_be_told_is_told_why_it_could_not_be_written(directory):
    spool = a_spool(directory)
    told: list[BaseException | None] = []
    with files_limited_to(0):
        spool.append(b"one")
        spool.once_written(told.append)
        with pytest.raises(SpoolFullError):
            await spool.written()

    assert [SpoolFullError] == [type(error) for error in told]


async def test_who_gives_up_waiting_keeps_nobody_else_from_being_told(directory):
    spool = a_spool(directory)
    told: list[BaseException | None] = []
    spool.append(b"one")
    spool.once_written(told.append)
    spool.written().cancel()
    await asyncio.sleep(0)

    assert told == [None]
    assert kept(directory) == [b"one"]


async def test_a_full_segment_is_synced_before_the_answer_too(directory, synced_bytes):
    spool = a_spool(directory, sync_always=True)
    await put(spool, *[b"x"] * MAX_SEGMENT_FRAMES)
    found = the_file(directory).stat()

    assert found.st_size == synced_bytes[found.st_ino]


async def test_otherwise_the_timer_syncs(directory, synced_bytes):
    spool = a_spool(directory)
    await put(spool, b"one")
    assert not synced_bytes

    await spool.sync()
    assert list(synced_bytes.values()) == [11]

    synced_bytes.clear()
    await spool.sync()
    assert not synced_bytes


@pytest.fixture
def synced_directories(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Watch fsync: which files a directory lists when the kernel brings it to the disk."""
    listed: list[list[str]] = []
    fsync = os.fsync

    def watched(file: int) -> None:
        listed.append(sorted(os.listdir(file)))
        fsync(file)

    monkeypatch.setattr(os, "fsync", watched)
    return listed


@pytest.mark.parametrize("sync_always", [False, True])
async def test_a_new_file_is_on_the_disk_with_its_name_and_the_name_is_synced_once(
    directory, synced_directories, sync_always
):
    spool = a_spool(directory, sync_always=sync_always)
    synced_directories.clear()
    for payload in WORDS:
        await put(spool, payload)
        await spool.sync()

    assert [[the_file(directory).name]] == synced_directories


async def test_a_deleted_file_is_deleted_on_the_disk_too(directory, synced_directories):
    spool = a_spool(directory)
    await put(spool, b"one")
    spool.seal()
    synced_directories.clear()
    spool.sealed()[0].discard()

    assert [[]] == synced_directories


async def test_a_segment_that_was_sealed_before_the_timer_is_synced_by_it(directory, synced_bytes):
    spool = a_spool(directory)
    await put(spool, b"one")
    spool.seal()
    await put(spool, b"two")
    await spool.sync()

    assert {file.stat().st_ino: 11 for file in directory.iterdir()} == synced_bytes


async def test_what_a_killed_process_left_is_synced_at_the_next_start(directory, synced_bytes):
    await put(a_spool(directory), b"one")
    assert {} == synced_bytes

    a_spool(directory)
    assert {the_file(directory).stat().st_ino: 11} == synced_bytes


async def test_a_closed_spool_is_on_the_disk(directory, synced_bytes):
    spool = a_spool(directory)
    spool.append(b"one")
    spool.close()

    assert {the_file(directory).stat().st_ino: 11} == synced_bytes


async def test_a_segment_of_another_process_is_a_replay_and_one_of_this_is_not(directory):
    await put(a_spool(directory), b"one")
    spool = a_spool(directory)
    await put(spool, b"two")
    spool.seal()

    assert [True, False] == [segment.is_replay for segment in spool.sealed()]


NO_ROOM = "the spool can't be written: File too large"


async def test_a_refusal_lasts_from_a_write_that_failed_to_one_that_worked(directory):
    spool = a_spool(directory)
    seen = [spool.refusal]
    with files_limited_to(5):
        with pytest.raises(SpoolFullError, match=NO_ROOM):
            await put(spool, b"refused")
        seen.append(spool.refusal)
    seen.append(spool.refusal)
    await put(spool, b"one")
    seen.append(spool.refusal)

    assert ["", NO_ROOM, NO_ROOM, ""] == seen


async def test_without_another_event_a_refusal_ends_when_the_disk_takes_as_much_again(directory):
    spool = a_spool(directory)
    with files_limited_to(5):
        with pytest.raises(SpoolFullError):
            await put(spool, b"x" * 10_000)
        spool.retry()
        assert NO_ROOM == spool.refusal
    with files_limited_to(9000):
        spool.retry()
        assert NO_ROOM == spool.refusal
    spool.retry()

    assert "" == spool.refusal
    assert [] == kept(directory)


async def test_without_a_failure_nothing_is_tried(directory):
    spool = a_spool(directory)
    with files_limited_to(5):
        spool.retry()

    assert "" == spool.refusal


async def test_last_payloads_that_fail_are_a_refusal_too(directory):
    spool = a_spool(directory)
    with files_limited_to(5):
        spool.seal(closing=(b"counts",))

    assert NO_ROOM == spool.refusal


async def test_a_disk_that_is_full_at_the_start_is_known_before_the_first_event(directory):
    with files_limited_to(5):
        spool = a_spool(directory)
        assert NO_ROOM == spool.refusal
    spool.retry()

    assert "" == spool.refusal
    assert [] == list(directory.iterdir())


async def test_a_spool_at_its_limit_refuses_until_segments_are_flushed(directory):
    spool = a_spool(directory, max_bytes=10)
    await put(spool, b"enough")
    before = spool.refusal
    spool.seal()
    for segment in spool.sealed():
        segment.discard()
    spool.measure()

    assert "spool_max_mb" in before
    assert "" == spool.refusal


async def test_a_sync_that_fails_before_the_answer_is_a_refusal(directory, monkeypatch):
    spool = a_spool(directory, sync_always=True)
    read_end, write_end = os.pipe()
    os.close(read_end)
    fdatasync = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda _file: fdatasync(write_end))  # no file: the kernel refuses
    with pytest.raises(SpoolFullError):
        await put(spool, b"one")
    spool.retry()
    before = spool.refusal
    monkeypatch.undo()
    os.close(write_end)
    spool.retry()

    assert "the spool can't be written: Invalid argument" == before
    assert "" == spool.refusal
