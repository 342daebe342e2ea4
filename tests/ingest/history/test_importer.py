"""Files of events go into ClickHouse once, whatever stops on the way."""

import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest

from ingest.history import importer as module
from ingest.history.importer import Importer
from ingest.history.turns import Turns
from ingest.storage.flush import insert, insert_missing
from schema.sites import imports, sites
from schema.sites.imports import ImportBusyError, ImportRefusedError, ImportResult
from schema.stores.control import Control
from schema.stores.database import Database

NOW = datetime(2026, 3, 12, 12, tzinfo=UTC)


class Books:
    """A site to import into, and what is in it."""

    def __init__(self, directory: Path, database: Database) -> None:
        self.control = Control(directory / "control.db", now=time.time())
        self.database = database
        self.site = sites.add(self.control, "example.org", timezone="Europe/Paris", now=time.time())
        self.directory = directory / "imports"
        self.told: list[set[tuple[int, date]]] = []
        self.importer = self.opened()

    def opened(self, *, now: datetime = NOW, is_closed: bool = False) -> Importer:
        @contextmanager
        def changing(days: Any) -> Iterator[None]:
            self.told.append(set(days))
            yield

        return Importer(
            self.control,
            self.database,
            self.directory,
            changing=changing,
            is_closed=lambda _day: is_closed,
            clock=now.timestamp,
        )

    def run(self, *events: dict[str, Any], **options: Any) -> ImportResult:
        return self.importer.run(self.site, [content(*events)], **options)

    def visits(self) -> list[tuple[Any, ...]]:
        sql = (
            "select toString(day), entry_page, exit_page, pageviews, events, duration, is_bounce, source"
            " from visits final order by start, day, entry_page, exit_page, duration"
        )
        return [tuple(row) for row in self.database.query(sql)]

    def events(self) -> list[tuple[Any, ...]]:
        return [
            tuple(row) for row in self.database.query("select name, path from events order by time, position, name")
        ]


@pytest.fixture
def books(tmp_path, database) -> Iterator[Books]:
    books = Books(tmp_path, database)
    yield books
    books.control.close()


