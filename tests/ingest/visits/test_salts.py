import logging
import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import msgspec
import pytest

from ingest.visits.memory_file import memory_mounts, mount_of
from ingest.visits.salts import CARRY_OVER_S, SaltPair, Salts, memory_backed_file
from ingest.visits.visitor import SALT_BYTES
from schema.days.local_day import LocalDay, local_day

SITE, OTHER_SITE = 1, 2
PARIS, NEW_YORK = ZoneInfo("Europe/Paris"), ZoneInfo("America/New_York")
DAY_S = 86_400


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp())


NOON = instant("2026-06-01 12:00")
MIDNIGHT = instant("2026-06-02 00:00")


def salts_of(salts: Salts, now: float, *, site_id: int = SITE, zone: ZoneInfo = PARIS) -> SaltPair:
    return salts.of(site_id, local_day(now, zone), now=now)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "salts"


def test_a_salt_is_random_and_of_one_site(file):
    salts = Salts(file)
    pairs = [salts_of(salts, NOON), salts_of(salts, NOON, site_id=OTHER_SITE), salts_of(Salts(None), NOON)]

    assert len({pair.current for pair in pairs}) == 3
    assert {len(pair.current) for pair in pairs} == {SALT_BYTES}
    assert {pair.previous for pair in pairs} == {None}


def test_a_salt_lives_until_local_midnight():
    salts = Salts(None)
    first = salts_of(salts, instant("2026-06-01 00:00"))

    assert first is salts_of(salts, MIDNIGHT - 1)
    assert first.current != salts_of(salts, MIDNIGHT).current


def test_midnight_is_that_of_the_zone():
    salts = Salts(None)
    before = {
        zone: salts_of(salts, MIDNIGHT - 1, site_id=site, zone=zone) for site, zone in ((1, PARIS), (2, NEW_YORK))
    }

    assert before[PARIS] != salts_of(salts, MIDNIGHT, site_id=1, zone=PARIS)
    assert before[NEW_YORK] == salts_of(salts, MIDNIGHT, site_id=2, zone=NEW_YORK)
    assert before[NEW_YORK] != salts_of(salts, MIDNIGHT + 6 * 3600, site_id=2, zone=NEW_YORK)


@pytest.mark.parametrize(
    ("noon", "hours"),
    [
        pytest.param("2026-03-29 12:00", 23, id="clocks go forward"),
        pytest.param("2026-10-25 12:00", 25, id="clocks go back"),
    ],
)
def test_a_salt_lives_as_long_as_its_day(noon, hours):
    salts, start = Salts(None), instant(noon[:10] + " 00:00")
    first = salts_of(salts, start)

    assert first is salts_of(salts, start + hours * 3600 - 1)
    assert first.current != salts_of(salts, start + hours * 3600).current


def test_yesterdays_salt_is_there_for_thirty_minutes():
    salts = Salts(None)
    yesterday = salts_of(salts, NOON).current

    assert yesterday == salts_of(salts, MIDNIGHT).previous
    assert yesterday == salts_of(salts, MIDNIGHT + CARRY_OVER_S - 1).previous
    assert salts_of(salts, MIDNIGHT + CARRY_OVER_S).previous is None


def test_the_end_of_yesterdays_salt_leaves_todays_alone():
    salts = Salts(None)
    salts_of(salts, NOON)

    assert salts_of(salts, MIDNIGHT).current == salts_of(salts, MIDNIGHT + CARRY_OVER_S).current


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(MIDNIGHT + CARRY_OVER_S, id="half an hour into the new day"),
        pytest.param(MIDNIGHT + DAY_S, id="a day left out"),
        pytest.param(MIDNIGHT + 30 * DAY_S, id="a month left out"),
    ],
)
def test_a_salt_that_was_not_used_for_so_long_does_not_come_back(later):
    salts = Salts(None)
    old = salts_of(salts, NOON).current
    pair = salts_of(salts, later)

    assert old != pair.current
    assert pair.previous is None


