"""Clients that ask for everything and read nothing leave the server as large as it was."""

import socket
from collections import Counter
from datetime import date
from pathlib import Path

import httpx2
import pytest

from dashboard.export.running import AT_ONCE
from scripts.benchmarks.sample_history import SampleHistory
from tests.faults.test_flood import resident_bytes
from tests.server import Server

EVENTS = 60_000
CLIENTS = 20
GROWTH = 1.5


class UnreadExport:
    """A client that asks for an export and reads its status at most."""

    def __init__(self, server: Server, key: str) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.connect(("127.0.0.1", server.port))
        path = "/api/v1/sites/example.org/export/events"
        head = f"GET {path} HTTP/1.1\r\nhost: example.org\r\nauthorization: Bearer {key}\r\n\r\n"
        self._socket.sendall(head.encode())

    def status(self) -> int:
        return int(self._socket.recv(12).split()[1])

    def close(self) -> None:
        self._socket.close()


@pytest.mark.timeout(300)
def test_exports_that_nobody_reads_take_little_memory(tmp_path: Path) -> None:
    history = tmp_path / "history.ndjson"
    history.write_text("".join(SampleHistory("example.org").lines(last=date(2026, 3, 9), days=5, events=EVENTS)))
    with Server(tmp_path / "data") as server:
        server.command("import", "events", str(history), "--site", "example.org")
        key = server.command("keys", "add", "--name", "reader", "--scope", "stats:read").strip()
        before = resident_bytes(server)
        unread = [UnreadExport(server, key) for _ in range(CLIENTS)]
        statuses = Counter(client.status() for client in unread)
        page = httpx2.get(f"{server.url}/sign-in", timeout=60)
        refused = httpx2.get(
            f"{server.url}/api/v1/sites/example.org/export/visits", headers={"Authorization": f"Bearer {key}"}
        )
        after = resident_bytes(server)
        for client in unread:
            client.close()

    assert {200: AT_ONCE, 503: CLIENTS - AT_ONCE} == statuses
    assert 200 == page.status_code
    assert (503, "60") == (refused.status_code, refused.headers["retry-after"])
    assert after < GROWTH * before
    assert "ERROR" not in server.log.read_text()
