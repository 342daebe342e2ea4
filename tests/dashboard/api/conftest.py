"""A program in front of the Sites API, with keys of its own."""

from typing import Any

import pytest

from schema.sites import keys
from schema.sites.keys import Scope
from schema.sites.sites import Site
from tests.dashboard.desk import Desk

PREFIX = "/api/v1/sites"


class Program:
    """Sends one key along."""

    def __init__(self, desk: Desk, key: str) -> None:
        self.client = desk.client
        self.control = desk.control
        self.clock = desk.clock
        self.rules = desk.rules
        self.traffic = desk.traffic
        self.data_dir = desk.data_dir
        self.headers = {"Authorization": f"Bearer {key}"}

    def send(self, method: str, path: str, **words: Any):
        """Return the answer. words: as httpx takes them, json or data or params."""
        return self.client.request(method, PREFIX + path, headers=self.headers, **words)

    def ask(self, method: str, path: str, *, status: int = 200, **words: Any) -> Any:
        """Return the JSON of an answer, which must come with a status."""
        answer = self.send(method, path, **words)
        assert answer.status_code == status, answer.text
        return answer.json()

    def refused(self, method: str, path: str, *, status: int = 400, **words: Any) -> str:
        """Return the sentence of a refusal."""
        found = self.ask(method, path, status=status, **words)
        assert list(found) == ["error"]
        return str(found["error"])


@pytest.fixture
def program(stranger: Desk) -> Program:
    """Give a program that may do everything with every site."""
    return with_key(stranger, Scope.PROVISION_SITES)


@pytest.fixture
def bound(stranger: Desk, site: Site) -> Program:
    """Give a program whose key is for example.org alone."""
    return with_key(stranger, Scope.PROVISION_SITES, site_id=site.id)


def with_key(desk: Desk, *scopes: Scope, site_id: int | None = None) -> Program:
    """Return a program with a new key."""
    name = f"{site_id} {' '.join(scopes)}"
    return Program(desk, keys.add(desk.control, name, scopes=scopes, site_id=site_id, now=desk.clock()))
