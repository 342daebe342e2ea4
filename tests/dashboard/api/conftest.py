"""A client of the Sites API with its own keys."""

from typing import Any

import pytest

from schema.sites import keys
from schema.sites.keys import Scope
from schema.sites.sites import Site
from tests.dashboard.desk import Desk

PREFIX = "/api/v1/sites"


class Program:
    """Sends its API key with every request."""

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
        answer = self.ask(method, path, status=status, **words)
        assert list(answer) == ["error"]
        return str(answer["error"])


@pytest.fixture
def program(stranger: Desk) -> Program:
    """Provide a program that may do everything with every site."""
    return with_key(stranger, Scope.PROVISION_SITES)


@pytest.fixture
def bound(stranger: Desk, site: Site) -> Program:
    """Provide a program whose key is limited to example.org."""
    return with_key(stranger, Scope.PROVISION_SITES, site_id=site.id)


def with_key(desk: Desk, *scopes: Scope, site_id: int | None = None) -> Program:
    """Return a program with a new key."""
    name = f"{site_id} {' '.join(scopes)}"
    return Program(desk, keys.add(desk.control, name, scopes=scopes, site_id=site_id, now=desk.clock()))