def test_yesterdays_salt_is_destroyed_without_a_visitor(file):
    salts = Salts(file)
    yesterday = salts_of(salts, NOON).current
    salts_of(salts, MIDNIGHT)

    salts.destroy_expired(MIDNIGHT + CARRY_OVER_S - 1)
    assert yesterday in file.read_bytes()

    salts.destroy_expired(MIDNIGHT + CARRY_OVER_S)
    assert yesterday not in file.read_bytes()


@pytest.mark.parametrize(
    ("now", "is_kept"),
    [
        pytest.param(MIDNIGHT + 3600, True, id="the same day"),
        pytest.param(MIDNIGHT - 1, True, id="back over midnight"),
        pytest.param(MIDNIGHT - DAY_S - 1, False, id="back by more than a day: the clock was wrong before"),
    ],
)
def test_a_clock_set_back_never_brings_an_old_salt_to_life(now, is_kept):
    salts = Salts(None)
    old = salts_of(salts, NOON).current
    newest = salts_of(salts, MIDNIGHT + DAY_S // 2).current
    found = salts_of(salts, now).current

    assert old != found
    assert is_kept == (newest == found)


def test_a_clock_that_was_years_ahead_does_not_keep_a_salt_for_years():
    salts = Salts(None)
    salts_of(salts, NOON + 3650 * DAY_S)
    seen = [salts_of(salts, NOON + day * DAY_S).current for day in range(3)]

    assert len(set(seen)) == 3


def test_salts_outlive_a_restart(file):
    salts = Salts(file)
    salts_of(salts, NOON, site_id=OTHER_SITE)
    salts_of(salts, NOON)
    pair = salts_of(salts, MIDNIGHT)
    restarted = Salts(file)

    assert pair == salts_of(restarted, MIDNIGHT + 60)
    assert salts_of(restarted, MIDNIGHT, site_id=OTHER_SITE).previous is not None


def test_without_a_file_salts_end_with_the_process():
    assert salts_of(Salts(None), NOON) != salts_of(Salts(None), NOON)


def test_the_file_is_its_owners_alone(file):
    previous_mask = os.umask(0)
    try:
        salts = Salts(file)
        for now in (NOON, MIDNIGHT):
            salts_of(salts, now)
            assert file.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(previous_mask)


def test_nothing_lies_beside_the_file(file):
    salts = Salts(file)
    for now in (NOON, MIDNIGHT, MIDNIGHT + CARRY_OVER_S):
        salts_of(salts, now)

    assert [file] == list(file.parent.iterdir())


def test_an_old_salt_is_overwritten_where_it_lay(file):
    salts = Salts(file)
    yesterday = salts_of(salts, NOON).current
    with file.open("rb") as old:
        assert yesterday in old.read()
        salts_of(salts, MIDNIGHT)
        old.seek(0)

        assert set(old.read()) == {0}


def test_what_a_crash_left_beside_the_file_goes_with_the_next_salt(file):
    leftover = file.with_suffix(".new")
    leftover.write_bytes(b"half written")
    salts = Salts(file)
    pair = salts_of(salts, NOON)

    assert not leftover.exists()
    assert pair == salts_of(Salts(file), NOON)


def test_the_salts_of_a_site_that_is_gone_are_destroyed(file):
    salts = Salts(file)
    gone, stays = salts_of(salts, NOON).current, salts_of(salts, NOON, site_id=OTHER_SITE).current
    salts.keep({OTHER_SITE})

    assert gone not in file.read_bytes()
    assert stays in file.read_bytes()
    assert gone != salts_of(salts, NOON).current


def test_every_rotation_makes_a_salt_of_its_own():
    salts = Salts(None)
    pairs = [salts.of(SITE, LocalDay(day, day * DAY_S, (day + 1) * DAY_S), now=day * DAY_S) for day in range(100)]

    assert len({pair.current for pair in pairs}) == 100
    assert all(before.current == after.previous for before, after in pairwise(pairs))


def test_salts_are_never_on_the_disk_of_the_data_directory(tmp_path):
    place = memory_backed_file(tmp_path / "data")

    assert place is None or not place.is_relative_to(tmp_path)


def test_each_data_directory_has_salts_of_its_own(tmp_path):
    places = [memory_backed_file(tmp_path / name, directory=tmp_path) for name in ("one", "other", "one")]

    assert None not in places
    assert places[0] == places[2] != places[1]


def test_the_directory_of_salts_is_its_owners_alone(tmp_path):
    place = memory_backed_file(tmp_path / "data", directory=tmp_path)

    assert place is not None
    assert place.parent.stat().st_mode & 0o777 == 0o700
    assert not place.exists()


def test_a_directory_that_others_may_read_is_refused(tmp_path):
    place = memory_backed_file(tmp_path / "data", directory=tmp_path)
    assert place is not None
    place.parent.chmod(0o750)

    assert memory_backed_file(tmp_path / "data", directory=tmp_path) is None


@pytest.mark.parametrize(
    "put",
    [
        pytest.param(lambda place, _: place.touch(), id="a file"),
        pytest.param(lambda place, elsewhere: place.symlink_to(elsewhere), id="a link"),
        pytest.param(lambda place, _: place.symlink_to("nowhere"), id="a link to nowhere"),
    ],
)
def test_what_is_no_directory_is_refused(tmp_path, put):
    place = memory_backed_file(tmp_path / "data", directory=tmp_path)
    assert place is not None
    place.parent.rmdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    put(place.parent, tmp_path / "elsewhere")

    assert memory_backed_file(tmp_path / "data", directory=tmp_path) is None


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """Have the kernel refuse writes beyond a size, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Give the directory of salts, made as a server does it."""
    file = memory_backed_file(tmp_path / "data", directory=tmp_path)
    assert file is not None
    return file.parent


def take_file_away(directory: Path) -> None:
    (directory / "salts").unlink()


@pytest.mark.parametrize(
    "take_away",
    [
        pytest.param(take_file_away, id="the file"),
        pytest.param(shutil.rmtree, id="the directory"),
        pytest.param(lambda directory: directory.rename(directory.with_name("elsewhere")), id="the directory, moved"),
    ],
)
@pytest.mark.parametrize(
    "go_on",
    [
        pytest.param(lambda salts: salts_of(salts, NOON, site_id=OTHER_SITE), id="with the next salt"),
        pytest.param(lambda salts: salts.save_again(), id="without one"),
    ],
)
def test_what_is_gone_is_made_again(directory, take_away, go_on, caplog):
    salts = Salts(directory / "salts")
    pair = salts_of(salts, NOON)
    take_away(directory)
    go_on(salts)

    assert pair == salts_of(Salts(directory / "salts"), NOON)
    assert 0o700 == directory.stat().st_mode & 0o777
    assert 0o600 == (directory / "salts").stat().st_mode & 0o777
    assert [] == caplog.messages


def test_a_file_that_is_there_is_not_written_again(directory):
    salts = Salts(directory / "salts")
    salts_of(salts, NOON)
    before = (directory / "salts").stat().st_ino
    salts.save_again()

    assert before == (directory / "salts").stat().st_ino


def test_a_directory_that_was_chosen_is_made_again_too(tmp_path):
    chosen = tmp_path / "chosen"
    chosen.mkdir()
    file = memory_backed_file(tmp_path / "data", directory=chosen)
    assert file is not None
    salts = Salts(file)
    shutil.rmtree(chosen)
    pair = salts_of(salts, NOON)

    assert pair == salts_of(Salts(file), NOON)


def put_a_file(directory: Path) -> None:
    directory.write_text("")


def put_a_link(directory: Path) -> None:
    elsewhere = directory.with_name("elsewhere")
    elsewhere.mkdir(mode=0o700)
    directory.symlink_to(elsewhere)


def put_a_link_to_nowhere(directory: Path) -> None:
    directory.symlink_to(directory.with_name("nowhere"))


def put_a_directory_for_all(directory: Path) -> None:
    directory.mkdir()
    directory.chmod(0o777)


def put_a_directory_for_the_file(directory: Path) -> None:
    (directory / "salts" / "in the way").mkdir(mode=0o700, parents=True)
    directory.chmod(0o700)


def put_a_directory_for_the_new_file(directory: Path) -> None:
    (directory / "salts.new").mkdir(mode=0o700, parents=True)
    directory.chmod(0o700)


UNUSABLE = [
    pytest.param(put_a_file, id="a file in place of the directory"),
    pytest.param(put_a_link, id="a link in its place"),
    pytest.param(put_a_link_to_nowhere, id="a link to nowhere"),
    pytest.param(put_a_directory_for_all, id="one that others may change"),
    pytest.param(put_a_directory_for_the_file, id="a directory in place of the file"),
    pytest.param(put_a_directory_for_the_new_file, id="a directory in place of the new file"),
]


def contents(directory: Path) -> bytes:
    return b"".join(file.read_bytes() for file in directory.rglob("*") if file.is_file())


@pytest.mark.parametrize("put", UNUSABLE)
def test_salts_go_on_in_process_memory_and_are_written_nowhere_else(tmp_path, directory, put):
    salts = Salts(directory / "salts")
    shutil.rmtree(directory)
    put(directory)
    pair = salts_of(salts, NOON)

    assert pair is salts_of(salts, NOON + 60)
    assert pair.current == salts_of(salts, MIDNIGHT).previous
    assert pair.current not in contents(tmp_path)


@pytest.mark.parametrize("put", UNUSABLE)
def test_the_log_has_one_line_when_salts_can_not_be_saved_and_one_when_they_can(directory, put, caplog):
    salts = Salts(directory / "salts")
    shutil.rmtree(directory)
    put(directory)
    for site_id in range(1, 6):
        salts_of(salts, NOON, site_id=site_id)
        salts.save_again()
    (problem,) = caplog.messages
    directory.rename(directory.with_name("out of the way"))
    pairs = [salts_of(salts, NOON, site_id=site_id) for site_id in range(1, 6)]
    salts.save_again()
    salts.save_again()
    restarted = Salts(directory / "salts")

    assert problem.startswith(f"the salts can't be saved in {directory} (")
    assert [f"the salts are saved in {directory} again"] == caplog.messages[1:]
    assert pairs == [salts_of(restarted, NOON, site_id=site_id) for site_id in range(1, 6)]


def test_a_salt_without_room_leaves_the_others_where_they_are(directory, caplog):
    file = directory / "salts"
    salts = Salts(file)
    pair = salts_of(salts, NOON)
    with files_limited_to(file.stat().st_size + 5):
        other = salts_of(salts, NOON, site_id=OTHER_SITE)

        assert [file] == list(directory.iterdir())
        assert pair == salts_of(Salts(file), NOON)
        assert 1 == len(caplog.messages)
    salts.save_again()
    assert other == salts_of(Salts(file), NOON, site_id=OTHER_SITE)


@pytest.mark.parametrize(
    "room",
    [
        pytest.param(lambda file: file.stat().st_size - 20, id="for less than the new salts"),
        pytest.param(lambda _file: 0, id="for nothing"),
    ],
)
def test_a_salt_whose_time_has_passed_is_overwritten_without_room_for_others(directory, room):
    file = directory / "salts"
    salts = Salts(file)
    yesterday = salts_of(salts, NOON).current
    today = salts_of(salts, MIDNIGHT).current
    with file.open("rb") as old:
        with files_limited_to(room(file)):
            salts.destroy_expired(MIDNIGHT + CARRY_OVER_S)

        assert yesterday not in old.read()
    assert yesterday not in contents(directory)
    salts.save_again()
    assert today == salts_of(Salts(file), MIDNIGHT + CARRY_OVER_S).current


def test_a_salt_whose_time_has_passed_is_overwritten_in_a_directory_that_is_gone(directory):
    salts = Salts(directory / "salts")
    yesterday = salts_of(salts, NOON).current
    salts_of(salts, MIDNIGHT)
    elsewhere = directory.rename(directory.with_name("elsewhere"))
    put_a_file(directory)
    salts.destroy_expired(MIDNIGHT + CARRY_OVER_S)

    assert yesterday not in contents(elsewhere)


def test_salts_do_not_follow_their_directory_from_memory_to_a_disk(tmp_path):
    """As after an unmount: the same path is on another file system."""
    on_disk = mount_of(tmp_path) not in memory_mounts()
    chosen, disk = tmp_path / "chosen", tmp_path / "disk"
    disk.mkdir(mode=0o700)
    with TemporaryDirectory(dir="/dev/shm") as memory:
        chosen.symlink_to(memory)
        file = memory_backed_file(tmp_path / "data", directory=chosen)
        assert file is not None
        salts = Salts(file)
        pair = salts_of(salts, NOON)
        chosen.unlink()
        chosen.symlink_to(disk)
        salts.save_again()

    assert on_disk is (pair.current not in contents(disk))


def test_what_a_crash_left_beside_the_file_is_overwritten(directory):
    leftover = directory / "salts.new"
    leftover.write_bytes(b"a salt of some day")
    with leftover.open("rb") as old:
        salts_of(Salts(directory / "salts"), NOON)

        assert {0} == set(old.read())


def truncated(content: bytes) -> bytes:
    return content[:-1]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(truncated, id="truncated"),
        pytest.param(lambda content: content[:1], id="only the beginning"),
        pytest.param(lambda content: b"\0" * len(content), id="zeros"),
        pytest.param(lambda content: content + b"\0", id="with something behind it"),
        pytest.param(lambda _: b"what is this?", id="something else"),
        pytest.param(
            lambda _: msgspec.msgpack.encode({SITE: SaltPair(20_605, b"short", None, 0)}), id="salts of another length"
        ),
    ],
)
def test_a_damaged_file_is_replaced_by_new_salts(directory, damage, caplog):
    file = directory / "salts"
    before = salts_of(Salts(file), NOON)
    file.write_bytes(damaged := damage(file.read_bytes()))
    with file.open("rb") as old:
        salts = Salts(file)
        after = salts_of(salts, NOON)

        assert old.read() == b"\0" * len(damaged)
    assert before.current != after.current
    assert after == salts_of(Salts(file), NOON)
    assert [logging.WARNING] == [record.levelno for record in caplog.records]
    assert caplog.messages[0].startswith(f"the salts in {file} can't be read (")


@pytest.mark.parametrize(
    "put",
    [
        pytest.param(lambda file, _: file.mkdir(), id="a directory"),
        pytest.param(lambda file, elsewhere: file.symlink_to(elsewhere), id="a link"),
    ],
)
def test_what_is_no_file_does_not_stop_the_start(directory, put, tmp_path, caplog):
    file, elsewhere = directory / "salts", tmp_path / "elsewhere"
    elsewhere.write_bytes(b"")
    put(file, elsewhere)
    pair = salts_of(Salts(file), NOON)

    assert elsewhere.read_bytes() == b""
    assert caplog.messages[0].startswith(f"the salts in {file} can't be read (")
    assert SALT_BYTES == len(pair.current)


def test_an_empty_file_is_one_without_salts(file, caplog):
    file.touch()

    assert salts_of(Salts(file), NOON) == salts_of(Salts(file), NOON)
    assert [] == caplog.messages


def test_a_file_that_is_read_only_is_replaced(file, caplog):
    salts = Salts(file)
    pair = salts_of(salts, NOON)
    file.chmod(0o400)
    salts_of(salts, NOON, site_id=OTHER_SITE)
    file.chmod(0o400)

    assert pair == salts_of(Salts(file), NOON)
    assert [] == caplog.messages
