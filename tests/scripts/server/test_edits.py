"""What an answer confirms is in effect: the next request, of any client, meets the new site, key or rule."""

import re
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ingest.enrich.place import Places
from ingest.gates.recent_hits import RecentHits
from schema.exclusions import rules as exclusions
from schema.sites import keys, sites
from schema.sites.keys import Scope
from schema.stores.control import Control, ControlUnavailableError
from scripts.server.edits import AnsweredInEffect, Edited, Edits
from scripts.server.local_socket import request_json
from scripts.server.rules_in_force import RulesInForce
from tests.server import Server, becomes_true

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
OFFICE = "192.0.2.0/24"
COLLEAGUE = "192.0.2.7"
ACCOUNT = {"email": "ana@example.org", "password": "correct horse", "repeated": "correct horse"}
_numbers = count(1)


class Shop(Server):
    """A server with a program that may do everything, and a signed-in browser."""

    key = ""
    browser: httpx2.Client

    def ask(self, method: str, path: str, **fields: Any) -> Any:
        """Return the answer of the Sites API, which must be 200."""
        headers = {"authorization": f"Bearer {self.key}"}
        answer = httpx2.request(method, f"{self.url}/api/v1/sites{path}", headers=headers, json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **fields: str) -> str:
        """Send a form, and return the page that follows."""
        token = re.search(r'name="csrf" value="([^"]+)"', self.browser.get("/keys").text)
        assert token
        answer = self.browser.post(path, data={"csrf": token[1], **fields})
        assert answer.status_code == 200, answer.text
        return answer.text

    def counted(self, domain: str, *, visitor: str = "", key: str = "", hits: int = 5) -> int:
        """Send page views and return how many were counted. visitor: address; a new one by default."""
        return sum(self._is_counted(domain, visitor or f"2001:db8::{next(_numbers):x}", key) for _ in range(hits))

    def _is_counted(self, domain: str, visitor: str, key: str) -> bool:
        body = {"n": "pageview", "d": domain, "u": f"https://{domain}/"}
        headers = {"user-agent": FIREFOX, "authorization": f"Bearer {key or self.key}", "x-plausible-ip": visitor}
        answer = httpx2.post(f"{self.url}/api/event", json=body, headers=headers)
        assert answer.status_code == 202
        return "x-plausible-dropped" not in answer.headers


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    server = Shop(tmp_path_factory.mktemp("edits") / "data", settings={"trusted_proxies": "10.0.0.1"})
    server.key = server.command("keys", "add", "--name", "shop", *(f"--scope={scope}" for scope in Scope)).strip()
    with server, httpx2.Client(follow_redirects=True) as browser:
        browser.base_url = server.url
        browser.headers["origin"] = server.url
        server.browser = browser
        assert browser.post(server.sign_in_link, data=ACCOUNT).status_code == 200
        yield server


def a_site(shop: Shop) -> str:
    """Return the domain of a new site."""
    return str(shop.ask("POST", "", domain=f"shop{next(_numbers)}.example")["domain"])


def test_a_site_made_by_the_api_counts_at_once(shop: Shop) -> None:
    assert [5] * 3 == [shop.counted(a_site(shop)) for _ in range(3)]
    assert 0 == shop.counted("none.example")


def test_a_site_made_by_a_form_counts_at_once(shop: Shop) -> None:
    shop.post("/sites/new", domain="form.example", timezone="Europe/Paris", profile="standard")

    assert 5 == shop.counted("form.example")


def test_a_site_that_moves_counts_under_both_domains_at_once(shop: Shop) -> None:
    domain = a_site(shop)
    shop.ask("PUT", f"/{domain}", domain=f"new-{domain}")

    assert [5, 5] == [shop.counted(f"new-{domain}"), shop.counted(domain)]


def test_a_removed_site_counts_nothing_more(shop: Shop) -> None:
    domain, other = a_site(shop), a_site(shop)
    assert [5, 5] == [shop.counted(domain), shop.counted(other)]

    shop.ask("DELETE", f"/{domain}")
    assert [0, 5] == [shop.counted(domain), shop.counted(other)]


def test_a_site_made_through_the_local_socket_counts_at_once(shop: Shop) -> None:
    request_json(shop.data_dir, "POST", "/api/v1/sites", body=[b'{"domain": "socket.example"}'])

    assert 5 == shop.counted("socket.example")


def test_a_rule_made_by_the_api_excludes_at_once_and_no_longer_than_it_exists(shop: Shop) -> None:
    domain = a_site(shop)
    rule = {"site_id": domain, "network": OFFICE}
    number = shop.ask("PUT", "/exclusions", **rule)["id"]
    assert [0, 5] == [shop.counted(domain, visitor=COLLEAGUE), shop.counted(domain)]

    shop.ask("PATCH", f"/exclusions/{number}", site_id=domain, mode="dry-run")
    assert 5 == shop.counted(domain, visitor=COLLEAGUE)
    shop.ask("PATCH", f"/exclusions/{number}", site_id=domain, mode="on")
    assert 0 == shop.counted(domain, visitor=COLLEAGUE)
    shop.ask("DELETE", f"/exclusions/{number}", site_id=domain)
    assert 5 == shop.counted(domain, visitor=COLLEAGUE)


def test_a_rule_made_by_a_form_excludes_at_once(shop: Shop) -> None:
    domain = a_site(shop)
    shop.post(f"/{domain}/settings/exclusions", kind="network", value=OFFICE)

    assert [0, 5] == [shop.counted(domain, visitor=COLLEAGUE), shop.counted(domain)]


