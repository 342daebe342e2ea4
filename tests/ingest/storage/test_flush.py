import contextlib
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from ingest.outcome import UNKNOWN_SITE
from ingest.storage.drop_counts import DropCount, Tally
from ingest.storage.flush import (
    CHUNK_ROWS,
    MAX_ATTEMPTS,
    Flusher,
    drops_payload,
    insert,
    read,
    record_payload,
)
from ingest.storage.frames import frame
from ingest.storage.spool import Spool, SpoolSegment, replay
from schema.days.local_day import SiteDay
from schema.records.event import Record
from schema.stores.control import Control
from schema.stores.database import Database, DatabaseError
from tests.factories import a_visit, an_event, views

ROOT = Path(__file__).parents[3]
POISON = an_event(path="/poison")


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", max_bytes=100_000_000)


def seal(spool: Spool, records: Sequence[Record] = (), drops: Sequence[DropCount] = ()) -> SpoolSegment:
    payloads = [record_payload(record) for record in records] + ([drops_payload(drops)] if drops else [])
    spool.seal(closing=tuple(payloads))
    return spool.sealed()[-1]


def paths(database: Database) -> list[str]:
    return [row[0] for row in database.query("select path from events order by path")]


def counts(database: Database) -> dict[str, int]:
    selects = {
        "events": "select count() from events",
        "visits": "select count() from visits final",
        "drops": "select sum(count) from drops",
    }
    return {table: database.query(select)[0][0] for table, select in selects.items()}


@contextlib.contextmanager
def refusing(database: Database, table: str, *, unless: str) -> Iterator[None]:
    """Have ClickHouse itself refuse rows of a table."""
    database.command(f"alter table {table} add constraint for_a_test check {unless}")
    try:
        yield
    finally:
        database.command(f"alter table {table} drop constraint for_a_test")


@contextlib.contextmanager
def busy(database: Database, table: str) -> Iterator[None]:
    """Have ClickHouse say "too many parts" to every insert."""
    database.command(f"alter table {table} modify setting parts_to_delay_insert = 1, parts_to_throw_insert = 1")
    try:
        yield
    finally:
        database.command(f"alter table {table} reset setting parts_to_delay_insert, parts_to_throw_insert")


DAY = 30_000  # far ahead, so that the retention of the table leaves it alone
DROPS = [DropCount(1, DAY, 14, "bot", 0, 3), DropCount(0, DAY, 14, "unknown_site", 0, 2)]


def test_a_segment_is_read_as_it_was_written(spool):
    records = [
        *views("/a", "/b"),
        an_event(name="Purchase", revenue_amount=Decimal("10.250"), revenue_currency="EUR", props={"plan": "é"}),
        an_event(visitor_id=2**64 - 1, visit_id=2**64 - 1),
    ]

    assert (records, DROPS, []) == read(seal(spool, records, DROPS))


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"R", id="a record of nothing"),
        pytest.param(b"R\xc1", id="a record that is none"),
        pytest.param(b"R" + msgspec.msgpack.encode([1, 2]), id="a record of something else"),
        pytest.param(b"D\xc1", id="counts that are none"),
        pytest.param(b"Z" + msgspec.msgpack.encode({"a": 1}), id="a kind of a later version"),
    ],
)
def test_a_whole_frame_that_is_not_ours_is_left_out_of_what_is_read(spool, payload):
    records = views("/a", "/b")
    spool.seal(closing=(record_payload(records[0]), payload, record_payload(records[1])))

    assert (records, [], [frame(payload)]) == read(spool.sealed()[0])


def test_what_was_flushed_is_in_clickhouse_and_no_longer_in_the_spool(database, spool):
    seal(spool, views("/a", "/b"), DROPS)
    seal(spool, views("/c"))

    assert Flusher(spool, database).flush()
    assert paths(database) == ["/a", "/b", "/c"]
    assert counts(database) == {"events": 3, "visits": 2, "drops": 5}
    assert spool.sealed() == spool.set_aside() == []


def test_an_empty_spool_is_flushed(database, spool):
    assert Flusher(spool, database).flush()


