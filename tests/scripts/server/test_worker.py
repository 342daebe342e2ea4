import asyncio
import socket
import subprocess
import sys

import msgspec
import pytest

from scripts.server.worker import WorkerSettings, take

pytestmark = pytest.mark.anyio
ENDS_WITHIN_S = 60


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Kept(asyncio.Protocol):
    """Keeps what it receives."""

    begun = b""

    def __init__(self) -> None:
        self.received: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self.received.set_result(data)


async def test_a_connection_that_was_passed_on_goes_on_here():
    own, of_client = socket.socketpair()
    protocol = Kept()
    take(protocol, own, b"GET /")
    with of_client:
        of_client.sendall(b" HTTP/1.1")

        assert (b"GET /", b" HTTP/1.1") == (protocol.begun, await asyncio.wait_for(protocol.received, ENDS_WITHIN_S))


def test_a_worker_ends_with_the_server():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hits, of_hits = socket.socketpair()
        doorway, of_doorway = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings = WorkerSettings(
            listener=listener.fileno(),
            hits=of_hits.fileno(),
            doorway=of_doorway.fileno(),
            arrives_within_s=60,
            max_connections=100,
            arriving_max_bytes=1_000_000,
            log_level="warning",
            log_format="text",
        )
        worker = subprocess.Popen(
            [sys.executable, "-m", "scripts.server.worker", msgspec.json.encode(settings).decode()],
            pass_fds=(settings.listener, settings.hits, settings.doorway),
        )
        of_hits.close()
        of_doorway.close()
        hits.close()
        doorway.close()  # as they do when the server is killed

        assert 0 == worker.wait(ENDS_WITHIN_S)
