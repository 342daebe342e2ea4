import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import chdb
import pytest

from schema.stores.database import (
    READ_HANDLES,
    READ_LIMITS,
    ClickHouseError,
    Database,
    DatabaseError,
    DatabaseUnavailableError,
    OperationalError,
    QueryLimitError,
)
from tests.factories import store, views
from tests.schema.http_stand_in import StandIn

# Site 1's rows, 300 blocks of them, and then an error.
FAILS_MIDWAY = """
select 1 as site, number, throwIf(number = 300000)
from   numbers(1000000)
settings max_block_size = 1000
"""
FAILS_AT_ONCE = "select nothing"
MINE = "select {site:UInt8} as site, number from numbers(3)"
MEMORY_LIMIT_EXCEEDED, TIMEOUT_EXCEEDED, UNKNOWN_IDENTIFIER = 241, 159, 47


@pytest.fixture(params=["embedded", "over HTTP"])
def anywhere(request: pytest.FixtureRequest, database: Database) -> Iterator[Database]:
    """Give the embedded ClickHouse, then a server: what holds for one holds for the other."""
    if request.param == "embedded":
        yield database
        return
    server = request.getfixturevalue("stand_in")
    remote = Database(server.url)
    yield remote
    remote.close()


@pytest.fixture
def numbers(anywhere: Database) -> Iterator[str]:
    """Give the name of an empty table with one column, n."""
    anywhere.command("drop table if exists numbers_of_a_test")
    anywhere.command(
        "create table numbers_of_a_test (n UInt32) engine = MergeTree order by n"
        " settings non_replicated_deduplication_window = 100"
    )
    yield "numbers_of_a_test"
    anywhere.command("drop table numbers_of_a_test")


def rows_of(site: int) -> list[tuple[int, int]]:
    return [(site, 0), (site, 1), (site, 2)]


def at_once(count: int, ask: Callable[[int], Any]) -> list[Any]:
    """Return what `ask(number)` returns for each number, all of them asked at the same time."""
    barrier = threading.Barrier(count)

    def wait_and_ask(number: int):
        barrier.wait()
        return ask(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(wait_and_ask, range(count)))


# --- a failed query's rows ---------------------------------------------------------------------------------------


def test_a_bare_handle_gives_a_failed_query_s_rows_to_the_next_one(embedded: Path) -> None:
    """The trap that the tests below are about: without it they would prove nothing."""
    handle = chdb.connect(str(embedded))
    with pytest.raises(Exception, match="throwIf"):
        handle.query(FAILS_MIDWAY, "CSV")

    answer = handle.query("select 2", "CSV").bytes()
    handle.close()

    assert answer.startswith(b"1,0,0\n1,1,0\n")


def test_a_failed_query_s_rows_reach_no_later_query_on_any_handle(anywhere: Database) -> None:
    for _ in range(READ_HANDLES + 1):
        with pytest.raises(DatabaseError):
            anywhere.query(FAILS_MIDWAY)

    answers = at_once(READ_HANDLES, lambda number: anywhere.query(MINE, {"site": number + 2}))

    assert [rows_of(number + 2) for number in range(READ_HANDLES)] == answers


def test_a_failed_query_s_rows_reach_nobody_who_asks_at_the_same_time(anywhere: Database) -> None:
    def ask(number: int):
        if number % 2 == 0:
            with pytest.raises(DatabaseError):
                anywhere.query(FAILS_MIDWAY)
            return rows_of(number)
        return anywhere.query(MINE, {"site": number})

    for _ in range(5):
        answers = at_once(8, ask)

        assert [rows_of(number) for number in range(8)] == answers


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(FAILS_MIDWAY, id="after it has sent rows"),
        pytest.param(FAILS_AT_ONCE, id="before it has sent any"),
        pytest.param("this is no statement", id="unread"),
    ],
)
def test_a_failed_statement_spoils_no_later_one_of_the_writer(anywhere: Database, numbers: str, statement: str) -> None:
    with pytest.raises(ClickHouseError):
        anywhere.command(statement)

    anywhere.insert(numbers, {"n": [1, 2, 3]}, token="first")

    assert anywhere.query(f"select n from {numbers} order by n") == [(1,), (2,), (3,)]


# --- inserts -----------------------------------------------------------------------------------------------------


class Column(list[int]):
    """A column that can be watched going."""


def test_an_insert_leaves_nothing_of_its_columns_for_the_garbage_collector(anywhere: Database, numbers: str) -> None:
    gc.disable()  # which would find them later, and walk through all they hold
    try:
        column = Column([1, 2])
        kept = weakref.ref(column)
        anywhere.insert(numbers, {"n": column}, token="first")
        del column
        assert kept() is None
    finally:
        gc.enable()


def test_an_insert_that_repeats_its_token_changes_nothing(anywhere: Database, numbers: str) -> None:
    for _ in range(3):
        anywhere.insert(numbers, {"n": [1, 2]}, token="first")

    assert anywhere.query(f"select n from {numbers} order by n") == [(1,), (2,)]


