"""A browser for the dashboard, and a parser for its pages."""

from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.services import provide, services_of
from ingest.enrich.place import Places
from ingest.gates.recent_hits import RecentHits
from ingest.request import body, own_request
from ingest.request.client_ip import TrustedProxies
from schema.people import users
from schema.people.users import User
from schema.privacy.signed_links import Links
from schema.stores.control import Control
from schema.stores.database import Database
from scripts.server.rules_in_force import RulesInForce

EMAIL = "ana@example.org"
# The default cost of 0.2 s per hash would dominate the time of these tests.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ADDRESS = "198.51.100.7"
PASSWORD = "correct horse battery"
NOW = datetime(2026, 3, 10, 13, 30, tzinfo=UTC)  # 14:30 in Paris, a Tuesday
VOID = {"meta", "link", "input", "img", "br", "option", "rect", "line", "circle", "path", "text"}


class Desk:
    """One browser with its cookies. Redirects are not followed."""

    def __init__(self, control: Control, database: Database, *, base_url: str = "http://stats.test") -> None:
        self.control = control
        self.base_url = base_url
        self.now = NOW
        self.credits_due: list[tuple[str, str]] = []
        self.problems: list[str] = []
        self.traffic = RecentHits()
        self.data_dir = data_dir = Path(control.rows("pragma database_list")[0]["file"]).parent
        self.rules = RulesInForce(
            control,
            data_dir=data_dir,
            file=data_dir / "exclusions.toml",
            places=Places(),
            recent_hits=self.traffic,
            clock=self.clock,
            look_up=lambda _name: ["203.0.113.77"],
        )
        self.app = create_app(
            control=control,
            database=database,
            base_url=base_url,
            rules=self.rules,
            links=Links(b"key of links"),
            script_integrity="sha384-AbC+/=",
            credits_due=lambda: self.credits_due,
            problems=lambda: self.problems,
            clock=self.clock,
            hasher=QUICK,
            client_address=lambda scope: own_request.address(scope, TrustedProxies(())),
            browser_key=b"key of browsers",
            event_schema=body.schema(),
        )
        self.client = self._browser(ADDRESS)

    def elsewhere(self, address: str) -> "Desk":
        """Return another browser without cookies on the same dashboard. address: of its network."""
        other = copy(self)
        other.client = self._browser(address)
        return other

    def _browser(self, address: str) -> TestClient:
        return TestClient(self.app, base_url=self.base_url, follow_redirects=False, client=(address, 50_000))

    def provide(self, **changes: Any) -> None:
        """Replace some of the dashboard's services, for all its browsers."""
        provide(self.app, replace(services_of(self.app), **changes))

    def clock(self) -> float:
        """Return the dashboard's time in epoch seconds. Set `now` to change it."""
        return self.now.timestamp()

    def enter(self, user: User) -> None:
        """Sign in without a form."""
        self.client.cookies.set("sillage_session", users.start_session(self.control, user, now=self.clock()))

    def get(self, path: str):
        return self.client.get(path)

    def page(self, path: str, *, status: int = 200) -> "Page":
        """Return a page after checking its status."""
        answer = self.get(path)
        assert answer.status_code == status
        return Page(answer.text)

    def post(self, path: str, /, *, sent: dict[str, str] | None = None, **fields: str):
        """Send a form as a browser on our own page does. Fills in the CSRF token if signed in."""
        token = self.client.cookies.get("sillage_session")
        session = users.find_session(self.control, token, now=self.clock()) if token else None
        token_field = {"csrf": session.csrf_token} if session else {}
        origin = {"Origin": self.base_url} if sent is None else sent
        return self.client.post(path, data=token_field | fields, headers=origin)


class Page(HTMLParser):
    """The elements and the visible text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[tuple[str, dict[str, Any]]] = []
        self.inline_scripts: list[str] = []
        self._words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        """All text on the page in reading order, with single spaces."""
        return " ".join(" ".join(self._words).split())

    def attributes(self, tag: str, **expected: str) -> list[dict[str, Any]]:
        """Return the attributes of every element with this tag and these attributes."""
        return [present for name, present in self.elements if name == tag and expected.items() <= present.items()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"<{tag}> repeats an attribute"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open, f"</{tag}> without a start"
            assert self._open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("script", "style"):
            self.inline_scripts.append(data.strip())
        else:
            self._words.append(data)

    def close(self) -> None:
        super().close()
        assert not self._open, f"never closed: {self._open}"
