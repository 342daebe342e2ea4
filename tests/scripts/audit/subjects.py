"""What an audit looks at, made up for a test: healthy unless the test says otherwise."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from schema.privacy.evidence import Question
from schema.privacy.profile import Privacy
from schema.sites.sites import Site
from schema.stores.database import Database
from scripts.audit.subject import Fetch, Process, Reply, Subject
from scripts.config import loading

NOW = 1_773_144_000.0  # 2026-03-10 12:00 UTC
STANDARD = Site(1, "example.org", "Europe/Paris", 761)
EXEMPT = Site(2, "exempt.example", "Europe/Paris", 396, privacy=Privacy(profile="exempt", retention_months=13))


def a_subject(directory: Path, **changes: Any) -> Subject:
    """Return a subject with both sites and no server. changes: fields of Subject, or settings."""
    settings = {
        name: changes.pop(name)
        for name in ("data_country", "outside_eea", "database", "account_months")
        if name in changes
    }
    config = loading.load({"data_dir": str(directory / "data")} | settings, environment={}, directory=directory)
    config.data_dir.mkdir(exist_ok=True)
    fields: dict[str, Any] = {
        "settings": config,
        "sites": [STANDARD, EXEMPT],
        "now": NOW,
        "ask": unasked,
        "process": None,
        "fetch": None,
        "wait": lambda _seconds: None,
    }
    return Subject(**fields | changes)


def a_process(**changes: Any) -> Process:
    fields: dict[str, Any] = {
        "salts_file": "",
        "connections": (),
        "hashes": {},
        "database": "chdb:///data/clickhouse",
        "trusted_proxies": (),
        "data_country": None,
        "backup_country": None,
        "account_months": 24,
    }
    return Process(**fields | changes)


def unasked(question: Question[Any]) -> Any:
    raise AssertionError(f"{question.name} was asked")


def asking(database: Database, *sites: Site, now: float = NOW) -> Any:
    """Return the answers of a database about sites, both by default."""
    return lambda question: question.answer(database, sites or (STANDARD, EXEMPT), now)


def fetching(client: TestClient) -> Fetch:
    def fetch(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        answer = client.request(method, path, headers=dict(headers), content=body)
        client.cookies.clear()
        return Reply(
            answer.status_code, [(name.lower(), value) for name, value in answer.headers.items()], answer.content
        )

    return fetch


def with_header(fetch: Fetch, below: str, name: str, value: str) -> Fetch:
    """Return a server that adds a header to its responses below a path."""

    def changed(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        reply = fetch(method, path, headers, body)
        return replace(reply, headers=[*reply.headers, (name, value)]) if path.startswith(below) else reply

    return changed


def without_header(fetch: Fetch, name: str) -> Fetch:
    """Return a server that never gets a header."""

    def changed(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        return fetch(method, path, {key: value for key, value in headers.items() if key != name}, body)

    return changed


def with_body(fetch: Fetch, below: str, old: bytes, new: bytes) -> Fetch:
    """Return a server whose responses below a path have another text."""

    def changed(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        reply = fetch(method, path, headers, body)
        return replace(reply, body=reply.body.replace(old, new)) if path.startswith(below) else reply

    return changed


def with_cookie(fetch: Fetch, old: str, new: str) -> Fetch:
    """Return a server that sets another cookie."""

    def changed(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        reply = fetch(method, path, headers, body)
        lines = [(name, value.replace(old, new) if name == "set-cookie" else value) for name, value in reply.headers]
        return replace(reply, headers=lines)

    return changed
