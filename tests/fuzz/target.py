"""A whole server in this process, that requests reach as ASGI calls: who asks may do everything, or nothing."""

import asyncio
import gc
import json
import logging
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.routing import BaseRoute, Mount

from dashboard.access.key_limits import KeyLimits
from dashboard.services import provide, services_of
from schema.people import users
from schema.people.users import Session
from schema.sites import keys, sites
from schema.stores.control import Control
from scripts.config import loading
from scripts.server import lifecycle, wire
from scripts.server.edits import AnsweredInEffect
from tests.dashboard.calls import calls
from tests.fuzz import described, stored
from tests.fuzz.requests import FORM, Request, Requests

START = datetime(2026, 3, 10, 18, 0, tzinfo=UTC).timestamp()
HANGS_AFTER_S = 120  # generous: what takes so long has no end
REPAIR_EVERY = 100  # requests, some of which remove the site or the user
STEP_S = 0.4
REPORT_EVERY = 10_000
MAX_SITES = 20
TRACES = (b"Traceback (most recent", b'File "/')
EMAIL = "ana@example.org"


@dataclass
class Findings:
    """What requests were answered, and what must not be."""

    statuses: Counter[int] = field(default_factory=Counter)
    defects: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)


class Target:
    def __init__(self, directory: Path, database: str) -> None:
        self.now = START
        data_dir, salt_dir = directory / "data", directory / "salts"
        for path in (data_dir, salt_dir):
            path.mkdir(mode=0o700, parents=True)
        settings = {"data_dir": str(data_dir), "salt_dir": str(salt_dir), "database": database, "timezone": "UTC"}
        settings |= {"client_hits_per_minute": "0", "base_url": "http://stats.test"}
        Control(data_dir / "control.sqlite3", now=self.now).close()
        self.parts = wire.build(loading.load(settings), clock=lambda: self.now)
        self.dashboard = _dashboard(self.parts.app)
        services = services_of(self.dashboard)
        provide(self.dashboard, replace(services, key_limits=KeyLimits(lambda: self.now, per_hour=0)))
        self._threshold = gc.get_threshold()
        self._key = ""
        self._session: tuple[str, Session] | None = None

    def close(self) -> None:
        """Release what the server had, and what it changed for its process."""
        lifecycle.close(self.parts)
        gc.set_threshold(*self._threshold)
        gc.unfreeze()

    @property
    def routes(self) -> list[tuple[str, str]]:
        visitors = [route for route in _inner(self.parts.app).routes if not _is_dashboard(route)]
        return calls(visitors) + calls(self.dashboard.routes)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        lifecycle.prepare(self.parts)
        async with lifecycle.running(self.parts):
            await self.repair()
            yield

    async def repair(self) -> None:
        """Make again what requests may have removed: the site, a key for everything, and the user's session."""
        control = self.parts.stores.control
        present = {site.domain: site for site in sites.list_all(control, now=self.now)}
        if "example.org" not in present or len(present) > MAX_SITES:
            for site in present.values():
                if site.domain != "example.org":
                    sites.remove(control, site.domain, now=self.now)
            if "example.org" not in present:
                sites.add(control, "example.org", timezone="Europe/Paris", now=self.now)
        if not any(key.name == "fuzz" for key in keys.list_all(control)):
            self._key = keys.add(control, "fuzz", scopes=tuple(keys.Scope), site_id=None, now=self.now)
        if self._session is None or not users.find_session(control, self._session[0], now=self.now):
            owners = [user for user in users.list_all(control) if user.email == EMAIL]
            user = owners[0] if owners else users.add(control, EMAIL, now=self.now)
            token = users.start_session(control, user, now=self.now)
            session = users.find_session(control, token, now=self.now)
            assert session
            self._session = token, session
        await self.parts.edits.follow()

    def authorized(self, request: Request, random_: random.Random) -> Request:
        """Return a request of the program with the key, of the signed-in user, or of a stranger."""
        headers = list(request.headers)
        who = random_.random()
        body = request.body
        if request.path.startswith(b"/api/") and who < 0.8:
            headers.append(("authorization", f"Bearer {self._key}"))
        elif self._session and who < 0.9:
            token, session = self._session
            headers.append(("cookie", f"sillage_session={token}"))
            if ("content-type", FORM) in headers:
                body += b"&csrf=" + session.csrf_token.encode()
                headers.append(("origin", "http://stats.test"))
        return Request(request.method, request.path, request.query, headers, body)

    async def call(self, request: Request) -> tuple[int, bytes]:
        """Return status and body of an answer; status 0 if the application ended without one."""
        messages: list[dict[str, Any]] = []
        pieces = iter([{"type": "http.request", "body": request.body, "more_body": False}])
        gone = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if (piece := next(pieces, None)) is None:
                await gone.wait()
                return {"type": "http.disconnect"}
            return piece

        async def send(message: Any) -> None:
            messages.append(message)

        await self.parts.app(_scope(request), receive, send)
        gone.set()
        status = next((message["status"] for message in messages if message["type"] == "http.response.start"), 0)
        return status, b"".join(message.get("body", b"") for message in messages)

    async def fuzz(self, number: int, *, per_operation: int, seed: int) -> Findings:
        """Send so many requests to all routes, and so many for each operation of the OpenAPI document.

        Returns what was wrong.
        """
        findings, random_, log = Findings(), random.Random(seed), Errors()
        with log.collected():
            async with self.running():
                _, document = await self.call(Request("GET", b"/api/docs/openapi.json", b"", [("host", "stats.test")]))
                ours = islice(Requests(self.routes, seed), number)
                allowed_or_not = described.requests_of(
                    json.loads(document), per_operation=per_operation, first_seed=seed
                )
                for position, request in enumerate(chain(ours, allowed_or_not)):
                    if position % REPAIR_EVERY == 0:
                        await self.repair()
                        self.parts.writers.flusher.seal(self.parts.counting.tally)
                    self.now += STEP_S
                    await self._one(self.authorized(request, random_), findings, log)
                    if position and position % REPORT_EVERY == 0:
                        print(f"{position} requests, {len(findings.defects)} defects", flush=True)
        self.parts.stores.spool.measure()
        if not self.parts.writers.flusher.flush():  # its thread has ended
            findings.defects.append("ClickHouse does not accept what the spool has")
        findings.rows = stored.rows(self.parts.stores.database)
        findings.defects += stored.broken_rules(self.parts.stores.database)
        findings.defects += [f"set aside: {file}" for file in self.parts.stores.spool.set_aside()]
        return findings

    async def _one(self, request: Request, findings: Findings, log: "Errors") -> None:
        try:
            status, body = await asyncio.wait_for(self.call(request), HANGS_AFTER_S)
        except TimeoutError:
            findings.defects.append(f"hangs: {request}")
            return
        except Exception as error:  # noqa: BLE001 what a web server would log with a traceback
            findings.defects.append(f"raises {error!r}: {request}")
            return
        findings.statuses[status] += 1
        if status >= 500 or status < 200:
            findings.defects.append(f"{status}: {request}")
        if any(trace in body for trace in TRACES):
            findings.defects.append(f"shows a trace: {request}")
        findings.defects += [f"logs {line}: {request}" for line in log.take()]


