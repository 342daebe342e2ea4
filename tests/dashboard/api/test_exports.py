"""Exports use little memory, even for large sites and slow clients."""

import asyncio
import io
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet
import pytest

from dashboard.api import exports
from dashboard.export import formats, rows
from dashboard.export.rows import Kind
from dashboard.export.running import AT_ONCE, Running
from schema.privacy.profile import Privacy
from schema.sites import sites
from schema.sites.keys import Scope
from schema.stores.database import DatabaseAwayError
from tests.dashboard.api.conftest import PREFIX, with_key
from tests.factories import a_visit, an_event, store

VISITS = 60


@pytest.fixture
def reader(stranger, site, database):
    """Provide a program that reads a site with some visits, all of one second."""
    records = []
    for number in range(VISITS):
        props = {"text": "x" * 1000} if number % 7 == 0 else {}
        visit = a_visit(entry_page=f"/{number}", entry_props=props)
        records += [an_event(visit, props=props), an_event(visit, path="/again", position=2)]
    store(database, records)
    return with_key(stranger, Scope.READ_STATS)


def exported(reader, kind: str, name: str) -> bytes:
    answer = reader.send("GET", f"/example.org/export/{kind}", params={"format": name})
    assert answer.status_code == 200, answer.text
    return bytes(answer.content)


def content(exported: bytes, name: str) -> Any:
    return pyarrow.parquet.read_table(io.BytesIO(exported)).to_pylist() if name == "parquet" else exported


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("name", list(formats.FORMATS))
@pytest.mark.parametrize("piece_bytes", [1, 3000, 20_000])
def test_an_export_in_small_pieces_is_the_same_file(reader, monkeypatch, kind, name, piece_bytes):
    whole = content(exported(reader, kind, name), name)
    monkeypatch.setattr(rows, "PIECE_BYTES", piece_bytes)
    monkeypatch.setattr(rows, "SPAN_ROWS", 1)
    monkeypatch.setattr(formats, "GROUP_BYTES", 1)
    monkeypatch.setattr(exports, "SLICE_BYTES", 100)

    assert whole == content(exported(reader, kind, name), name)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_piece_is_as_large_as_it_may_be_and_no_larger(reader, site, database, monkeypatch, kind):
    """Also within a second, and if some rows are far larger than others."""
    monkeypatch.setattr(rows, "PIECE_BYTES", 5000)
    spans = rows.spans(database, site, kind, first=rows.FIRST, last=rows.LAST)
    pieces = list(rows.rows(database, site, kind, spans, first=rows.FIRST, last=rows.LAST))
    sizes = [sum(rows.ROW_BYTES + len(str(row["props"])) for row in piece) for piece in pieces]

    assert 1 == len(spans)
    assert (2 if kind is Kind.EVENTS else 1) * VISITS == sum(map(len, pieces))
    assert max(sizes) < 5000 + 2000
    assert sum(sizes) / len(sizes) > 2500


class Client:
    """Requests an export from the application and reads as much as the test needs."""

    def __init__(self, reader: Any, name: str = "ndjson") -> None:
        self._app = reader.client.app
        self._headers = [(key.lower().encode(), value.encode()) for key, value in reader.headers.items()]
        self._name = name
        self.messages: list[Any] = []
        self.has_all = asyncio.Event()
        self.is_gone = asyncio.Event()
        self.has_begun = asyncio.Event()

    async def ask(self, *, takes: int) -> None:
        """Run to the end of the request. takes: how many messages, after which it takes nothing."""
        scope = {
            "type": "http",
            "method": "GET",
            "path": f"{PREFIX}/example.org/export/events",
            "query_string": f"format={self._name}".encode(),
            "headers": self._headers,
            "asgi": {"version": "3.0", "spec_version": "2.3"},
        }
        has_asked = False

        async def receive() -> Any:
            nonlocal has_asked
            if not has_asked:
                has_asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await self.is_gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if len(self.messages) >= takes:
                self.has_begun.set()
                await asyncio.Event().wait()
            self.messages.append(message)

        await self._app(scope, receive, send)