def test_a_key_can_send_at_once_until_it_is_revoked(shop: Shop) -> None:
    domain = a_site(shop)
    shop.ask("PUT", "/exclusions", site_id=domain, network=OFFICE)
    page = shop.post("/keys", **{"name": "app", "site": "", "events:send": "yes"})
    key, number = re.search(r"sillage_[\w-]{43}", page), max(map(int, re.findall(r"/keys/(\d+)/remove", page)))
    assert key

    # Only a sender with a key speaks for its visitor.
    assert 0 == shop.counted(domain, visitor=COLLEAGUE, key=key[0])
    shop.post(f"/keys/{number}/remove", sure="yes")
    assert 5 == shop.counted(domain, visitor=COLLEAGUE, key=key[0])


def test_a_goal_made_by_the_api_is_reported_at_once(shop: Shop) -> None:
    domain = a_site(shop)
    shop.ask("PUT", "/goals", site_id=domain, goal_type="page", page_path="/")
    assert 5 == shop.counted(domain)

    def conversions() -> int:
        filters = [["is", "event:goal", ["Visit /"]]]
        query = {"site_id": domain, "metrics": ["events"], "date_range": "day", "filters": filters}
        headers = {"authorization": f"Bearer {shop.key}"}
        answer = httpx2.post(f"{shop.url}/api/v2/query", headers=headers, json=query)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["results"][0]["metrics"][0])

    assert becomes_true(lambda: conversions() == 5)


def test_settings_of_a_script_are_served_at_once(shop: Shop) -> None:
    domain = a_site(shop)
    script = f"{shop.url}/js/{shop.ask('GET', f'/{domain}')['tracker_script_configuration']['id']}.js"
    assert '"outboundLinks": true' not in httpx2.get(script).text

    shop.ask("PUT", f"/{domain}", tracker_script_configuration={"outbound_links": True})

    assert '"outboundLinks": true' in httpx2.get(script).text


class Clock:
    """Stands still, and can fail like the control file."""

    now = 0.0
    fails = False

    def __call__(self) -> float:
        if self.fails:
            raise ControlUnavailableError("The control file can't be used: the disk is full.")
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def applied() -> list[Edited]:
    """Return what was put into effect, in order."""
    return []


@pytest.fixture
def edits(data_dir: Path, control: Control, clock: Clock, applied: list[Edited]) -> Iterator[Edits]:
    """Return edits of `control`, with a connection of their own."""
    watch = Control(data_dir / "control.sqlite3", now=time.time())
    file = data_dir / "exclusions.toml"
    rules = RulesInForce(control, data_dir=data_dir, file=file, places=Places(), recent_hits=RecentHits(), clock=clock)
    yield Edits(watch, rules, apply=applied.append, clock=clock)
    watch.close()


@pytest.mark.anyio
async def test_only_what_differs_is_applied(edits: Edits, control: Control, applied: list[Edited]) -> None:
    edits.follow_now()
    await edits.follow()
    sites.add(control, "example.org", timezone="UTC", now=0)
    await edits.follow()
    await edits.follow()
    keys.add(control, "app", scopes=[Scope.SEND_EVENTS], site_id=None, now=0)
    exclusions.add(control, exclusions.network(OFFICE), who="a test", now=time.time())
    await edits.follow()

    assert [(0, 0, 0), (1, 0, 0), (1, 1, 1)] == [
        (len(edited.sites), len(edited.keys), len(edited.exclusions.rules)) for edited in applied
    ]


@pytest.mark.anyio
async def test_what_expires_is_applied_when_it_does(
    edits: Edits, control: Control, clock: Clock, applied: list[Edited]
) -> None:
    rule = exclusions.read({"network": OFFICE, "expires": "1970-01-02"}, site_id=None, now=0)
    exclusions.add(control, rule, who="a test", now=time.time())
    for clock.now in (0.0, 172_799.0, 172_800.0, 172_801.0):
        await edits.follow()

    assert [1, 0] == [len(edited.exclusions.rules) for edited in applied]


@pytest.mark.anyio
async def test_new_addresses_of_host_names_are_applied_without_an_edit(edits: Edits, applied: list[Edited]) -> None:
    await edits.follow()
    await edits.follow(are_names_new=True)

    assert 2 == len(applied)


@pytest.mark.anyio
async def test_an_edit_that_could_not_be_read_is_applied_later(
    edits: Edits, control: Control, clock: Clock, applied: list[Edited]
) -> None:
    await edits.follow()
    sites.add(control, "example.org", timezone="UTC", now=0)
    clock.fails = True
    with pytest.raises(ControlUnavailableError):
        await edits.follow()
    clock.fails = False
    await edits.follow()

    assert [0, 1] == [len(edited.sites) for edited in applied]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "path", "steps"),
    [
        pytest.param(
            "POST", "/keys", ["handled", "followed", "http.response.start", "http.response.body"], id="an edit"
        ),
        pytest.param(
            "DELETE", "/keys", ["handled", "followed", "http.response.start", "http.response.body"], id="a removal"
        ),
        pytest.param("GET", "/keys", ["handled", "http.response.start", "http.response.body"], id="reading"),
        pytest.param("HEAD", "/keys", ["handled", "http.response.start", "http.response.body"], id="reading less"),
        pytest.param("POST", "/api/v2/query", ["handled", "http.response.start", "http.response.body"], id="a query"),
    ],
)
@pytest.mark.parametrize("fails", [False, True], ids=["", "although the file is away"])
async def test_an_edit_is_in_effect_before_its_answer_starts(
    method: str, path: str, steps: list[str], *, fails: bool
) -> None:
    done = []

    async def follow() -> None:
        done.append("followed")
        if fails:
            raise ControlUnavailableError("The control file can't be used: the disk is full.")

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        done.append("handled")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        done.append(message["type"])

    await AnsweredInEffect(app, follow=follow)({"type": "http", "method": method, "path": path}, None, send)  # type: ignore[arg-type]

    assert steps == done