def test_a_segment_that_is_flushed_again_changes_nothing(database, spool):
    segment = seal(spool, [*views("/a", "/b"), *views("/c", start="2026-02-28 23:59")], DROPS)
    content = segment.path.read_bytes()
    for _ in range(3):
        segment.path.write_bytes(content)
        assert Flusher(spool, database).flush()

    assert counts(database) == {"events": 3, "visits": 2, "drops": 5}


def test_equal_events_in_two_segments_are_two_events(database, spool):
    record = an_event(path="/a")
    for _ in range(2):
        seal(spool, [record], DROPS)
    Flusher(spool, database).flush()

    assert counts(database) == {"events": 2, "visits": 1, "drops": 10}


@pytest.mark.parametrize("table", ["visits", "drops"])
def test_a_flush_that_broke_off_between_two_tables_is_taken_up_again(database, spool, table):
    seal(spool, views("/a", "/b"), DROPS)
    with refusing(database, table, unless="site_id > 1000000"):
        assert not Flusher(spool, database).flush()
        assert counts(database)["events"] == 2
        assert len(spool.sealed()) == 1

    assert Flusher(spool, database).flush()
    assert counts(database) == {"events": 2, "visits": 1, "drops": 5}


def test_a_flush_that_broke_off_between_two_chunks_is_taken_up_again(database, spool):
    records = [an_event(path=f"/{number}") for number in range(CHUNK_ROWS)] + [POISON]
    seal(spool, records)
    with refusing(database, "events", unless="path != '/poison'"):
        assert not Flusher(spool, database).flush()
        assert counts(database)["events"] == CHUNK_ROWS

    assert Flusher(spool, database).flush()
    assert counts(database) == {"events": CHUNK_ROWS + 1, "visits": CHUNK_ROWS + 1, "drops": 0}


def visit_states(*versions: int) -> list[Record]:
    visit = a_visit()
    return [
        an_event(
            msgspec.structs.replace(visit, version=version, pageviews=version, exit_page=f"/{version}"),
            path=f"/{version}",
        )
        for version in versions
    ]


@pytest.mark.parametrize(
    "segments",
    [
        pytest.param([[1, 2, 3]], id="in one segment"),
        pytest.param([[1], [2], [3]], id="each in its own"),
        pytest.param([[2, 3], [1]], id="the oldest last"),
    ],
)
def test_a_visit_is_kept_in_its_latest_state(database, spool, segments):
    states = dict(enumerate(visit_states(1, 2, 3), start=1))
    for versions in segments:
        seal(spool, [states[version] for version in versions])
        Flusher(spool, database).flush()

    assert [(3, 3, "/3")] == [
        tuple(row) for row in database.query("select version, pageviews, exit_page from visits final")
    ]


def test_a_torn_segment_gives_what_stands_before_the_tear(database, spool):
    segment = seal(spool, [an_event(path="/a"), an_event(path="/b")])
    segment.path.write_bytes(segment.path.read_bytes()[:-3])

    assert Flusher(spool, database).flush()
    assert paths(database) == ["/a"]


def test_a_segment_without_a_whole_frame_is_discarded(database, spool):
    segment = seal(spool, [an_event()])
    segment.path.write_bytes(b"")

    assert Flusher(spool, database).flush()
    assert spool.sealed() == spool.set_aside() == []


def test_a_frame_that_cannot_be_decoded_is_set_aside_and_the_others_go_in(database, spool, caplog):
    spool.seal(closing=(record_payload(an_event(path="/a")), b"R\xc1", record_payload(an_event(path="/b"))))
    name = spool.sealed()[0].name

    assert Flusher(spool, database).flush()
    assert ["/a", "/b"] == paths(database)
    assert [] == spool.sealed()
    assert [(f"{name}-damaged", [b"R\xc1"])] == [(left.name, list(left.payloads())) for left in spool.set_aside()]
    assert "at least 1 event is missing" in caplog.text


