import os
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ingest.day import LocalDay, local_day
from ingest.salts import CARRY_OVER_S, SaltPair, Salts, memory_backed_file
from ingest.visitor import SALT_BYTES

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