@pytest.fixture
def closed(monkeypatch) -> list[str]:
    """Provide the list of exports closed before their end."""
    ended: list[str] = []
    original = rows.rows

    def noting(*arguments: Any, **keywords: Any) -> Iterator[Any]:
        try:
            yield from original(*arguments, **keywords)
        except GeneratorExit:
            ended.append("rows")
            raise

    monkeypatch.setattr(rows, "rows", noting)
    monkeypatch.setattr(rows, "PIECE_BYTES", 1)
    monkeypatch.setattr(formats, "GROUP_BYTES", 1)
    return ended


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("name", list(formats.FORMATS))
async def test_an_export_of_a_client_that_goes_is_closed(reader, closed, name):
    client = Client(reader, name)
    asking = asyncio.create_task(client.ask(takes=2))
    await client.has_begun.wait()
    client.is_gone.set()
    await asking

    assert ["rows"] == closed


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_there_are_so_many_exports_at_once_and_others_are_told_when_to_come_back(reader):
    unread = [Client(reader) for _ in range(AT_ONCE)]
    asking = [asyncio.create_task(client.ask(takes=0)) for client in unread]
    for client in unread:
        await client.has_begun.wait()
    refused = Client(reader)
    await refused.ask(takes=2)
    unread[0].is_gone.set()
    await asking[0]
    served = Client(reader)
    await served.ask(takes=100)
    for client in unread:
        client.is_gone.set()
    await asyncio.gather(*asking)

    assert 503 == refused.messages[0]["status"]
    assert (b"retry-after", b"60") in refused.messages[0]["headers"]
    assert b"exports are under way" in refused.messages[1]["body"]
    assert 200 == served.messages[0]["status"]


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_parquet_export_takes_two_places(reader):
    unread = [Client(reader, "parquet") for _ in range(AT_ONCE // 2)]
    asking = [asyncio.create_task(client.ask(takes=0)) for client in unread]
    for client in unread:
        await client.has_begun.wait()
    refused = Client(reader)
    await refused.ask(takes=2)
    for client in unread:
        client.is_gone.set()
    await asyncio.gather(*asking)

    assert 503 == refused.messages[0]["status"]


def test_other_requests_are_answered_while_all_exports_are_busy(reader, stranger):
    stranger.provide(exports=Running(most=0))
    answer = reader.client.get(
        "/api/v1/stats/aggregate", headers=reader.headers, params={"site_id": "example.org", "period": "30d"}
    )

    assert 200 == answer.status_code
    assert "under way" in reader.refused("GET", "/example.org/export/events", status=503)


def test_an_unavailable_database_is_a_sentence_and_frees_the_export(reader, monkeypatch):
    def away(*_arguments: Any, **_keywords: Any) -> None:
        raise DatabaseAwayError("ClickHouse does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(rows, "spans", away)
        for _ in range(AT_ONCE + 1):
            assert "ClickHouse" in reader.refused("GET", "/example.org/export/events", status=503)

    assert b"/again" in exported(reader, "events", "ndjson")


def test_a_head_request_reads_nothing(reader, monkeypatch):
    monkeypatch.setattr(rows, "spans", None)
    answer = reader.send("HEAD", "/example.org/export/events", params={"format": "csv"})

    assert (200, "text/csv; charset=utf-8") == (answer.status_code, answer.headers["content-type"])


@pytest.mark.parametrize("kind", ["events", "visits"])
def test_an_exempt_site_exports_no_rows(reader, control, site, kind):
    assert reader.send("GET", f"/example.org/export/{kind}").status_code == 200
    sites.change(control, site, now=0, privacy=Privacy(profile="exempt", retention_months=13))

    assert "privacy profile is exempt" in reader.refused("GET", f"/example.org/export/{kind}", status=403)
