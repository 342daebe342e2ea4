"""Visitors who want their visits of today forgotten, many at a time, at a running server and at its parts."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest

from ingest.enrich.place import Places
from ingest.gates.exclusions import Exclusions
from ingest.hit import parse
from ingest.pipeline import Pipeline
from ingest.request import own_request
from ingest.request.client_ip import TrustedProxies, pack
from ingest.request.own_request import OwnRequest
from ingest.request.sender import Sender
from ingest.storage.flush import Flusher, record_payload
from ingest.storage.spool import Spool
from ingest.visits.live_visits import Visits
from ingest.visits.salts import Salts
from schema.days.rollups import Rollups
from schema.privacy import opt_out
from schema.records.event import Record
from schema.sites import sites
from schema.stores.control import Control
from schema.stores.database import Database, DatabaseAwayError
from scripts.server.forgetting import MAX_WAITING, Forgetting
from tests.factories import store, views
from tests.server import Server

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
AT_ONCE = 120
LIMIT = 30  # hits of a client in a minute


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("forgetting") / "data"
    with Server(directory, settings={"client_hits_per_minute": str(LIMIT)}) as server:
        yield server


def of(visitor: str, *, agent: str = FIREFOX) -> dict[str, str]:
    return {"user-agent": agent, "x-forwarded-for": visitor, "x-forwarded-host": "www.example.org"}


def visitors(network: int) -> list[str]:
    return [f"198.51.{network}.{number}" for number in range(AT_ONCE)]


def mutation_files(server: Server) -> set[str]:
    """Return a name for each mutation that ClickHouse has written down, of any table."""
    files = (server.data_dir / "clickhouse").rglob("mutation_*.txt")
    return {f"{path.parent.name}/{path.name}" for path in files}


async def all_forget(server: Server, headers: list[dict[str, str]]) -> tuple[list[str], set[int]]:
    """Let everybody ask at once to be forgotten; return where they are led, and how all else is answered meanwhile."""
    limits = httpx2.Limits(max_connections=2 * AT_ONCE)
    async with httpx2.AsyncClient(base_url=server.url, timeout=300, limits=limits) as client:
        post = client.post
        forgetting = [
            asyncio.ensure_future(post(opt_out.OPT_OUT, data={"do": "forget"}, headers=each)) for each in headers
        ]
        hit = {"n": "pageview", "d": "example.org", "u": "https://example.org/meanwhile"}
        meanwhile = [
            *[await client.get(path) for path in ("/api/health", "/sign-in", opt_out.OPT_OUT) for _ in range(3)],
            *[await post("/api/event", json=hit, headers=of(visitor)) for visitor in visitors(3)[:9]],
        ]
        answers = await asyncio.gather(*forgetting)
    return [answer.headers.get("location", "") for answer in answers], {answer.status_code for answer in meanwhile}


def test_strangers_who_want_to_be_forgotten_cost_no_mutation(server):
    before = mutation_files(server)
    strangers = [of(visitor, agent=f"Made up/{number}") for number, visitor in enumerate(visitors(1))]

    locations, meanwhile = asyncio.run(all_forget(server, strangers))

    assert {"?forgotten=yes"} == set(locations)
    assert {200, 202, 400} == meanwhile  # the page of opting out is at the address of a site only
    assert before == mutation_files(server)


def test_everybody_who_asks_at_once_is_forgotten_by_a_few_mutations(server):
    hit = {"n": "pageview", "d": "example.org", "u": "https://example.org/forgotten"}
    with httpx2.Client(base_url=server.url) as client:
        for visitor in [*visitors(2), "203.0.113.1"]:
            assert client.post("/api/event", json=hit, headers=of(visitor)).status_code == 202
    before = mutation_files(server)

    locations, meanwhile = asyncio.run(all_forget(server, [of(visitor) for visitor in visitors(2)]))

    assert {"?forgotten=yes"} == set(locations)
    assert {200, 202, 400} == meanwhile
    assert 2 <= len(mutation_files(server) - before) <= 20  # for two tables; one each if all arrive within a beat
    assert server.stop() == 0
    assert server.command("export", "events", "--site", "example.org").count("/forgotten") == 1
    server.start()


# The parts, without HTTP.

NOON = int(datetime(2060, 6, 1, 12, tzinfo=ZoneInfo("Europe/Paris")).timestamp())
TODAY, YESTERDAY = date(2060, 6, 1), date(2060, 5, 31)  # whose rows will not have expired


class Parts:
    """What forgets, with all that it stands on, and what it asks of ClickHouse."""

    def __init__(self, database: Database, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.control = Control(directory / "control.sqlite3", now=time.time())
        self.site = sites.add(self.control, "example.org", timezone="Europe/Paris", now=time.time())
        self.early = sites.add(self.control, "early.example", timezone="Pacific/Auckland", now=time.time())
        self.database = database
        self.spool = Spool(directory / "spool", max_bytes=1_000_000)
        self.pipeline = Pipeline(salts=Salts(None), visits=Visits(), places=Places())
        self.pipeline.apply([self.site, self.early], Exclusions())
        self.rollups = Rollups(self.control, database, clock=lambda: NOON)
        self.flusher = Flusher(self.spool, database)
        self.questions: list[str] = []
        self.mutations: list[str] = []
        self._note(monkeypatch, "query", self.questions)
        self._note(monkeypatch, "command", self.mutations)

    def _note(self, monkeypatch: pytest.MonkeyPatch, name: str, statements: list[str]) -> None:
        run = getattr(self.database, name)

        def noted(sql: str, *arguments: Any) -> Any:
            statements.append(sql)
            return run(sql, *arguments)

        monkeypatch.setattr(self.database, name, noted)

    def forgetting(self, *, within_s: float = 60, is_flushing: bool = True) -> Forgetting:
        return Forgetting(
            self.pipeline,
            self.spool,
            self.database,
            seal=self.flush if is_flushing else self.spool.seal,
            changing=self.rollups.changing,
            every_s=0.01,
            within_s=within_s,
        )

    def flush(self) -> None:
        self.spool.seal()
        assert self.flusher.flush()

    def view(self, visitor: str, path: str = "/", *, domain: str = "example.org", now: int = NOON) -> None:
        body = json.dumps({"n": "pageview", "u": f"https://{domain}{path}", "d": domain}).encode()
        hit = parse(body, content_type="", sender=Sender(pack(visitor), FIREFOX))
        record = self.pipeline.admit(hit, domain=domain, now=now)
        assert isinstance(record, Record)
        self.spool.append(record_payload(record))

    def paths(self) -> list[str]:
        return sorted(row[0] for row in self.database.query("select path from events"))


@pytest.fixture
def parts(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    return Parts(database, tmp_path, monkeypatch)


def own(visitor: str, *, host: str = "example.org") -> OwnRequest:
    lines = [(b"host", host.encode()), (b"user-agent", FIREFOX.encode())]
    return own_request.read(
        {"headers": lines, "client": (visitor, 1)}, TrustedProxies(["10.0.0.1"]), header_names=frozenset()
    )


@pytest.mark.anyio
async def test_all_who_ask_within_a_beat_are_one_question_and_one_mutation_a_table(parts):
    forgetting = parts.forgetting()
    for number, visitor in enumerate(visitors(1)):
        parts.view(visitor, f"/{number}")
    parts.view("203.0.113.1", "/of-another")
    answers = await asyncio.gather(*(forgetting.of_browser(parts.site, own(each), now=NOON) for each in visitors(1)))
    await forgetting.stop()

    assert [True] * AT_ONCE == answers
    assert (1, 2) == (len(parts.questions), len(parts.mutations))
    assert ["/of-another"] == parts.paths()


@pytest.mark.anyio
async def test_strangers_are_one_question_and_no_mutation(parts):
    forgetting = parts.forgetting()
    parts.view("203.0.113.1", "/of-another")
    answers = await asyncio.gather(*(forgetting.of_browser(parts.site, own(each), now=NOON) for each in visitors(1)))
    await forgetting.stop()

    assert [True] * AT_ONCE == answers
    assert (1, 0) == (len(parts.questions), len(parts.mutations))
    assert ["/of-another"] == parts.paths()


@pytest.mark.anyio
async def test_one_batch_covers_sites_whose_days_differ(parts):
    forgetting = parts.forgetting()
    for domain in ("example.org", "early.example"):
        parts.view("198.51.100.7", f"/{domain}", domain=domain)
        parts.view("203.0.113.1", f"/of-another/{domain}", domain=domain)
    answers = await asyncio.gather(
        forgetting.of_browser(parts.site, own("198.51.100.7"), now=NOON),
        forgetting.of_browser(parts.early, own("198.51.100.7", host="early.example"), now=NOON),
    )
    await forgetting.stop()

    assert all(answers)
    assert (1, 2) == (len(parts.questions), len(parts.mutations))
    assert ["/of-another/early.example", "/of-another/example.org"] == parts.paths()


@pytest.mark.anyio
async def test_only_so_many_wait(parts):
    forgetting = parts.forgetting()
    asking = [own(f"198.51.{number // 200}.{number % 200}") for number in range(MAX_WAITING + 5)]
    answers = await asyncio.gather(*(forgetting.of_browser(parts.site, each, now=NOON) for each in asking))
    later = await forgetting.of_browser(parts.site, own("198.51.100.7"), now=NOON)
    await forgetting.stop()

    assert [True] * MAX_WAITING + [False] * 5 == answers
    assert later


@pytest.mark.anyio
async def test_nobody_waits_for_ever_for_what_is_not_flushed(parts):
    forgetting = parts.forgetting(within_s=0.05, is_flushing=False)
    parts.view("198.51.100.7", "/mine")
    while_away = await forgetting.of_browser(parts.site, own("198.51.100.7"), now=NOON)
    parts.flush()
    await forgetting.stop()

    assert not while_away


@pytest.mark.anyio
async def test_a_batch_that_fails_is_no_harm_to_the_next(parts, database, monkeypatch):
    forgetting, find = parts.forgetting(), database.query
    parts.view("198.51.100.7", "/mine")

    def away(*_arguments: Any) -> Any:
        raise DatabaseAwayError("ClickHouse does not answer")

    monkeypatch.setattr(database, "query", away)
    while_away = await forgetting.of_browser(parts.site, own("198.51.100.7"), now=NOON)
    monkeypatch.setattr(database, "query", find)
    later = await forgetting.of_browser(parts.site, own("198.51.100.7"), now=NOON)
    await forgetting.stop()

    assert [False, True] == [while_away, later]
    assert [] == parts.paths()


@pytest.mark.anyio
async def test_who_waits_when_the_server_stops_is_answered(parts):
    forgetting = parts.forgetting(is_flushing=False)
    parts.view("198.51.100.7", "/mine")
    waiting = asyncio.ensure_future(forgetting.of_browser(parts.site, own("198.51.100.7"), now=NOON))
    await asyncio.sleep(0)
    await forgetting.stop()

    assert not await waiting
    assert not await forgetting.of_browser(parts.site, own("198.51.100.7"), now=NOON)
    assert [] == [thread.name for thread in threading.enumerate() if thread.name.startswith("forget")]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("began", "days"),
    [
        pytest.param(NOON - 12 * 3600 - 600, {YESTERDAY: "", TODAY: ""}, id="yesterday"),
        pytest.param(NOON - 12 * 3600 + 60, {YESTERDAY: "Europe/Paris", TODAY: ""}, id="today"),
    ],
)
async def test_a_day_that_was_counted_is_counted_again_where_a_forgotten_visit_began_on_it(parts, began, days):
    forgetting, now = parts.forgetting(), NOON - 12 * 3600 + 300
    store(parts.database, views("/other", site_id=parts.site.id, start="2060-05-31 12:00"))
    parts.view("198.51.100.7", "/first", now=began)
    parts.view("198.51.100.7", "/second", now=now)
    await asyncio.sleep(0)
    parts.flush()
    parts.rollups.look(parts.site)
    parts.rollups.count(parts.site, YESTERDAY)
    is_forgotten = await forgetting.of_browser(parts.site, own("198.51.100.7"), now=now)
    await forgetting.stop()

    known = parts.rollups.of_site(parts.site.id, parts.site.zone).days
    assert is_forgotten
    assert ["/other"] == parts.paths()
    assert days == {day: known[day].zone if day in known else "" for day in (YESTERDAY, TODAY)}


def test_who_asks_too_often_is_limited_and_nobody_else(server):
    def forget(visitor: str) -> httpx2.Response:
        return httpx2.post(f"{server.url}{opt_out.OPT_OUT}", data={"do": "forget"}, headers=of(visitor))

    hit = {"n": "pageview", "d": "example.org", "u": "https://example.org/"}
    for _ in range(LIMIT + 5):  # as many as flow in meanwhile, and more
        httpx2.post(f"{server.url}/api/event", json=hit, headers=of("203.0.113.7"))
    answer = next(answer for answer in iter(lambda: forget("203.0.113.7"), None) if answer.status_code == 429)

    assert "60" == answer.headers["retry-after"]
    assert "Too many requests came from your network" in answer.text
    assert 303 == forget("203.0.113.8").status_code
