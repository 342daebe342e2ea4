"""Uvicorn, with the settings that the server and its workers share."""

import asyncio
import gc
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from scripts.server.http_limits import Connection

STOP_WITHIN_S = 5


class HttpServer(uvicorn.Server):
    """Uvicorn that exits with code 0 on a stop signal."""

    def protocol(self) -> Any:
        """Return a new connection."""
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def settings(app: Any, *, http: type[Connection], log_level: str, has_lifespan: bool) -> uvicorn.Config:
    """Return uvicorn's settings. has_lifespan: whether the application is to be started and stopped."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=http,
        ws="none",
        lifespan="on" if has_lifespan else "off",
        # Access logs contain addresses. Only ingest.request.client_ip reads forwarded addresses.
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        backlog=4096,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        log_level=log_level,
    )


def raise_file_limit() -> None:
    """Raise the soft limit of open files, which is low for the sake of select(), to the hard limit."""
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))


def freeze() -> None:
    """Exclude what exists now from garbage collection: scanning it each time adds a fifth to the work per event."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
