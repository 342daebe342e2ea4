"""API keys: created, shown once, revoked."""

import pytest

from schema.people import members, users
from schema.people.roles import Role
from schema.sites import keys, sites
from schema.sites.keys import Scope
from tests.dashboard.desk import Page

READ = {"stats:read": "yes"}


def stored(desk):
    return [(key.name, key.scopes, key.site_id) for key in keys.list_all(desk.control)]


def test_a_key_is_created_and_shown_once(desk, site):
    scopes = {"sites:read": "yes", "sites:provision": "yes"}
    answer = desk.post("/keys", name=" Robot ", site="example.org", **scopes)
    [key] = keys.list_all(desk.control)

    made = [word for word in Page(answer.text).text.split() if word.startswith(keys.PREFIX)]
    assert [keys.hash_of(word.encode()) for word in made] == [key.key_hash]
    assert stored(desk) == [("Robot", (Scope.READ_SITES, Scope.PROVISION_SITES), site.id)]
    assert answer.headers["cache-control"] == "no-store"
    assert keys.PREFIX not in desk.page("/keys").text


def test_keys_are_listed_with_scopes_site_and_last_use(desk, site):
    keys.add(desk.control, "Grafana", scopes=[Scope.READ_STATS], site_id=None, now=desk.clock())
    keys.add(desk.control, "Shop", scopes=[Scope.SEND_EVENTS], site_id=site.id, now=desk.clock())
    keys.note_use(desk.control, keys.by_id(desk.control, 2), now_s=1_773_144_030)
    text = desk.page("/keys").text

    assert "Grafana stats:read All sites, never used" in text
    assert "Shop events:send example.org, last used 10 Mar 2026, 12:00 UTC" in text


def test_keys_of_a_removed_site_are_not_listed(desk, site):
    keys.add(desk.control, "Shop", scopes=[Scope.SEND_EVENTS], site_id=site.id, now=desk.clock())
    sites.remove(desk.control, "example.org", now=desk.clock())

    assert "Shop" not in desk.page("/keys").text


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        pytest.param({"name": "Taken", **READ}, "A key named Taken already exists", id="a name that is taken"),
        pytest.param({"name": " ", **READ}, "The name of a key must have 1 to", id="no name"),
        pytest.param({"name": "a"}, "Choose at least one scope.", id="no scope"),
        pytest.param(
            {"name": "a", "site": "none.example", **READ}, "This site no longer exists. Choose another.", id="no site"
        ),
    ],
)
def test_what_is_wrong_is_said_above_what_was_entered(desk, fields, problem):
    keys.add(desk.control, "Taken", scopes=[Scope.READ_STATS], site_id=None, now=desk.clock())
    answer = desk.post("/keys", **fields)
    page = Page(answer.text)

    assert answer.status_code == 422
    assert problem in page.text
    assert page.attributes("input", name="name")[0]["value"] == fields["name"]
    assert len(stored(desk)) == 1


def test_a_key_is_removed(desk):
    keys.add(desk.control, "Shop", scopes=[Scope.SEND_EVENTS], site_id=None, now=desk.clock())

    assert "Programs that send it are refused from then on." in desk.page("/keys/1/remove").text
    assert desk.post("/keys/1/remove", sure="yes").headers["location"] == "/keys?removed=0#removed"
    assert stored(desk) == []
    assert desk.post("/keys/1/remove", sure="yes").headers["location"] == "/keys"


@pytest.mark.parametrize("path", ["/keys", "/keys/1/remove"])
def test_keys_need_the_token_of_the_session_and_no_stranger_has_one(desk, stranger, path):
    keys.add(desk.control, "Shop", scopes=[Scope.SEND_EVENTS], site_id=None, now=desk.clock())

    assert desk.post(path, csrf="nonsense", name="a", **READ).status_code == 403
    assert stranger.post(path, name="a", **READ).headers["location"] == "/sign-in"
    assert [name for name, _, _ in stored(desk)] == ["Shop"]


def test_an_administrator_creates_keys_for_their_sites_only(desk, site):
    other = sites.add(desk.control, "other.example", timezone="UTC", now=desk.clock())
    keys.add(desk.control, "Server", scopes=[Scope.READ_STATS], site_id=None, now=desk.clock())
    bo = users.add(desk.control, "bo@example.org", now=desk.clock())
    members.put(desk.control, site.id, bo.id, Role.ADMIN)
    members.put(desk.control, other.id, bo.id, Role.EDITOR)
    browser = desk.elsewhere("198.51.100.9")
    browser.enter(bo)

    assert ["example.org"] == [option["value"] for option in browser.page("/keys").attributes("option")]
    assert [422, 422, 200] == [
        browser.post("/keys", name="a", site=domain, **READ).status_code
        for domain in ("", "other.example", "example.org")
    ]
    assert "Server" not in browser.page("/keys").text
    assert "/keys" == browser.post("/keys/1/remove", sure="yes").headers["location"]
    assert [("Server", None), ("a", site.id)] == [(key.name, key.site_id) for key in keys.list_all(desk.control)]
    assert "a stats:read example.org" in desk.page("/keys").text, "owners of the server see all keys"


def test_who_administers_no_site_is_told_so(desk, site):
    bo = users.add(desk.control, "bo@example.org", now=desk.clock())
    browser = desk.elsewhere("198.51.100.9")
    browser.enter(bo)

    assert "You need to be an administrator of a site" in browser.page("/keys").text
