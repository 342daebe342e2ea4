"""Use every feature of a server once; tests/privacy/test_offline.py runs this where no network can be reached.

python -m tests.privacy.cut_off DIRECTORY
"""

import html
import json
import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx2

from scripts.benchmarks.sample_history import SampleHistory
from tests import mmdb
from tests.faults.people import signed_in
from tests.privacy import canaries
from tests.server import Server

SITE = "example.org"
MOST_PAGES = 150
PLACES = {"203.0.113.0/24": {"country": {"iso_code": "FR"}, "city": {"names": {"en": "Lyon"}}}}
COMMANDS = (
    ("sites", "list"),
    ("geo", "status"),
    ("exclusions", "add", "--network", "198.51.100.0/24", "--note", "the office"),
    ("exclusions", "list"),
    ("goals", "add", "--site", SITE, "--event", "Signup"),
    ("privacy", "show", "--site", SITE),
    ("privacy", "papers", "--site", SITE, "--lang", "fr"),
    ("privacy", "people"),
    ("rollups", "status"),
    ("users", "list"),
    ("version",),
)


def use_everything(directory: Path) -> None:
    """Raises if a feature fails."""
    table = mmdb.write(directory / "places.mmdb", PLACES)
    settings = {"trusted_proxies": canaries.TRUSTED, "geo_file": str(table), "client_hits_per_minute": "0"}
    history = directory / "history.ndjson"
    history.write_text("".join(SampleHistory(SITE).lines(last=date(2026, 3, 9), days=3, events=300)))
    with Server(directory / "data", settings=settings) as server, signed_in(server) as client:
        for address in canaries.FORWARDED:
            canaries.visit(server.url, address)
        for words in (*COMMANDS, ("import", "events", str(history), "--site", SITE)):
            server.command(*words)
        key = server.command("keys", "add", "--name", "reader", "--scope", "stats:read").strip()
        server.restart()
        ask_the_api(server, key)
        pages = list(crawl(client, server.url))
        print(len(pages), "pages", *pages, sep="\n")
    assert "ERROR" not in server.log.read_text(), server.log.read_text()


def ask_the_api(server: Server, key: str) -> None:
    headers = {"authorization": f"Bearer {key}"}
    query = {"site_id": SITE, "metrics": ["visitors"], "date_range": "all", "dimensions": ["visit:country"]}
    with httpx2.Client(base_url=server.url, headers=headers, timeout=60) as client:
        assert "FR" in json.dumps(client.post("/api/v2/query", json=query).raise_for_status().json())
        for path in ("/api/v1/stats/aggregate", "/api/v1/stats/realtime/visitors", "/api/v1/stats/timeseries"):
            client.get(path, params={"site_id": SITE}).raise_for_status()
        client.get(f"/api/v1/sites/{SITE}/export/events").raise_for_status()


def crawl(client: httpx2.Client, url: str) -> Iterator[str]:
    """Open every page that a person reaches by links, one of each kind first. Raises where one fails."""
    todo, seen, kinds = [f"/{SITE}", "/sites", "/account", f"/privacy/{SITE}"], set[str](), set[str]()
    while todo and len(seen) < MOST_PAGES:
        todo.sort(key=lambda path: path.partition("?")[0] in kinds)
        path = todo.pop(0)
        if path in seen:
            continue
        seen.add(path)
        kinds.add(path.partition("?")[0])
        answer = client.get(f"{url}{path}", timeout=60)
        assert answer.status_code < 400, (path, answer.status_code)
        yield path
        if "text/html" in answer.headers["content-type"]:
            links = re.findall(r'(?:href|src)="(/(?!/)[^"#]*)', answer.text)
            todo += [link for link in map(html.unescape, links) if link not in seen and "sign-out" not in link]


if __name__ == "__main__":
    use_everything(Path(sys.argv[1]))
