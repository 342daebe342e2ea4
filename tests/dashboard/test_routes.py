"""Every page as everybody: the expected answer follows from the right that a page needs and from the role alone."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Response
from starlette.routing import Route

from dashboard.routes import api_routes, page_routes
from schema.people import members, users
from schema.people.roles import Right, Role
from schema.sites import keys, shared_links, sites
from schema.sites.keys import Scope
from schema.stores.control import Control
from schema.stores.database import Database
from tests.dashboard.calls import calls
from tests.dashboard.desk import Desk

VIEW, EDIT, ADMINISTER, OWN, SERVER = (Right.VIEW, Right.EDIT, Right.ADMINISTER, Right.OWN, Right.SERVER)
SETTINGS = "/{domain:path}/settings"
# What each page needs, written down a second time: a route that is missing here fails, and so does one that changes.
NEEDS: dict[str, Right | None] = {
    "/static/{digest}/{name}": None,  # for everybody; pages of their own test these
    "/sign-in": None,
    "/sign-in/{token}": None,
    "/invitation/{token}": None,
    "/sign-in/code": None,
    "/sign-in/forgotten": None,
    "/sign-in/passkey": None,
    "/sign-in/provider": None,
    "/sign-in/provider/back": None,
    "/privacy/{domain:path}": None,
    "/share/embed.js": None,
    "/share/{link:path}": None,
    "/{domain:path}/badge.svg": None,
    "/unsubscribe/{token}": None,
    **dict.fromkeys(
        (
            "/",
            "/sign-out",
            "/account",
            "/account/export",
            "/keys",
            "/keys/{id:int}/remove",
            "/account/delete",
            "/account/name",
            "/account/password",
            "/account/browsers/sign-out",
            "/account/browsers/{id}/sign-out",
            "/account/preferences",
            "/account/passkeys",
            "/account/passkeys/{id:int}/remove",
            "/account/two-factor",
            "/account/two-factor/codes",
            "/account/two-factor/off",
            "/sites",
        ),
        Right.SIGNED_IN,
    ),
    **dict.fromkeys(
        ("/sites/new", "/status", "/people", "/people/{id:int}", "/people/{id:int}/remove"),
        SERVER,
    ),
    **dict.fromkeys(
        (
            "/{domain:path}",
            "/{domain:path}/not-counted",
            "/{domain:path}/export",
            "/{domain:path}/filter",
            "/{domain:path}/{table:table}.csv",
            "/{domain:path}/{table:table}",
            "/{domain:path}/notes",
            "/{domain:path}/notes/{id:int}",
            "/{domain:path}/notes/{id:int}/remove",
            "/{domain:path}/current-visitors",
            "/{domain:path}/realtime",
        ),
        VIEW,
    ),
    **dict.fromkeys(
        (
            f"{SETTINGS}/goals",
            f"{SETTINGS}/goals/{{id:int}}",
            f"{SETTINGS}/goals/{{id:int}}/remove",
            f"{SETTINGS}/funnels",
            f"{SETTINGS}/funnels/{{id:int}}",
            f"{SETTINGS}/funnels/{{id:int}}/remove",
            f"{SETTINGS}/segments",
            f"{SETTINGS}/segments/{{id:int}}",
            f"{SETTINGS}/segments/{{id:int}}/remove",
            f"{SETTINGS}/properties",
            f"{SETTINGS}/properties/name",
            f"{SETTINGS}/properties/remove",
            f"{SETTINGS}/referrers",
            f"{SETTINGS}/referrers/remove",
            f"{SETTINGS}/install",
        ),
        EDIT,
    ),
    **dict.fromkeys(
        (
            SETTINGS,
            f"{SETTINGS}/paths",
            f"{SETTINGS}/paths/slashes",
            f"{SETTINGS}/paths/remove",
            f"{SETTINGS}/sharing",
            f"{SETTINGS}/sharing/public",
            f"{SETTINGS}/sharing/{{id:int}}",
            f"{SETTINGS}/sharing/{{id:int}}/remove",
            f"{SETTINGS}/exclusions",
            f"{SETTINGS}/exclusions/test",
            f"{SETTINGS}/exclusions/{{id:int}}/mode",
            f"{SETTINGS}/exclusions/{{id:int}}/renew",
            f"{SETTINGS}/exclusions/{{id:int}}/remove",
            f"{SETTINGS}/privacy",
            f"{SETTINGS}/privacy/switch",
            f"{SETTINGS}/privacy/review",
            f"{SETTINGS}/privacy/audit",
            f"{SETTINGS}/privacy/people",
            f"{SETTINGS}/privacy/papers/{{name}}.md",
            f"{SETTINGS}/privacy/papers/{{name}}",
            f"{SETTINGS}/people",
            f"{SETTINGS}/people/{{id:int}}",
            f"{SETTINGS}/people/{{id:int}}/remove",
            f"{SETTINGS}/people/invitations/{{id:int}}/renew",
            f"{SETTINGS}/people/invitations/{{id:int}}/revoke",
            f"{SETTINGS}/devices",
            f"{SETTINGS}/alerts",
            f"{SETTINGS}/alerts/{{id:int}}/remove",
            f"{SETTINGS}/mail",
            f"{SETTINGS}/mail/test",
            f"{SETTINGS}/mail/{{id:int}}",
            f"{SETTINGS}/mail/{{id:int}}/html",
            f"{SETTINGS}/mail/{{id:int}}/remove",
            f"{SETTINGS}/retention",
            f"{SETTINGS}/changes.csv",
            f"{SETTINGS}/changes",
        ),
        ADMINISTER,
    ),
    **dict.fromkeys((f"{SETTINGS}/deletion", f"{SETTINGS}/deletion/site", f"{SETTINGS}/domain"), OWN),
}
# Name -> role on the site and whether they own the server. None: not signed in.
# What a shared link opens besides: the report, and nothing that changes anything.
SHARED = {
    "/{domain:path}",
    "/{domain:path}/export",
    "/{domain:path}/filter",
    "/{domain:path}/{table:table}.csv",
    "/{domain:path}/{table:table}",
    "/{domain:path}/current-visitors",
    "/{domain:path}/realtime",
}
WITH_A_LINK = "somebody with a shared link"
PEOPLE: dict[str, tuple[Role | None, bool] | None] = {
    "nobody": None,
    WITH_A_LINK: None,
    "a stranger": (None, False),
    "an owner of another site": (None, False),
    "a viewer": (Role.VIEWER, False),
    "an editor": (Role.EDITOR, False),
    "an administrator": (Role.ADMIN, False),
    "an owner": (Role.OWNER, False),
    "an owner of the server": (None, True),
}
RIGHTS = {
    None: set(),
    Role.VIEWER: {VIEW},
    Role.EDITOR: {VIEW, EDIT},
    Role.ADMIN: {VIEW, EDIT, ADMINISTER},
    Role.OWNER: {VIEW, EDIT, ADMINISTER, OWN},
}


def page_calls() -> Iterator[tuple[str, str]]:
    """Yield the path and the methods of every page."""
    for route in page_routes():
        assert isinstance(route, Route)
        for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
            yield route.path, method


def expected(method: str, path: str, person: str) -> str:
    """Return what a person gets: a page, the sign-in page, 403 or 404."""
    right, who = NEEDS[path], PEOPLE[person]
    if who is None:
        is_shared = person == WITH_A_LINK and method == "GET" and path in SHARED
        return "a page" if is_shared else "the sign-in page"
    role, is_server_owner = who
    if is_server_owner or right is Right.SIGNED_IN:
        return "a page"
    if "{domain" in path and role is None:
        return "not found"
    return "a page" if right in RIGHTS[role] else "not allowed"


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory, engine: Database) -> dict[str, Desk]:
    """Give a browser for each of the people, on one site that waits for its first page view."""
    control = Control(tmp_path_factory.mktemp("roles") / "control.db", now=time.time())
    desk = Desk(control, engine)
    site = sites.add(control, "example.org", timezone="UTC", now=desk.clock())
    shared_links.add(control, site.id, "Board")
    other = sites.add(control, "other.example", timezone="UTC", now=desk.clock())
    browsers = {}
    for number, (name, who) in enumerate(PEOPLE.items()):
        browsers[name] = browser = desk.elsewhere(f"198.51.100.{number}")
        if who is None:
            continue
        role, is_owner = who
        user = users.add(control, f"person{number}@example.org", now=desk.clock(), is_owner=is_owner)
        if name == "an owner of another site":
            members.put(control, other.id, user.id, Role.OWNER)
        if role is not None:
            members.put(control, site.id, user.id, role)
        browser.enter(user)
    return browsers


def test_every_page_has_a_rule_here_and_every_rule_a_page() -> None:
    assert {path for path, _method in page_calls()} == NEEDS.keys()


@pytest.mark.parametrize("person", PEOPLE)
def test_every_page_answers_everybody_by_their_role(desks: dict[str, Desk], person: str) -> None:
    wrong = [
        (method, path, answer, expected(method, path, person))
        for path, method in page_calls()
        if path not in ("/sign-out", "/account/browsers/sign-out") and NEEDS[path]
        if (answer := answer_to(desks[person], method, path, person)) != expected(method, path, person)
    ]

    assert not wrong


def answer_to(desk: Desk, method: str, path: str, person: str) -> str:
    """Return what a person gets. The site has no entries: a page that finds none still shows the way to the site."""
    url = re.sub(r"\{(\w+)(?::\w+)?\}", lambda part: VALUES[part[1]], path)
    if person == WITH_A_LINK:
        [link] = shared_links.list_all(desk.control, 1)
        url = f"{url}?auth={link.slug}"
    response = desk.get(url) if method == "GET" else desk.post(url)
    if response.status_code == 303 and response.headers["location"].startswith("/sign-in"):
        return "the sign-in page"
    assert response.status_code < 500
    if response.status_code == 403:
        return "not allowed"
    if "{domain" in path and response.status_code == 404 and SITE_LINK not in response.text:
        return "not found"
    return "a page"


SITE_LINK = 'href="/example.org"'
VALUES = {
    "domain": "example.org",
    "digest": "0",
    "name": "register",
    "token": "guessed",
    "id": "99",
    "table": "pages",
}


# Paths of the API that need no key.
OPEN_CALLS = {"/api/docs/openapi.json", "/api/docs/query/schema.json"}
# Holder of a key -> the statuses that every call about example.org may have. 400: the call was refused before.
HOLDERS: dict[str, set[int]] = {
    "nobody": {401},
    "a guess": {401},
    "a viewer": {401},  # keys of people who do not administer the site are not in force
    "an owner of another site": {400, 401, 403, 404},
}


@pytest.fixture(scope="module")
def holders(desks: dict[str, Desk]) -> dict[str, str]:
    """Give the API key of each of the holders, with every scope."""
    control, now = desks["nobody"].control, desks["nobody"].clock()
    site, other = (sites.by_domain(control, domain, now=now) for domain in ("example.org", "other.example"))
    assert site
    assert other
    viewer = users.add(control, "viewer@example.org", now=now)
    members.put(control, site.id, viewer.id, Role.VIEWER)
    owner = users.add(control, "owner@example.org", now=now)
    members.put(control, other.id, owner.id, Role.OWNER)
    of_viewer = keys.add(control, "viewer", scopes=list(Scope), site_id=site.id, now=now, user_id=viewer.id)
    of_owner = keys.add(control, "owner", scopes=list(Scope), site_id=other.id, now=now, user_id=owner.id)
    return {"nobody": "", "a guess": "sillage_guess", "a viewer": of_viewer, "an owner of another site": of_owner}


@pytest.mark.parametrize("holder", HOLDERS)
def test_no_call_of_the_api_opens_the_site_of_others(
    desks: dict[str, Desk], holders: dict[str, str], holder: str
) -> None:
    wrong = [
        (method, path, response.status_code)
        for method, path in calls(api_routes({}))
        if path not in OPEN_CALLS and path != "/api/x"
        if (response := called(desks["nobody"], holders[holder], method, path)).status_code not in HOLDERS[holder]
        if not (response.status_code == 200 and "example.org" not in response.text)  # lists of their own sites
    ]

    assert not wrong


def test_signing_in_does_not_open_the_api(desks: dict[str, Desk]) -> None:
    assert 401 == called(desks["an owner of the server"], "", "GET", "/api/v1/sites").status_code


def test_a_key_of_an_administrator_neither_deletes_data_nor_moves_the_site(desks: dict[str, Desk]) -> None:
    control, now = desks["nobody"].control, desks["nobody"].clock()
    site = sites.by_domain(control, "example.org", now=now)
    assert site
    admin = users.add(control, "admin@example.org", now=now)
    members.put(control, site.id, admin.id, Role.ADMIN)
    key = keys.add(control, "admin", scopes=list(Scope), site_id=site.id, now=now, user_id=admin.id)
    desk = desks["nobody"]

    assert 200 == called(desk, key, "GET", "/api/v1/sites/example.org").status_code
    assert 403 == called(desk, key, "DELETE", "/api/v1/sites/example.org").status_code
    assert 403 == called(desk, key, "PUT", "/api/v1/sites/example.org", domain="new.example").status_code
    assert 403 == called(desk, key, "PUT", "/api/v1/sites/erasures", kind="site").status_code


def called(desk: Desk, key: str, method: str, path: str, **fields: str) -> Response:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    sent: Any = {"json": {"site_id": "example.org", **fields}} if method != "GET" else {}
    return desk.client.request(method, f"{path}?site_id=example.org", headers=headers, **sent)
