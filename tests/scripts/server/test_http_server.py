import gc
import resource
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.server import http_server
from scripts.server.http_limits import connections
from scripts.server.http_server import HttpServer

pytestmark = pytest.mark.anyio
HTTP = connections(arrives_within_s=60, max_connections=100, arriving_max_bytes=100_000)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def nothing(_scope: Any, _receive: Any, _send: Any) -> None: ...


@pytest.fixture
def thresholds() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_signal_ends_the_server_without_a_signal_afterwards(number: signal.Signals):
    server = HttpServer(http_server.settings(nothing, http=HTTP, log_level="warning", has_lifespan=False))
    with server.capture_signals():
        signal.raise_signal(number)
        await server.main_loop()

    assert server.should_exit


def test_nothing_is_logged_of_a_request_and_no_header_of_a_proxy_is_believed():
    settings = http_server.settings(nothing, http=HTTP, log_level="warning", has_lifespan=True)

    assert (False, False, None) == (settings.access_log, settings.proxy_headers, settings.log_config)


def test_all_files_that_the_system_allows_may_be_open(monkeypatch: pytest.MonkeyPatch):
    limits: list[Any] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda *changed: limits.append(changed))
    http_server.raise_file_limit()

    assert [(resource.RLIMIT_NOFILE, (4096, 4096))] == limits


@pytest.mark.usefixtures("thresholds")
def test_what_exists_at_the_start_is_not_collected():
    http_server.freeze()

    assert gc.get_freeze_count() > 0
