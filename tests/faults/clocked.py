"""A server whose clock a test sets: in a process of its own, because it ends by a kill, and opens ClickHouse."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from starlette.testclient import TestClient

from schema.privacy import opt_out
from schema.sites import sites
from schema.stores.control import Control
from scripts.config import loading
from scripts.server import lifecycle, wire
from tests.clickhouse import mode

PARIS = ZoneInfo("Europe/Paris")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
SITE = "example.org"


def run(directory: Path, *hits: tuple[str, ...], stopped_at: str = "", kill: bool = False) -> list[str]:
    """Start a server, send page views to it, and stop or kill it. Returns what the opt-out page said.

    hits: local time in Paris ("2026-11-20 23:50"), visitor and, if it is not SITE, the site. A fourth word is what the
    visitor chooses on the opt-out page instead of a page view. stopped_at: the end, that of the last hit if not given.
    """
    program = [sys.executable, "-m", "tests.faults.clocked", str(directory), mode.url_of(directory / "data")]
    program += [stopped_at, "kill" if kill else "stop"]
    answer = subprocess.run([*program, json.dumps(hits)], check=False, capture_output=True, text=True)
    assert (-signal.SIGKILL if kill else 0) == answer.returncode, answer.stderr
    return [str(json.loads(line)) for line in answer.stdout.splitlines()]


def carried(directory: Path) -> bytes:
    """Return the file of visits that were carried over midnight."""
    return b"".join(file.read_bytes() for file in (directory / "salts").rglob("carried"))


def epoch(text: str) -> float:
    """Return a local time in Paris as epoch seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp()


def _serve(directory: Path, database: str, stopped_at: str, end: str, hits: list[tuple[str, ...]]) -> None:
    now = epoch(hits[0][0] if hits else stopped_at)
    data_dir, salt_dir = directory / "data", directory / "salts"
    for path in (data_dir, salt_dir):
        path.mkdir(mode=0o700, exist_ok=True)
    control = Control(data_dir / "control.sqlite3", now=time.time())
    if not sites.list_all(control, now=time.time()):
        sites.add(control, SITE, timezone="Europe/Paris", now=time.time())
    control.close()
    settings = {"data_dir": str(data_dir), "salt_dir": str(salt_dir), "database": database}
    parts = wire.build(loading.load(settings), clock=lambda: now)
    lifecycle.prepare(parts)
    with TestClient(parts.app) as client:
        for number, (moment, visitor, *others) in enumerate(hits):
            now = epoch(moment)
            parts.counting.pipeline.tick(now)
            domain = others[0] if others else SITE
            headers = {"user-agent": f"{FIREFOX} {visitor}"}
            if others[1:]:
                print(json.dumps(_choose(client, others[1], headers | {"host": domain})))
                continue
            body = {"n": "pageview", "d": domain, "u": f"https://{domain}/page-{now}-{number}"}
            assert client.post("/api/event", json=body, headers=headers).status_code == 202
        if stopped_at:
            now = epoch(stopped_at)
            parts.counting.pipeline.tick(now)
        if end == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
    lifecycle.close(parts)


def _choose(client: TestClient, choice: str, headers: dict[str, str]) -> str:
    """Return the text of the opt-out page after a choice."""
    headers |= {"sec-fetch-site": "same-origin"}
    answer = client.post(opt_out.OPT_OUT, data={"do": choice}, headers=headers, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return client.get(f"{opt_out.OPT_OUT}{answer.headers['location']}", headers=headers).text


if __name__ == "__main__":
    directory, database, stopped_at, end, hits = sys.argv[1:]
    _serve(Path(directory), database, stopped_at, end, json.loads(hits))
