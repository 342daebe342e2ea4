"""Two servers read hits behind a real nginx that hashes on the client address, and store in one ClickHouse.

One is killed under load: nothing acknowledged is lost or doubled, and the visits of the other's visitors stay whole.
"""

import asyncio
import os
import shutil
import socket
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from schema.stores.database import Database
from tests.clickhouse.front import Front
from tests.faults.stream import FIREFOX
from tests.journeys.browser import missing
from tests.schema.http_stand_in import StandIn
from tests.server import Server, becomes_true

CLIENTS = [f"127.0.0.{number}" for number in range(11, 19)]
BEFORE, AFTER = 15, 15  # hits of each client, before and after the kill
_CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/pid;
events {{}}
http {{
    log_format visitors "$remote_addr $upstream_addr";
    access_log {folder}/access.log visitors;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream collectors {{
        hash $remote_addr consistent;
        {servers}
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://collectors;
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $remote_addr;
        }}
    }}
}}
"""


class Visitors:
    """Clients with an address of each, and the pages of theirs that were acknowledged."""

    def __init__(self, port: int) -> None:
        self.sent: dict[str, int] = defaultdict(int)
        self.accepted: set[str] = set()
        self._url = f"http://127.0.0.1:{port}/api/event"

    async def send(self, number: int) -> None:
        async with asyncio.TaskGroup() as group:
            for client in CLIENTS:
                group.create_task(self._client(client, number))

    async def _client(self, address: str, number: int) -> None:
        transport = httpx2.AsyncHTTPTransport(local_address=address)
        async with httpx2.AsyncClient(transport=transport, headers={"user-agent": FIREFOX}, timeout=60) as client:
            for _ in range(number):
                self.sent[address] += 1
                path = f"/{address}/{self.sent[address]}"
                body = {"n": "pageview", "d": "example.org", "u": f"https://example.org{path}"}
                if (await client.post(self._url, json=body)).status_code == 202:
                    self.accepted.add(path)


@contextmanager
def nginx(folder: Path, servers: list[Server]) -> Iterator[int]:
    """Spread visitors over servers. Gives the port."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        missing("nginx is not installed (on Debian: apt-get install nginx)")
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    lines = "\n".join(f"server 127.0.0.1:{server.port};" for server in servers)
    file = folder / "nginx.conf"
    file.write_text(_CONFIGURATION.format(folder=folder, port=port, servers=lines))
    with subprocess.Popen([program, "-e", folder / "error.log", "-p", folder, "-c", file]) as process:
        try:
            assert becomes_true(lambda: _answers(port)), (folder / "error.log").read_text()
            yield port
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.browser  # this level has nginx
def test_a_collector_that_is_killed_takes_nothing_acknowledged_with_it_and_no_visit_of_another(
    tmp_path: Path, front: Front
) -> None:
    with StandIn(front) as clickhouse:
        servers = [Server(tmp_path / name, settings={"database": clickhouse.url}).start() for name in ("one", "other")]
        with nginx(tmp_path / "nginx", servers) as port:
            visitors = Visitors(port)
            asyncio.run(visitors.send(BEFORE))
            killed = servers[0].port
            log = (tmp_path / "nginx" / "access.log").read_text().splitlines()
            of_killed = {line.split()[0] for line in log if line.endswith(f":{killed}")}

            async def under_load() -> None:
                sending = asyncio.create_task(visitors.send(AFTER))
                await asyncio.to_thread(servers[0].kill)
                await sending

            asyncio.run(under_load())
        servers[0].start()  # its spool has what it acknowledged
        codes = [server.stop() for server in servers]
        database = Database(clickhouse.url)
        stored = dict([tuple(row) for row in database.query("select path, count() from events group by path")])
        visits = database.query(
            "select splitByChar('/', path)[2] as client, uniqExact(visit_id), count() from events group by client"
        )
        pageviews = database.query("select sum(pageviews) from visits final")[0][0]
        database.close()

    assert [0, 0] == codes
    assert set() != of_killed != set(CLIENTS), "both had visitors"
    assert visitors.accepted - stored.keys() == set(), "acknowledged, and lost"
    assert set(stored.values()) == {1}
    assert pageviews == len(stored)
    assert {(client, 1, BEFORE + AFTER) for client in CLIENTS if client not in of_killed} == {
        tuple(row) for row in visits if row[0] not in of_killed
    }