def test_a_flipped_byte_costs_one_event_and_what_is_left_of_it_is_kept(database, spool, caplog):
    records = [an_event(path=f"/{number}") for number in range(9)]
    segment = seal(spool, records)
    content = bytearray(segment.path.read_bytes())
    content[content.index(b"/4")] ^= 1
    segment.path.write_bytes(content)

    assert Flusher(spool, database).flush()
    assert [f"/{number}" for number in range(9) if number != 4] == paths(database)
    (left,) = spool.set_aside()
    assert len(frame(record_payload(records[4]))) == left.path.stat().st_size
    assert left.path.name in caplog.text


def test_what_is_left_of_a_segment_can_be_replayed_and_is_set_aside_again_under_the_same_name(database, spool):
    spool.seal(closing=(b"R\xc1",))
    Flusher(spool, database).flush()
    (left,) = spool.set_aside()
    replay(left)
    assert [True] == [segment.is_replay for segment in spool.sealed()]
    Flusher(spool, database).flush()

    assert [left.name] == [segment.name for segment in spool.set_aside()]


def test_a_segment_that_was_refused_is_replayed_without_doubling_what_went_in(database, spool):
    seal(spool, [*views("/a", "/b"), POISON])
    with refusing(database, "visits", unless="entry_page != '/poison'"):
        flushes(Flusher(spool, database), MAX_ATTEMPTS)
    assert ["/a", "/b", "/poison"] == paths(database)
    (refused,) = spool.set_aside()
    replay(refused)

    assert Flusher(spool, database).flush()
    assert ["/a", "/b", "/poison"] == paths(database)
    assert {"events": 3, "visits": 2, "drops": 0} == counts(database)
    assert [] == spool.set_aside()


_SCROLLED = a_visit(version=1)
ENGAGEMENTS = [
    an_event(_SCROLLED, name="engagement", position=1, scroll_depth=depth, engagement_ms=900) for depth in (20, 20, 60)
]


def left_by_another_process(spool: Spool, records: Sequence[Record], drops: Sequence[DropCount] = ()) -> SpoolSegment:
    """Return a segment as a power cut leaves it: whether it was flushed is not known."""
    segment = seal(spool, records, drops)
    segment.path.rename(segment.path.with_name("00000000000000000001-0badcafe.segment"))
    (segment,) = spool.sealed()
    return segment


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(slice(0, 0), id="no row is stored"),
        pytest.param(slice(0, 2), id="the rows of one month are stored"),
        pytest.param(slice(0, None), id="every row is stored"),
    ],
)
def test_after_a_power_cut_only_what_is_missing_goes_in(database, spool, stored):
    records = [*views("/a", "/b", start="2096-02-29 23:59"), *views("/c", start="2096-03-01 00:00"), *ENGAGEMENTS]
    left_by_another_process(spool, records)
    if records[stored]:
        insert(database, records[stored], [], token="before-the-cut")

    assert Flusher(spool, database).flush()
    assert sorted([record.event.path for record in records]) == paths(database)
    assert {"events": 6, "visits": 3, "drops": 0} == counts(database)


@pytest.mark.parametrize(
    ("closed", "stored"),
    [
        pytest.param([], ["/a", "/b"], id="days that were never closed"),
        pytest.param([(1, date(2026, 3, 10))], ["/b"], id="one of them closed"),
        pytest.param([(2, date(2026, 3, 10))], ["/a", "/b"], id="one of another site"),
    ],
)
def test_a_replay_leaves_out_the_events_of_closed_days(database, spool, caplog, closed, stored):
    """Their rows have other numbers, so nobody can say whether they are stored."""
    left_by_another_process(spool, [*views("/a", start="2026-03-10 12:00"), *views("/b", start="2026-03-11 12:00")])

    assert Flusher(spool, database, was_closed=set(closed).__contains__).flush()
    assert stored == paths(database)
    assert [f"{2 - len(stored)} events were not stored"] * (2 - len(stored)) == [text[:24] for text in caplog.messages]


def test_new_events_of_a_closed_day_are_stored(database, spool):
    seal(spool, views("/a"))

    assert Flusher(spool, database, was_closed=lambda _day: True).flush()
    assert ["/a"] == paths(database)


