"""The server that tests use instead of ClickHouse's own speaks its HTTP interface."""

import gzip
import threading
from collections.abc import Iterator, Mapping
from itertools import count

import httpx2
import lz4.frame  # type: ignore[import-untyped]
import pytest

from schema.stores import cancellation
from schema.stores.cancellation import QueryCancelledError, Ticket
from schema.stores.database import ClickHouseError, Database, DatabaseError
from tests.clickhouse.front import Front
from tests.clickhouse.server_process import PASSWORD, USER
from tests.schema.http_stand_in import Fault, StandIn

FAILS_MIDWAY = (
    "select number, throwIf(number > 300000) from numbers(500000) settings max_block_size = 1000, max_threads = 1"
)
ENDLESS = "select count() from system.numbers settings max_execution_time = 0"
_numbers = count(1)


@pytest.fixture
def client(front: Front) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"http://127.0.0.1:{front.port}", auth=(USER, PASSWORD), timeout=60) as client:
        yield client


@pytest.fixture
def remote(stand_in: StandIn) -> Iterator[Database]:
    database = Database(stand_in.url)
    database.command(
        "create table t (n UInt32) engine = MergeTree order by n settings non_replicated_deduplication_window = 9"
    )
    yield database
    database.close()


def answer(client: httpx2.Client, statement: str, **arguments: str) -> str:
    response = client.post("/", params=arguments, content=statement)
    assert response.status_code == 200, response.text
    return response.text


@pytest.mark.parametrize(
    ("statement", "arguments", "expected"),
    [
        pytest.param("select {a:UInt8} + 1", {"param_a": "3"}, "4\n", id="a parameter"),
        pytest.param("select getSetting('max_threads')", {"max_threads": "1"}, "1\n", id="a setting"),
        pytest.param("select 1", {"default_format": "JSONEachRow"}, '{"1":1}\n', id="a default format"),
        pytest.param("select 1 format CSV", {"default_format": "JSONEachRow"}, "1\n", id="a format"),
        pytest.param("select currentDatabase()", {"database": "system"}, "system\n", id="a database"),
    ],
)
def test_a_statement_comes_with_what_belongs_to_it(
    client: httpx2.Client, statement: str, arguments: Mapping[str, str], expected: str
) -> None:
    assert expected == answer(client, statement, **arguments)


def test_a_setting_is_one_of_its_request_alone(client: httpx2.Client) -> None:
    question = "select getSetting('max_result_rows')"

    assert ["7\n", "0\n"] == [answer(client, question, max_result_rows="7"), answer(client, question)]


@pytest.mark.parametrize("encoding", ["lz4", "gzip", None])
def test_an_answer_is_compressed_as_the_client_asks(client: httpx2.Client, encoding: str | None) -> None:
    request = client.build_request(
        "POST",
        "/",
        params={"enable_http_compression": "1"},
        content="select 'sillage' from numbers(100000)",
        headers={"accept-encoding": encoding or "identity"},
    )
    response = client.send(request, stream=True)
    raw = b"".join(response.iter_raw())
    plain = {"lz4": lz4.frame.decompress, "gzip": gzip.decompress, None: bytes}[encoding](raw)

    assert encoding == response.headers.get("content-encoding")
    assert 100_000 == plain.count(b"\n")
    assert (len(plain) > 1.5 * len(raw)) == (encoding is not None)


def test_rows_may_come_compressed(client: httpx2.Client) -> None:
    name = f"compressed_{next(_numbers)}"
    answer(client, f"create table {name} (n UInt32) engine = Memory")
    rows = f"INSERT INTO {name} (n) FORMAT CSV\n1\n2\n".encode()
    for encoding, body in (("lz4", lz4.frame.compress(rows)), ("gzip", gzip.compress(rows))):
        client.post("/", content=body, headers={"content-encoding": encoding}).raise_for_status()

    assert "4\n" == answer(client, f"select count() from {name}")


@pytest.mark.parametrize(
    ("statement", "status", "code"),
    [
        pytest.param("select nothing", 500, "47", id="an unknown column"),
        pytest.param("select 1 from nowhere", 404, "60", id="an unknown table"),
        pytest.param("selct 1", 500, "62", id="a syntax error"),
    ],
)
def test_an_error_before_the_answer_has_its_code(client: httpx2.Client, statement: str, status: int, code: str) -> None:
    response = client.post("/", content=statement)

    assert (status, code) == (response.status_code, response.headers["x-clickhouse-exception-code"])
    assert response.text.startswith(f"Code: {code}. DB::Exception: ")


def test_a_wrong_password_is_refused(client: httpx2.Client) -> None:
    response = client.post("/", content="select 1", auth=(USER, "hunter2"))

    assert (403, "516") == (response.status_code, response.headers["x-clickhouse-exception-code"])


