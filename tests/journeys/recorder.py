"""A collector that keeps what browsers send it: the other end of the wire, for what the tracker says."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Queue
from threading import Thread
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ingest.pages.tracker_scripts import routes
from schema.sites.sites import Site

PATIENCE_S = 20
SITE = Site(1, "site.example", "Europe/Paris", 761)  # its script is /js/pa-known.js


@dataclass(frozen=True, slots=True)
class Sent:
    event: dict[str, Any]
    path: str
    headers: dict[str, str]


@dataclass
class Recorder:
    """Serves the tracker and records what it sends."""

    port: int
    _sent: Queue[Sent] = field(default_factory=Queue)

    def forget(self) -> None:
        """Forget what came."""
        self._sent = Queue()

    async def record(self, request: Request) -> Response:
        self._sent.put(Sent(json.loads(await request.body()), request.url.path, dict(request.headers)))
        return PlainTextResponse("ok", status_code=202, headers={"access-control-allow-origin": "*"})

    def until(self, name: str) -> list[Sent]:
        """Return what came before the event of that name, which it waits for."""
        sent = []
        while (one := self._sent.get(timeout=PATIENCE_S)).event.get("n") != name:
            sent.append(one)
        return sent

    def take(self, number: int) -> list[Sent]:
        """Return the next ones, which it waits for."""
        return [self._sent.get(timeout=PATIENCE_S) for _ in range(number)]


@contextmanager
def recording() -> Iterator[Recorder]:
    """Give a recorder that answers while the block lasts."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        # Listening already: whoever connects before the server runs is answered when it does.
        listener.listen()
        recorder = Recorder(listener.getsockname()[1])
        server = _server(recorder)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield recorder
        finally:
            server.should_exit = True
            thread.join()


def _server(recorder: Recorder) -> uvicorn.Server:
    app = Starlette(
        routes=[
            *routes(
                refusal=str,
                base_url="http://stats.example",
                site_of_script={"known": SITE}.get,
            ),
            Route("/{path:path}", recorder.record, methods=["POST"]),
        ]
    )
    return uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", lifespan="off", timeout_graceful_shutdown=1))