FLUSH = """
import sys
from pathlib import Path
from ingest.storage.flush import Flusher
from ingest.storage.spool import Spool
from schema.stores.database import Database
from schema.stores.migrate import migrate_clickhouse
directory = Path(sys.argv[1])
database = Database(f"chdb://{directory / 'clickhouse'}")
migrate_clickhouse(database, now=0)
assert Flusher(Spool(directory / "spool", max_bytes=1_000_000), database).flush()
print(database.query("select count() from events")[0][0], database.query("select count() from visits final")[0][0])
"""


def test_rows_that_a_power_cut_took_go_in_again_though_their_tokens_are_noted(tmp_path, spool):
    """The engine keeps its notes apart from its rows, and syncs them at other times."""

    def flush() -> str:
        command = [sys.executable, "-c", FLUSH, str(tmp_path)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    segment = left_by_another_process(spool, views("/a", "/b", start="2096-02-29 12:00"))
    content = segment.path.read_bytes()
    assert "2 1\n" == flush()
    parts = list((tmp_path / "clickhouse" / "store").glob("*/*/209602_*"))
    for part in parts:
        shutil.rmtree(part)
    segment.path.write_bytes(content)

    assert len(parts) == 2
    assert "2 1\n" == flush()


def test_a_segment_of_this_process_trusts_its_token_alone(database, spool):
    record = an_event(path="/a")
    insert(database, [record], [], token="another segment")
    seal(spool, [record])
    Flusher(spool, database).flush()

    assert ["/a", "/a"] == paths(database)


def flushes(flusher: Flusher, times: int) -> list[bool]:
    return [flusher.flush() for _ in range(times)]


def test_a_segment_that_clickhouse_refuses_is_set_aside_and_later_ones_go_in(database, spool, caplog):
    poison = seal(spool, [POISON])
    seal(spool, views("/a"))
    with refusing(database, "events", unless="path != '/poison'"):
        seen = flushes(Flusher(spool, database), MAX_ATTEMPTS)

    assert seen == [False] * (MAX_ATTEMPTS - 1) + [True]
    assert paths(database) == ["/a"]
    assert [poison.name] == [segment.name for segment in spool.set_aside()]
    assert poison.name in caplog.text


def test_a_segment_that_the_driver_refuses_is_set_aside_too(database, spool):
    seal(spool, [an_event(position=2**40)])  # more than the column holds
    seal(spool, views("/a"))
    flushes(Flusher(spool, database), MAX_ATTEMPTS)

    assert paths(database) == ["/a"]
    assert len(spool.set_aside()) == 1


def test_a_refused_segment_is_kept_whole(database, spool):
    records = [POISON, an_event()]
    seal(spool, records)
    with refusing(database, "events", unless="path != '/poison'"):
        flushes(Flusher(spool, database), MAX_ATTEMPTS)

    assert (records, [], []) == read(spool.set_aside()[0])


def test_a_clickhouse_that_is_busy_gets_all_the_time_it_needs(database, spool):
    insert(database, [an_event(path="/before")], [], token="before")  # one part is too many from now on
    seal(spool, [an_event(path="/a")])
    flusher = Flusher(spool, database)
    with busy(database, "events"):
        assert not any(flushes(flusher, 2 * MAX_ATTEMPTS))
        assert paths(database) == ["/before"]

    assert flusher.flush()
    assert spool.set_aside() == []
    assert paths(database) == ["/a", "/before"]


def test_a_busy_clickhouse_answers_with_the_code_that_says_so(database):
    insert(database, [an_event()], [], token="first")
    with busy(database, "events"), pytest.raises(DatabaseError) as caught:
        insert(database, [an_event()], [], token="second")

    assert caught.value.code == 252


def test_without_clickhouse_segments_wait(spool):
    seal(spool, views("/a"))
    nobody = Database("clickhouse://127.0.0.1:1/sillage")  # a port that nobody listens on

    assert not any(flushes(Flusher(spool, nobody), MAX_ATTEMPTS + 1))
    assert len(spool.sealed()) == 1
    assert spool.set_aside() == []


def test_flushing_makes_room_in_the_spool(database, tmp_path):
    spool = Spool(tmp_path / "spool", max_bytes=10)
    seal(spool, views("/a"))
    before = spool.is_full
    Flusher(spool, database).flush()

    assert [True, False] == [before, spool.is_full]


def test_the_thread_flushes_what_is_sealed_and_tells_when_nothing_is_left(database, spool):
    is_empty = threading.Event()
    flusher = Flusher(spool, database, after=is_empty.set)
    flusher.start()
    seal(spool, views("/a"))
    flusher.wake()
    is_empty.wait()
    flusher.stop()

    assert paths(database) == ["/a"]


def test_stopping_flushes_what_was_sealed_while_a_flush_was_under_way(database, spool):
    is_told = threading.Event()

    def seal_another_and_stop() -> None:
        if not is_told.is_set():
            seal(spool, views("/late"))
            with contextlib.suppress(RuntimeError):  # a thread can't wait for its own end, but it has been told
                flusher.stop()
            is_told.set()

    flusher = Flusher(spool, database, after=seal_another_and_stop)
    seal(spool, views("/a"))
    flusher.start()
    flusher.wake()
    is_told.wait()
    flusher.stop()

    assert paths(database) == ["/a", "/late"]


def test_the_thread_outlives_what_nobody_foresaw(database, spool, caplog):
    seal(spool, views("/a"))
    has_failed = threading.Event()

    def fail() -> None:
        has_failed.set()
        raise ZeroDivisionError

    flusher = Flusher(spool, database, after=fail)
    flusher.start()
    flusher.wake()
    has_failed.wait()
    seal(spool, views("/b"))
    flusher.stop()

    assert paths(database) == ["/a", "/b"]
    assert "ZeroDivisionError" in caplog.text


def test_days_are_told_before_their_rows_are_in(spool, database):
    """Of the event, and of the start of its visit, which a late segment may touch."""
    told: list[tuple[set[SiteDay], int]] = []

    @contextlib.contextmanager
    def changing(days: Iterable[SiteDay]) -> Iterator[None]:
        told.append((set(days), counts(database)["events"]))
        yield
        told.append((set(), counts(database)["events"]))

    visit = a_visit(site_id=3, start="2026-03-10 22:50")
    seal(spool, [an_event(visit, time="2026-03-10 23:05")])
    Flusher(spool, database, changing=changing).flush()

    assert told == [({(3, date(2026, 3, 10)), (3, date(2026, 3, 11))}, 0), (set(), 1)]


def test_a_segment_waits_while_the_control_file_cannot_be_written(database, spool, tmp_path):
    """What is noted there before rows are written is not theirs to be refused for."""
    control = Control(tmp_path / "control.sqlite3", now=time.time())

    @contextlib.contextmanager
    def noted(_days: object) -> Iterator[None]:
        with control.write() as connection:
            connection.execute("create table if not exists noted (day text) strict")
        yield

    seal(spool, views("/a"))
    flusher = Flusher(spool, database, changing=noted)
    control.rows("pragma query_only = 1")
    assert not any(flushes(flusher, 2 * MAX_ATTEMPTS))
    control.rows("pragma query_only = 0")

    assert flusher.flush()
    assert ["/a"] == paths(database)
    assert [] == spool.set_aside()


def test_a_sealed_segment_takes_the_drop_counts_along(database, spool):
    tally, flusher = Tally(), Flusher(spool, database)
    tally.add(UNKNOWN_SITE, now=0, zone=None, count=3)
    flusher.seal(tally)

    assert [] == tally.take()
    assert [3] == [row.count for segment in spool.sealed() for row in read(segment).drops]


def test_drop_counts_that_cannot_be_written_are_kept(database, spool, tmp_path):
    tally, flusher = Tally(), Flusher(spool, database)
    tally.add(UNKNOWN_SITE, now=0, zone=None, count=3)
    shutil.rmtree(tmp_path / "spool")
    flusher.seal(tally)

    assert [3] == [row.count for row in tally.take()]
