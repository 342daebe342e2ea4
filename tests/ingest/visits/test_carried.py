import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from ingest.visits.carried import CarriedVisits
from ingest.visits.live_visits import TIMEOUT_S, Visits, new_visit
from schema.records.visit import Attributes, Visit
from tests.factories import an_event

SITE, OLD, NEW, START, TODAY = 1, 111, 2**64 - 1, 1_780_000_000, 20_000
ENTRY_BYTES = 24


@pytest.fixture
def file(tmp_path: Path) -> Path:
    directory = tmp_path / "salts"
    directory.mkdir(mode=0o700)
    return directory / "carried"


def a_visit(visitor_id: int = OLD, *, start: int = START, day: int = TODAY) -> Visit:
    return new_visit(
        replace(an_event().event, day=day, time=start, expires=day + 761),
        site_id=SITE,
        visitor_id=visitor_id,
        visit_id=visitor_id * 7,
        attributes=Attributes(),
    )


def carrying(file: Path | None, visit: Visit) -> Visits:
    """Return visits in which one was carried over midnight."""
    visits = Visits(carried=CarriedVisits(file))
    visits.begin(visit)
    assert visit is find(visits, NEW, previous_id=OLD)
    return visits


def find(
    visits: Visits, visitor_id: int, *, previous_id: int | None = None, now: int = START + 60, today: int = TODAY + 1
) -> Visit | None:
    return visits.find(SITE, visitor_id, previous_id=previous_id, now=now, today=today)


def restarted(file: Path | None, *visits: Visit, now: int = START + 120) -> Visits:
    again = Visits(carried=CarriedVisits(file))
    again.restore(visits, now=now)
    return again


def test_a_carried_visit_is_found_by_the_new_number_after_a_restart_and_after_another(file):
    visit = a_visit()
    carrying(file, visit)

    assert visit is find(restarted(file, visit), NEW)
    assert visit is find(restarted(file, visit), NEW)
    assert find(restarted(file, visit), OLD) is None


def test_without_a_file_it_is_not(file):
    visit = a_visit()
    carrying(None, visit)

    assert find(restarted(None, visit), NEW) is None
    assert find(restarted(file, visit), NEW) is None


def test_a_visit_that_was_not_carried_keeps_its_number_over_a_restart(file):
    visit, other = a_visit(), a_visit(222)
    carrying(file, visit)
    again = restarted(file, visit, other)

    assert other is find(again, 222)
    assert visit is find(again, NEW)


def test_the_file_is_its_owners_alone(file):
    carrying(file, a_visit())

    assert (0o600, ENTRY_BYTES) == (file.stat().st_mode & 0o777, file.stat().st_size)


def end(visits: Visits) -> None:
    visits.sweep(START + 61 + TIMEOUT_S)


def drop_site(visits: Visits) -> None:
    visits.drop_site(SITE)


def drop_visitor(visits: Visits) -> None:
    visits.drop_visitor(SITE, [NEW, OLD, NEW])


def begin_another(visits: Visits) -> None:
    visits.begin(a_visit(NEW, start=START + 7200))


@pytest.mark.parametrize("forget", [end, drop_site, drop_visitor, begin_another])
def test_a_visit_that_is_forgotten_is_overwritten_where_it_lay(file, forget):
    visit = a_visit()
    visits = carrying(file, visit)
    with file.open("rb") as old:
        forget(visits)
        visits.sweep(START + 61)

        assert set(old.read()) <= {0}
    assert file.read_bytes() == b""
    assert find(restarted(file, visit), NEW) is None


def test_a_visit_that_lives_stays_in_the_file(file):
    visit = a_visit()
    visits = carrying(file, visit)
    visits.sweep(START + 60 + TIMEOUT_S)

    assert visit is find(restarted(file, visit), NEW)


def test_a_visit_let_go_for_want_of_room_is_removed(file):
    visit = a_visit()
    visits = Visits(capacity=1, carried=CarriedVisits(file))
    visits.begin(visit)
    find(visits, NEW, previous_id=OLD)
    visits.begin(a_visit(222))
    visits.sweep(START + 61)

    assert file.read_bytes() == b""


def test_what_ended_while_the_server_was_down_is_removed_and_not_found(file):
    visit = a_visit()
    carrying(file, visit)
    later = START + TIMEOUT_S + 1
    again = restarted(file, visit, now=later)
    again.sweep(later)

    assert find(again, NEW, now=later) is None
    assert file.read_bytes() == b""


@pytest.mark.parametrize(
    ("pause_s", "today"),
    [
        pytest.param(TIMEOUT_S + 1, TODAY + 1, id="it has ended"),
        pytest.param(60, TODAY + 2, id="a second midnight"),
    ],
)
def test_a_visit_is_not_carried(file, pause_s, today):
    visits = Visits(carried=CarriedVisits(file))
    visits.begin(a_visit())

    assert find(visits, NEW, previous_id=OLD, now=START + pause_s, today=today) is None
    assert not file.exists()


def remove(file: Path) -> None:
    file.unlink()


def remove_directory(file: Path) -> None:
    shutil.rmtree(file.parent)


@pytest.mark.parametrize("take_away", [remove, remove_directory])
def test_a_file_that_is_gone_is_made_again(file, take_away: Callable[[Path], None]):
    visit = a_visit()
    visits = carrying(file, visit)
    take_away(file)
    visits.sweep(START + 61)

    assert visit is find(restarted(file, visit), NEW)


def test_a_file_that_can_not_be_written_costs_no_hit_and_follows_later(file, caplog):
    visit, other = a_visit(), a_visit(222)
    visits = Visits(carried=CarriedVisits(file))
    shutil.rmtree(file.parent)
    file.parent.touch()
    visits.begin(visit)
    visits.begin(other)
    assert visit is find(visits, NEW, previous_id=OLD)
    assert other is find(visits, 333, previous_id=222)
    visits.sweep(START + 61)
    assert 1 == len(caplog.messages)
    file.parent.unlink()
    visits.sweep(START + 62)
    again = restarted(file, visit, other)

    assert [visit, other] == [find(again, NEW), find(again, 333)]
    assert caplog.messages[1:] == [f"the visits carried over midnight are saved in {file.parent} again"]


def test_a_part_of_an_entry_is_left_out(file):
    visit = a_visit()
    carrying(file, visit)
    file.write_bytes(file.read_bytes() + b"torn")

    assert visit is find(restarted(file, visit), NEW)