def test_an_insert_with_a_token_of_its_own_is_stored_though_its_rows_are_the_same(
    anywhere: Database, numbers: str
) -> None:
    anywhere.insert(numbers, {"n": [1, 2]}, token="first")
    anywhere.insert(numbers, {"n": [1, 2]}, token="second")

    assert anywhere.query(f"select count() from {numbers}") == [(4,)]


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"n": [1, "two", 3]}, id="a value of the wrong type"),
        pytest.param({"n": [1, -1]}, id="a value out of range"),
        pytest.param({"m": [1]}, id="a column that is not there"),
    ],
)
def test_an_insert_that_fails_stores_nothing_and_harms_no_later_one(
    anywhere: Database, numbers: str, columns: dict[str, list[object]]
) -> None:
    with pytest.raises(ClickHouseError):
        anywhere.insert(numbers, columns, token="wrong")
    anywhere.insert(numbers, {"n": [7]}, token="right")

    assert anywhere.query(f"select n from {numbers}") == [(7,)]


def test_an_insert_whose_answer_is_lost_is_stored_once(stand_in: StandIn) -> None:
    database = Database(stand_in.url)
    database.command(
        "create table t (n UInt32) engine = MergeTree order by n settings non_replicated_deduplication_window = 9"
    )
    stand_in.lose_answers(1)
    database.insert("t", {"n": [1, 2]}, token="first")

    inserts = [statement for statement in stand_in.queries if statement.startswith("INSERT")]
    assert len(inserts) == 2
    assert database.query("select n from t order by n") == [(1,), (2,)]


# --- parameters --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("'", id="a quote"),
        pytest.param("' or 1 = 1 --", id="a way out of a quote"),
        pytest.param("\\' or 1 = 1 --", id="a way out of an escaped quote"),
        pytest.param("\\", id="a backslash"),
        pytest.param("\\N", id="the sign for null"),
        pytest.param("{text:String}", id="a parameter"),
        pytest.param("%(text)s %s", id="a parameter of another style"),
        pytest.param("a\tb\nc\rd\x00e\x08", id="control characters"),
        pytest.param("été 東京 🛶", id="beyond ASCII"),
        pytest.param("\\x27; drop table events; --\n FORMAT JSON", id="a statement"),
        pytest.param("x" * 10_000, id="ten thousand characters"),
    ],
)
def test_a_value_stays_a_value(anywhere: Database, text: str) -> None:
    assert [(text,)] == anywhere.query("select {text:String}", {"text": text})


def test_the_values_of_a_list_stay_values(anywhere: Database) -> None:
    hostile = ["a", "'", "]", "\\", "', 'b"]

    assert [(hostile,)] == anywhere.query("select {texts:Array(String)}", {"texts": hostile})


def test_a_value_that_does_not_fit_its_type_is_an_error(anywhere: Database) -> None:
    with pytest.raises(DatabaseError):
        anywhere.query("select {number:UInt8}", {"number": "1 or 1"})


# --- limits ------------------------------------------------------------------------------------------------------


def test_every_query_runs_under_the_limits(anywhere: Database) -> None:
    rows = anywhere.query(
        "select name, toUInt64(value) from system.settings where name in {names:Array(String)}",
        {"names": list(READ_LIMITS)},
    )

    assert dict([tuple(row) for row in rows]) == READ_LIMITS


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        pytest.param("select length(arrayResize([1], 1000000000))", MEMORY_LIMIT_EXCEEDED, id="memory"),
        pytest.param(
            "select count() from numbers(1000000000000) where sipHash64(number) = 1 settings max_execution_time = 0.2",
            TIMEOUT_EXCEEDED,
            id="time",
        ),
        pytest.param(FAILS_AT_ONCE, UNKNOWN_IDENTIFIER, id="no limit, but a mistake"),
    ],
)
def test_a_query_beyond_a_limit_ends_with_its_code_and_the_next_one_is_answered(
    anywhere: Database, statement: str, code: int
) -> None:
    with pytest.raises((DatabaseError, QueryLimitError)) as caught:
        anywhere.query(statement)

    assert (code in (MEMORY_LIMIT_EXCEEDED, TIMEOUT_EXCEEDED)) is isinstance(caught.value, QueryLimitError)
    assert (code, rows_of(5)) == (getattr(caught.value, "code", 0), anywhere.query(MINE, {"site": 5}))


def test_more_threads_than_handles_are_all_answered(anywhere: Database) -> None:
    answers = at_once(4 * READ_HANDLES, lambda number: anywhere.query(MINE, {"site": number}))

    assert [rows_of(number) for number in range(4 * READ_HANDLES)] == answers


def test_no_query_runs_while_commands_are_undisturbed(database: Database) -> None:
    """They wait instead."""
    with ThreadPoolExecutor(1) as threads:
        with database.undisturbed():
            answer = threads.submit(database.query, "select count() from events")
            store(database, views("/"))
            assert not answer.done()

        assert [(1,)] == [tuple(row) for row in answer.result(30)]


def test_columns_are_in_the_order_of_the_table(database: Database) -> None:
    assert ["site_id", "day", "hour", "reason", "rule", "count"] == database.columns("drops")
    assert [] == database.columns("none")