def test_an_error_in_the_middle_ends_an_answer_that_began_well(client: httpx2.Client) -> None:
    received: list[bytes] = []
    with client.stream("POST", "/", content=FAILS_MIDWAY) as response, pytest.raises(httpx2.RemoteProtocolError):
        received.extend(response.iter_raw())
    body = b"".join(received)
    tag = response.headers["x-clickhouse-exception-tag"].encode()

    assert 200 == response.status_code
    assert body.startswith(b"0\t0\n1\t0\n")
    assert body.endswith(b" %s\r\n__exception__\r\n" % tag)
    assert b"__exception__\r\n%s\r\nCode: 395." % tag in body


def test_our_client_reports_an_error_in_the_middle_with_its_code(remote: Database) -> None:
    with pytest.raises(DatabaseError) as caught:
        remote.query(FAILS_MIDWAY)

    assert 395 == caught.value.code
    assert [(2,)] == remote.query("select 2")


def test_a_session_keeps_its_tables_and_settings(client: httpx2.Client) -> None:
    session, other = f"s{next(_numbers)}", f"s{next(_numbers)}"
    answer(client, "create temporary table seen (n UInt8)", session_id=session)
    answer(client, "insert into seen values (7)", session_id=session)
    missing = client.post("/", params={"session_id": other}, content="select n from seen")
    unknown = client.post("/", params={"session_id": "x", "session_check": "1"}, content="select 1")

    assert "7\n" == answer(client, "select n from seen", session_id=session)
    assert (404, "60") == (missing.status_code, missing.headers["x-clickhouse-exception-code"])
    assert (404, "372") == (unknown.status_code, unknown.headers["x-clickhouse-exception-code"])


def test_a_query_is_found_and_killed_by_its_id(client: httpx2.Client) -> None:
    answers: list[httpx2.Response] = []
    session = f"s{next(_numbers)}"
    endless = threading.Thread(
        target=lambda: answers.append(
            client.post("/", params={"query_id": "endless-1", "session_id": session}, content=ENDLESS)
        )
    )
    endless.start()
    while not answer(client, "kill query where query_id = 'endless-1' async"):
        pass
    locked_or_killed = client.post("/", params={"session_id": session}, content="select 1")
    endless.join()

    assert ["394"] == [response.headers["x-clickhouse-exception-code"] for response in answers]
    assert "endless-1" == answers[0].headers["x-clickhouse-query-id"]
    assert locked_or_killed.headers.get("x-clickhouse-exception-code") in ("373", None)


def test_our_client_stops_a_query_of_the_server(remote: Database) -> None:
    ticket = Ticket()
    raised: list[BaseException] = []

    def ask() -> None:
        with cancellation.under(ticket):
            try:
                remote.query("select count() from system.numbers")
            except QueryCancelledError as error:
                raised.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    running = "select count() from system.processes where startsWith(query, {mark:String})"
    while remote.query(running, {"mark": ticket.mark}) == [(0,)]:
        pass
    remote.cancel(ticket)
    thread.join()

    assert 1 == len(raised)


@pytest.mark.parametrize(
    ("fault", "stored"),
    [
        pytest.param(
            Fault(stores=False, error="Code: 252. DB::Exception: Too many parts. (TOO_MANY_PARTS)"), 0, id="before"
        ),
        pytest.param(Fault(stores=True, error="Code: 209. DB::Exception: Timeout. (SOCKET_TIMEOUT)"), 2, id="after"),
    ],
)
def test_an_error_comes_before_or_after_storing(stand_in: StandIn, remote: Database, fault: Fault, stored: int) -> None:
    stand_in.faults.append(fault)
    with pytest.raises(ClickHouseError):
        remote.insert("t", {"n": [1, 2]}, token="a")
    after = remote.query("select count() from t")
    remote.insert("t", {"n": [1, 2]}, token="a")

    assert [(stored,)] == after
    assert [(2,)] == remote.query("select count() from t")


def test_an_answer_that_is_cut_is_an_error_and_never_a_part_of_the_rows(stand_in: StandIn, remote: Database) -> None:
    remote.insert("t", {"n": list(range(1, 100_001))}, token="a")
    assert [(1,)] == remote.query("select 1")
    stand_in.cuts = 1
    with pytest.raises(ClickHouseError):
        remote.query("select n from t")

    assert 100_000 == len(remote.query("select n from t"))


def test_a_server_that_is_killed_comes_back_with_what_it_answered(tmp_path) -> None:
    front = Front(tmp_path / "clickhouse").start()
    database = Database(front.url("sillage"))
    database.command("create table t (n UInt32) engine = MergeTree order by n")
    database.insert("t", {"n": [1, 2]}, token="a")
    front.kill()
    with front:
        assert [(2,)] == Database(front.url("sillage")).query("select count() from t")