def content(*events: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def event(time: str, path: str = "/", **changes: Any) -> dict[str, Any]:
    """Return a page view of the visitor `a`. time: of 10 March, or with a date."""
    return {
        "time": f"{time if 'T' in time else '2026-03-10T' + time}Z",
        "visitor": "a",
        "url": f"https://example.org{path}",
    } | changes


def test_events_become_visits_in_order_of_time_whatever_their_order_in_the_file(books):
    result = books.run(
        event("12:20:00", "/c"),
        event("12:00:00", "/a", referrer="https://www.google.com/"),
        event("13:00:00", "/d"),
        event("12:10:00", "/b", referrer="https://bing.com/"),
        event("12:05:00", "/other", visitor="b"),
    )

    assert (result.accepted, result.rejected, result.problems) == (5, 0, ())
    assert books.visits() == [
        ("2026-03-10", "/a", "/c", 3, 3, 1200, 0, "Google"),
        ("2026-03-10", "/other", "/other", 1, 1, 0, 1, ""),
        ("2026-03-10", "/d", "/d", 1, 1, 0, 1, ""),
    ]


def test_a_visit_goes_on_over_midnight_and_ends_at_the_next(books):
    """Midnight in Paris is at 23:00 UTC."""
    times = [
        f"2026-03-{10 + (hour // 24):02}T{hour % 24:02}:{minute}:00"
        for hour in range(22, 48)
        for minute in (10, 30, 50)
    ]
    books.run(*(event(time, "/") for time in times))

    assert [(row[0], row[3]) for row in books.visits()] == [("2026-03-10", 75), ("2026-03-12", 3)]


def test_an_import_that_broke_off_continues_although_its_first_events_are_now_too_old(books, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_EVENTS", 1)
    file = [event("12:00:00"), event("12:01:00")]

    def broken(*_arguments: Any, **_options: Any) -> None:
        raise OSError("the cable was pulled")

    with monkeypatch.context() as patch:
        patch.setattr(module, "insert", broken)
        with pytest.raises(OSError, match="cable"):
            books.run(*file)
    books.importer = books.opened(now=NOW + timedelta(days=books.site.retention_days))

    assert books.run(*file).accepted == 2


def test_bad_lines_are_told_and_the_others_taken(books):
    result = books.importer.run(
        books.site,
        [content(event("12:00:00")), b"nonsense\n", content(event("x"), event("12:01:00"))],
    )

    assert (result.accepted, result.rejected) == (2, 2)
    assert [line for line, _ in result.problems] == [2, 3]


def test_engagement_without_a_visit_is_told(books):
    engagement: dict[str, Any] = {"name": "engagement", "engagement_time": 1000}
    result = books.run(event("12:50:00", **engagement), event("12:00:00"), event("12:10:00", **engagement))

    assert (result.accepted, result.rejected) == (2, 1)
    assert result.problems == ((1, "is an engagement event without a live visit"),)
    assert [name for name, _ in books.events()] == ["pageview", "engagement"]


def test_a_file_that_was_read_in_is_not_read_in_again(books):
    first = books.run(event("12:00:00"), event("x"))
    again = books.run(event("12:00:00"), event("x"))

    assert again.is_repeated
    assert not first.is_repeated
    assert (again.id, again.accepted, again.problems) == (first.id, 1, first.problems)
    assert len(books.events()) == 1


def test_another_file_is_another_import(books):
    assert books.run(event("12:00:00")).id != books.run(event("12:01:00")).id
    assert len(books.events()) == 2


def test_an_import_id_is_of_one_file(books):
    books.run(event("12:00:00"), import_id="march")

    with pytest.raises(ImportRefusedError, match="another file was imported as march"):
        books.run(event("12:01:00"), import_id="march")
    assert books.run(event("12:00:00"), import_id="march").is_repeated


def test_an_import_id_is_of_one_site(books):
    other = sites.add(books.control, "other.example", timezone="UTC", now=time.time())
    books.run(event("12:00:00"), import_id="march")

    assert books.importer.run(other, [content(event("12:01:00"))], import_id="march").accepted == 1


def test_a_dry_run_tells_the_same_and_changes_nothing(books):
    lines = [event("12:00:00"), event("x"), event("12:50:00", name="engagement", scroll_depth=9)]
    dry = books.run(*lines, is_dry_run=True)

    assert books.events() == []
    assert list(books.directory.iterdir()) == []
    assert books.run(*lines) == dry


def test_nothing_of_an_import_stays_on_disk(books):
    books.run(event("12:00:00"))

    assert list(books.directory.iterdir()) == []


def test_a_file_that_is_none_changes_nothing(books):
    with pytest.raises(ImportRefusedError):
        books.importer.run(books.site, [content(event("12:00:00"))[:0] + b"[]"])

    assert list(books.directory.iterdir()) == []


def test_what_a_process_that_is_gone_has_left_half_read_is_deleted(books):
    (books.directory / "half.part").write_text("")
    books.opened()

    assert list(books.directory.iterdir()) == []


def test_days_are_told_before_they_change(books):
    books.run(event("12:00:00"), event("23:30:00"), event("2026-03-01T12:00:00"))

    assert books.told == [{(books.site.id, date(2026, 3, day)) for day in (1, 10, 11)}]


def history(number: int = 400) -> list[dict[str, Any]]:
    """Return visits of three days, with visitors that come back within minutes."""
    random = Random(5)
    return [
        event(
            f"2026-03-{random.randint(8, 10):02}T{random.randint(0, 23):02}:{random.randint(0, 59):02}:00",
            random.choice(["/a", "/b"]),
            visitor=str(random.randint(1, 30)),
        )
        for _ in range(number)
    ]


@pytest.mark.parametrize("is_in", [True, False], ids=["after the insert", "before the insert"])
@pytest.mark.parametrize("chunk", [1, 3, 8])
def test_an_import_that_broke_off_goes_on_where_it_was(books, monkeypatch, chunk, is_in):
    """Also where ClickHouse has a chunk and nobody took that down."""
    monkeypatch.setattr(module, "CHUNK_EVENTS", 50)
    calls: list[Any] = []

    def failing(write: Callable[..., None], *arguments: Any, **keywords: Any) -> None:
        calls.append(keywords["token"])
        if len(calls) == chunk and not is_in:
            raise OSError("gone")
        write(*arguments, **keywords)
        if len(calls) == chunk:
            raise OSError("gone")

    monkeypatch.setattr(module, "insert", partial(failing, insert))
    monkeypatch.setattr(module, "insert_missing", partial(failing, insert_missing))
    with pytest.raises(OSError, match="gone"):
        books.run(*history())
    books.importer = books.opened()  # as after a crash
    result = books.run(*history())

    assert result.accepted == 400
    assert len(calls) == 8 + 1
    assert len(books.events()) == 400
    resumed = books.visits()
    for table in ("events", "visits"):
        books.database.command(f"truncate table {table}")
    books.run(*history(), import_id="at once")
    assert books.visits() == resumed


def test_an_import_whose_preparations_are_gone_is_not_doubled(books, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_EVENTS", 1)
    calls: list[Any] = []

    def failing(*arguments: Any, **keywords: Any) -> None:
        calls.append(None)
        if len(calls) == 2:
            raise OSError
        insert(*arguments, **keywords)

    monkeypatch.setattr(module, "insert", failing)
    with pytest.raises(OSError):  # noqa: PT011
        books.run(event("12:00:00"), event("12:01:00"))
    for left in books.directory.iterdir():
        left.unlink()

    with pytest.raises(ImportRefusedError, match="can't go on without doubling"):
        books.run(event("12:00:00"), event("12:01:00"))


class Held:
    """An import in a thread, which stops where a test wants it to: while it is read, or while it is written."""

    def __init__(self, books: Books, *events: dict[str, Any], where: str = "", **options: Any) -> None:
        self._pause, self._where, self._content = Event(), where, content(*events)
        self.is_held, self.is_read = Event(), Event()
        self._pool = ThreadPoolExecutor(1)
        self._future = self._pool.submit(
            books.importer.run, books.site, self._pieces(), progress=self._progress, **options
        )

    def _pieces(self) -> Iterator[bytes]:
        self._hold("reading")
        yield self._content
        self.is_read.set()

    def _progress(self, _done: int, _total: int) -> None:
        self._hold("writing")

    def _hold(self, where: str) -> None:
        if where == self._where:
            self.is_held.set()
            self._pause.wait()

    def release(self) -> None:
        self._pause.set()

    def result(self) -> ImportResult:
        """Let it go on, and return what comes of it."""
        self.release()
        with self._pool:
            return self._future.result()


def held(books: Books, *events: dict[str, Any], where: str, **options: Any) -> Held:
    """Return an import that is held there."""
    found = Held(books, *events, where=where, **options)
    found.is_held.wait()
    return found


def test_an_import_is_read_and_written_while_another_one_is_read(books):
    slow = held(books, event("12:00:00"), where="reading")

    assert 1 == books.run(event("12:01:00")).accepted
    assert 1 == slow.result().accepted
    assert 2 == len(books.events())


def test_an_import_waits_while_another_one_is_written(books):
    first = held(books, event("12:00:00"), where="writing")
    second = Held(books, event("12:01:00"))
    second.is_read.wait()

    assert 1 == len(books.events())
    assert (1, 1) == (first.result().accepted, second.result().accepted)
    assert 2 == len(books.events())


@pytest.mark.parametrize("where", ["reading", "writing"])
def test_a_file_that_comes_twice_at_a_time_is_taken_once(books, where):
    first = held(books, event("12:00:00"), event("12:01:00"), where=where)
    second = Held(books, event("12:00:00"), event("12:01:00"))
    second.is_read.wait()
    results = [first.result(), second.result()]

    assert [2, 2] == [result.accepted for result in results]
    assert [False, True] == sorted(result.is_repeated for result in results)
    assert 2 == len(books.events())
    assert [] == list(books.directory.iterdir())


def test_an_import_id_is_of_one_file_of_two_that_come_at_a_time(books):
    first = held(books, event("12:00:00"), where="writing", import_id="march")
    second = Held(books, event("12:01:00"), import_id="march")

    assert 1 == first.result().accepted
    with pytest.raises(ImportRefusedError, match="another file was imported as march"):
        second.result()


def test_dry_runs_of_one_file_do_not_meet(books):
    first = held(books, event("12:00:00"), where="writing", is_dry_run=True)

    assert 1 == books.run(event("12:00:00"), is_dry_run=True).accepted
    assert 1 == first.result().accepted
    assert [] == list(books.directory.iterdir())


@pytest.mark.parametrize("where", ["reading", "writing"])
def test_there_are_so_many_imports_at_once(books, where):
    books.importer._turns = Turns(max_imports=2)
    first, second = held(books, event("12:00:00"), where=where), Held(books, event("12:01:00"), where="reading")
    second.is_held.wait()
    with pytest.raises(ImportBusyError, match="2 imports are running"):
        books.run(event("12:02:00"))

    assert (1, 1) == (first.result().accepted, second.result().accepted)
    assert 1 == books.run(event("12:02:00")).accepted


def test_an_import_that_fails_gives_its_turn_and_its_place_back(books):
    books.importer._turns = Turns(max_imports=1)
    books.run(event("12:00:00"), import_id="march")
    for _ in range(2):
        with pytest.raises(ImportRefusedError):
            books.run(event("12:01:00"), import_id="march")
        with pytest.raises(ImportRefusedError):
            books.importer.run(books.site, [b"[]"])

    assert 1 == books.run(event("12:01:00")).accepted


def test_a_stop_ends_imports_that_wait_and_the_one_that_is_written(books, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_EVENTS", 1)
    first = held(books, event("12:00:00"), event("12:01:00"), where="writing")
    second = Held(books, event("12:02:00"))
    second.is_read.wait()
    importer = books.importer
    with ThreadPoolExecutor(1) as pool:
        importer._turns.end()
        stopped = pool.submit(importer.stop)
        for ended in (second, first):
            with pytest.raises(ImportBusyError, match="import the same file again"):
                ended.result()
        stopped.result()

    books.importer = books.opened()
    assert 2 == books.run(event("12:00:00"), event("12:01:00")).accepted
    assert 1 == books.run(event("12:02:00")).accepted
    assert 3 == len(books.events())


def test_a_stopped_importer_takes_nothing(books):
    books.importer.stop()

    with pytest.raises(ImportBusyError, match="the server was stopped"):
        books.run(event("12:00:00"))


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def zeroed(path: Path) -> None:
    """Leave the first page, and zeros for the others, as a file system may after a power cut."""
    path.write_bytes(path.read_bytes()[:4096] + bytes(path.stat().st_size - 4096))


DAMAGES = [
    pytest.param(truncated, id="cut off"),
    pytest.param(zeroed, id="zeros"),
    pytest.param(lambda path: path.write_bytes(bytes(path.stat().st_size)), id="nothing but zeros"),
    pytest.param(lambda path: path.write_bytes(b""), id="empty"),
    pytest.param(lambda path: path.write_text("no database" * 100), id="something else"),
    pytest.param(lambda path: path.unlink(), id="gone"),
]


def broken_off(books: Books, monkeypatch: pytest.MonkeyPatch, *, written: str) -> Path:
    """Let an import break off, and return what it has kept. written: before which step, or after how many chunks."""
    monkeypatch.setattr(module, "CHUNK_EVENTS", 1)

    def gone(*_arguments: Any, **_keywords: Any) -> None:
        raise OSError("gone")

    with monkeypatch.context() as patched:
        if written == "nothing":
            patched.setattr(imports, "begin_writing", gone)
        else:
            patched.setattr(imports, "advance", gone)
        with pytest.raises(OSError, match="gone"):
            books.run(event("12:00:00"), event("12:01:00"))
    books.importer = books.opened()
    (kept,) = books.directory.iterdir()
    return kept


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_preparation_is_made_again_where_nothing_was_written(books, monkeypatch, damage):
    damage(broken_off(books, monkeypatch, written="nothing"))

    assert 2 == books.run(event("12:00:00"), event("12:01:00")).accepted
    assert 2 == len(books.events())
    assert [] == list(books.directory.iterdir())


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_preparation_is_refused_where_something_may_be_written(books, monkeypatch, damage):
    """Also where the first chunk is in ClickHouse and the control file does not know."""
    damage(broken_off(books, monkeypatch, written="a chunk"))

    for _ in range(2):
        with pytest.raises(ImportRefusedError, match="can't go on without doubling"):
            books.run(event("12:00:00"), event("12:01:00"))
    assert 1 == len(books.events())


@pytest.mark.parametrize("written", ["nothing", "a chunk"])
def test_a_preparation_that_is_whole_is_gone_on_with(books, monkeypatch, written):
    broken_off(books, monkeypatch, written=written)

    assert 2 == books.run(event("12:00:00"), event("12:01:00")).accepted
    assert 2 == len(books.events())
    assert [2] == [pageviews for _, _, _, pageviews, *_ in books.visits()]


@pytest.mark.parametrize("written", ["nothing", "a chunk"])
def test_an_import_whose_days_were_closed_since_is_refused_where_something_may_be_written(books, monkeypatch, written):
    """The stored rows have other numbers, so nobody can say which are missing."""
    broken_off(books, monkeypatch, written=written)
    books.importer = books.opened(is_closed=True)
    if written == "nothing":
        assert 2 == books.run(event("12:00:00"), event("12:01:00")).accepted
        return

    with pytest.raises(ImportRefusedError, match="its days were closed since then"):
        books.run(event("12:00:00"), event("12:01:00"))
    assert 1 == len(books.events())


@pytest.mark.parametrize(
    ("later", "days"),
    [
        pytest.param(timedelta(0), {(1, date(2026, 3, 10))}, id="that broke off today"),
        pytest.param(timedelta(days=8), set(), id="that broke off more than a week ago"),
    ],
)
def test_days_of_an_import_that_can_go_on_are_not_finished(books, monkeypatch, later, days):
    broken_off(books, monkeypatch, written="a chunk")
    books.importer = books.opened(now=datetime.now(UTC) + later)

    assert days == books.importer.unfinished_days()


def test_days_of_a_finished_import_are_finished(books):
    books.run(event("12:00:00"))

    assert set() == books.importer.unfinished_days()


def test_what_is_kept_is_on_the_disk_under_its_name_before_anything_is_written(books, monkeypatch):
    """First the content, then the name, then ClickHouse."""
    steps: list[str] = []

    def noted_sync(handle: int) -> None:
        name = Path(f"/proc/self/fd/{handle}").readlink()
        steps.append("directory" if name == books.directory else name.suffix or "kept")

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(module, "insert", lambda *_arguments, **_keywords: steps.append("insert"))
    books.run(event("12:00:00"))

    assert [".part", "directory", "insert"] == steps


def test_progress_is_told_by_chunk(books, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_EVENTS", 2)
    seen = []
    books.run(*history(5), progress=lambda done, total: seen.append((done, total)))

    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_only_the_first_problems_are_told_and_all_counted(books, monkeypatch):
    monkeypatch.setattr(module, "MAX_PROBLEMS", 2)
    result = books.run(*[event("x")] * 5)

    assert (result.rejected, [line for line, _ in result.problems]) == (5, [1, 2])


def test_what_a_visitor_is_called_is_nowhere(books, monkeypatch):
    """Neither in what waits on the disk, nor in the tables."""
    staged: list[bytes] = []

    def copied(*_: Any, **__: Any) -> None:
        staged.extend(path.read_bytes() for path in books.directory.iterdir())
        raise OSError

    monkeypatch.setattr(module, "insert", copied)
    with pytest.raises(OSError):  # noqa: PT011
        books.run(event("12:00:00", visitor="198.51.100.77"))

    assert len(staged) == 1
    assert b"198.51.100.77" not in staged[0]


def test_an_import_that_is_stopped_goes_on_later(books, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_EVENTS", 50)
    importer = books.importer

    def stop(_done: int, _total: int) -> None:
        importer._turns.end()

    with pytest.raises(ImportBusyError, match="again to resume"):
        books.run(*history(), progress=stop)
    importer.stop()
    assert len(books.events()) == 50
    books.importer = books.opened()
    assert books.run(*history()).accepted == 400
    assert len(books.events()) == 400