def test_a_closed_database_opens_again_for_a_late_statement(anywhere: Database) -> None:
    anywhere.query("select 1")
    anywhere.close()

    assert anywhere.query("select 1") == [(1,)]


# --- a server that is away ---------------------------------------------------------------------------------------


def test_a_server_that_went_away_and_came_back_answers_again(stand_in: StandIn) -> None:
    database = Database(stand_in.url)
    database.query("select 1")
    database.command("select 1")
    stand_in.go_away()
    for ask in (database.query, database.query, database.command, database.command):
        with pytest.raises((DatabaseUnavailableError, OperationalError)):
            ask("select 1")
    stand_in.come_back()

    assert database.query("select 1") == [(1,)]


def test_a_server_that_was_never_there_is_said_to_be_unavailable(stand_in: StandIn) -> None:
    stand_in.go_away()

    with pytest.raises(DatabaseUnavailableError, match=r"^ClickHouse does not answer at 127.0.0.1 port \d+"):
        Database(stand_in.url).query("select 1")


def test_a_wrong_password_is_refused_without_being_shown(stand_in: StandIn) -> None:
    with pytest.raises(DatabaseUnavailableError, match="Authentication failed") as caught:
        Database(stand_in.url_with("hunter2")).query("select 1")

    assert "hunter2" not in str(caught.value)


def test_a_password_is_written_in_a_url_as_urls_have_it(stand_in: StandIn) -> None:
    assert "correct%20horse@" in stand_in.url
    assert Database(stand_in.url).query("select 1") == [(1,)]


# --- where a database is -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("", id="nothing"),
        pytest.param("/var/lib/sillage", id="a path"),
        pytest.param("postgres://127.0.0.1/sillage", id="another kind of database"),
        pytest.param("http://127.0.0.1:8123", id="the protocol below"),
        pytest.param("clickhouse:///sillage", id="no host"),
    ],
)
def test_a_url_that_is_no_database_is_a_value_error(url: str) -> None:
    with pytest.raises(ValueError, match="the database must be chdb:///path or clickhouse://"):
        Database(url)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/proc/nowhere/clickhouse", id="a directory that can't be made"),
        pytest.param("/tmp/what?/clickhouse", id="a question mark"),
        pytest.param("/tmp/this&that/clickhouse", id="an ampersand"),
    ],
)
def test_a_directory_that_can_not_be_used_is_said_to_be_so(path: str) -> None:
    with pytest.raises(DatabaseUnavailableError, match=r"^ClickHouse can't be opened: .*(nowhere|what\?|this&that)"):
        Database(f"chdb://{path}")


def test_a_url_says_whether_clickhouse_is_embedded(engine: Database, stand_in: StandIn) -> None:
    assert (engine.is_embedded, Database(stand_in.url).is_embedded) == (True, False)


def opened_elsewhere(directory: Path | str) -> str:
    """Return the engine's place and cap of memory, or the error, when another process opens a directory."""
    program = """
import sys
from schema.stores.database import Database, DatabaseUnavailableError
database = Database(f"chdb://{sys.argv[1]}", memory_bytes=700_000_000)
try:
    print(*database.query(
        "select path, s.value from system.disks, system.server_settings as s where s.name = 'max_server_memory_usage'"
    )[0])
except DatabaseUnavailableError as error:
    print(error)
"""
    command = [sys.executable, "-c", program, str(directory)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("plain", id="a plain one"),
        pytest.param("it's a # and 50%20 + é", id="characters that mean something in a URL"),
    ],
)
def test_the_engine_keeps_to_its_directory_and_its_memory(tmp_path: Path, name: str) -> None:
    directory = tmp_path / name / "clickhouse"

    assert f"{directory}/ 700000000" == opened_elsewhere(directory)
    assert [name] == [place.name for place in tmp_path.iterdir()]


def test_a_directory_that_another_process_has_open_is_refused(embedded: Path) -> None:
    assert opened_elsewhere(str(embedded)).startswith("ClickHouse can't be opened: ")


def test_a_part_that_cannot_be_read_is_named_with_where_it_is(tmp_path: Path) -> None:
    program = """
import sys
from schema.stores.database import Database
database = Database(f"chdb://{sys.argv[1]}")
database.command("create table if not exists t (a UInt32) engine = MergeTree order by a")
for problem in map(str, database.damaged_parts()):
    print(problem)
database.insert("t", {"a": [1, 2]}, token="")
"""

    def opened() -> str:
        command = [sys.executable, "-c", program, str(tmp_path / "clickhouse")]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    first, second = opened(), opened()
    (part,) = (tmp_path / "clickhouse" / "store").glob("*/*/all_1_1_0")
    (part / "data.bin").write_bytes(b"")
    damaged = opened()

    assert ("", "") == (first, second)
    assert damaged == (
        "ClickHouse found a damaged part of the table t and runs without it. Numbers may be missing. Restore the data "
        f"directory from a backup, or accept the loss and delete the broken parts in {part.parent}/detached.\n"
    )
