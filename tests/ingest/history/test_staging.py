import pytest

from ingest.history.past_event import PastEvent
from ingest.history.staging import Staging, sweep
from schema.records.event import NO_SCROLL_DEPTH
from schema.records.visit import Attributes


def an_event(time: int) -> PastEvent:
    return PastEvent(
        day=20_000,
        time=time,
        visitor_id=7,
        previous_id=6,
        name="pageview",
        hostname="example.org",
        path="/",
        props={"plan": "pro"},
        interactive=True,
        scroll_depth=NO_SCROLL_DEPTH,
        engagement_ms=0,
        revenue_amount=None,
        revenue_currency="",
        attributes=Attributes(),
    )


@pytest.fixture
def staging(tmp_path):
    staging = Staging(tmp_path)
    for line, time in [(1, 30), (2, 10), (3, 30), (4, 20)]:
        staging.add(line, an_event(time))
    staging.reject(5, "no time")
    staging.reject(6, "no name")
    staging.complete(days=[20_001, 20_000])
    yield staging
    staging.close()


def test_events_come_back_in_order_of_time_and_then_of_lines(staging):
    assert [(2, an_event(10)), (4, an_event(20)), (1, an_event(30)), (3, an_event(30))] == list(staging.events())
    assert staging.count() == 4


def test_days_come_back_in_order(staging):
    assert [20_000, 20_001] == staging.days()


@pytest.mark.parametrize(
    ("most", "problems"), [(1, [(5, "no time")]), (9, [(5, "no time"), (6, "no name")])], ids=["the first", "all"]
)
def test_rejected_lines_are_counted_and_the_first_are_named(staging, most, problems):
    assert (2, problems) == staging.rejected(most)


def test_a_file_that_was_kept_is_resumed_with_the_same_seed(staging, tmp_path):
    staging.keep("import-1")
    seed, events = staging.seed, list(staging.events())
    staging.close()

    later = Staging(tmp_path)
    assert later.resume("import-1")
    assert (seed, events) == (later.seed, list(later.events()))
    later.close()
    assert [tmp_path / "import-1"] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda file: file.unlink(), id="a file that is gone"),
        pytest.param(lambda file: file.write_bytes(b""), id="an empty file"),
        pytest.param(lambda file: file.write_bytes(file.read_bytes()[:5000]), id="a file that was cut off"),
        pytest.param(lambda file: file.write_bytes(bytes(file.stat().st_size)), id="a file of zeros"),
    ],
)
def test_a_damaged_file_is_not_resumed(staging, tmp_path, damage):
    staging.keep("import-1")
    staging.close()
    damage(tmp_path / "import-1")

    later = Staging(tmp_path)
    assert not later.resume("import-1")
    later.close()


def test_a_file_without_a_name_is_deleted_when_it_is_closed(tmp_path):
    Staging(tmp_path).close()

    assert not list(tmp_path.iterdir())


def test_a_kept_file_is_there_until_it_is_deleted(staging, tmp_path):
    staging.keep("import-1")
    assert [tmp_path / "import-1"] == list(tmp_path.iterdir())

    staging.delete()
    assert not list(tmp_path.iterdir())


def test_the_file_is_readable_by_its_owner_alone(staging, tmp_path):
    assert [0o600] == [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()]


def test_a_sweep_deletes_only_what_is_unfinished(tmp_path):
    directory = tmp_path / "imports"
    sweep(directory)
    (directory / "kept").touch()
    (directory / "0123.part").touch()
    sweep(directory)

    assert [directory / "kept"] == list(directory.iterdir())
    assert directory.stat().st_mode & 0o777 == 0o700