class Errors(logging.Handler):
    """Errors that the server logs."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record)[-1500:])

    def take(self) -> list[str]:
        lines, self._lines = self._lines, []
        return lines

    @contextmanager
    def collected(self) -> Iterator[None]:
        logging.getLogger().addHandler(self)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(self)


def _scope(request: Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50_000),
        "scheme": "http",
        "method": request.method,
        "root_path": "",
        "path": unquote_to_bytes(request.path).decode("utf-8", "replace"),
        "raw_path": request.path,
        "query_string": request.query,
        "headers": [(name.encode("latin-1"), _latin(value)) for name, value in request.headers],
        "state": {},
    }


def _latin(value: str) -> bytes:
    """Return a header's value as a web server passes it on: without line ends."""
    return value.encode("utf-8", "replace").translate(None, b"\r\n\x00")


def _inner(app: Any) -> Any:
    return app._app


def _is_dashboard(route: BaseRoute) -> bool:
    return isinstance(route, Mount) and isinstance(route.app, AnsweredInEffect)


def _dashboard(app: Any) -> Any:
    (mount,) = [route for route in _inner(app).routes if _is_dashboard(route)]
    return mount.app._app


def lines(findings: Findings) -> Iterator[str]:
    """Yield the report."""
    yield f"{sum(findings.statuses.values())} requests"
    yield "statuses: " + ", ".join(f"{status}: {count}" for status, count in sorted(findings.statuses.items()))
    yield "rows: " + ", ".join(f"{table} {count}" for table, count in findings.rows.items())
    yield f"{len(findings.defects)} defects"
    yield from findings.defects[:100]
