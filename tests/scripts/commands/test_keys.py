import json
import time

import pytest

from schema.sites import keys, sites
from schema.sites.keys import Scope

ADD = ("add", "--name", "shop", "--scope", "events:send")


def stored(control):
    return [(key.name, key.scopes, key.site_id) for key in keys.list_all(control)]


def test_the_key_is_alone_on_standard_output(control, sillage):
    result = sillage("keys", *ADD)

    key = result.stdout.removesuffix("\n")
    assert (result.exit_code, result.stderr) == (0, "This key is not shown again:\n")
    assert [entry.key_hash for entry in keys.list_all(control)] == [keys.hash_of(key.encode())]
    assert stored(control) == [("shop", (Scope.SEND_EVENTS,), None)]


def test_a_key_of_one_site_is_of_that_site(control, sillage):
    site = sites.add(control, "example.org", timezone="UTC", now=time.time())

    sillage("keys", *ADD, "--site", "www.example.org")

    assert stored(control) == [("shop", (Scope.SEND_EVENTS,), site.id)]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(
            ("add", "--name", "taken", "--scope", "events:send"),
            "sillage: a key named taken already exists: choose another name, or revoke that key first\n",
            id="a name that is taken",
        ),
        pytest.param(
            (*ADD, "--site", "example.org"),
            "sillage: example.org is not a site here. `sillage sites list` shows the sites.\n",
            id="a site that is none",
        ),
        pytest.param(
            ("remove", "7", "--yes"),
            "sillage: there is no key 7: run `sillage keys list` to see all keys\n",
            id="removing what is not there",
        ),
    ],
)
def test_what_can_not_be_is_one_sentence_and_exit_code_2(control, sillage, words, sentence):
    keys.add(control, "taken", scopes=[Scope.SEND_EVENTS], site_id=None, now=time.time())

    result = sillage("keys", *words)

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", sentence)
    assert [name for name, _, _ in stored(control)] == ["taken"]


def test_a_scope_is_one_that_there_is(control, sillage):
    result = sillage("keys", "add", "--name", "shop", "--scope", "everything")

    assert result.exit_code == 2
    assert "'everything' is not one of 'events:send', 'events:import', 'stats:read'" in result.stderr
    assert stored(control) == []


def test_keys_are_listed_without_their_secret(control, sillage):
    site = sites.add(control, "example.org", timezone="UTC", now=time.time())
    made = [
        keys.add(control, "shop", scopes=[Scope.SEND_EVENTS], site_id=None, now=time.time()),
        keys.add(control, "app", scopes=[Scope.SEND_EVENTS], site_id=site.id, now=time.time()),
    ]

    keys.note_use(control, keys.by_id(control, 2), now_s=1_773_144_030)

    table = sillage("keys", "list").stdout
    rows = json.loads(sillage("keys", "list", "--json").stdout)

    assert table.splitlines() == [
        "ID  NAME  SCOPES       SITE         LAST USE",
        "1   shop  events:send  -            -",
        "2   app   events:send  example.org  2026-03-10 12:00Z",
    ]
    assert rows == [
        {"id": 1, "name": "shop", "scopes": "events:send", "site": None, "last_use": None},
        {
            "id": 2,
            "name": "app",
            "scopes": "events:send",
            "site": "example.org",
            "last_use": "2026-03-10 12:00Z",
        },
    ]
    assert [key for key in made if key in table] == []


def test_the_keys_of_a_removed_site_are_not_listed(control, sillage):
    site = sites.add(control, "example.org", timezone="UTC", now=time.time())
    keys.add(control, "shop", scopes=[Scope.SEND_EVENTS], site_id=site.id, now=time.time())
    sites.remove(control, "example.org", now=time.time())

    assert sillage("keys", "list").stdout == ""


@pytest.mark.parametrize(
    ("words", "answer", "left"),
    [
        pytest.param((), "y\n", ["app"], id="confirmed"),
        pytest.param((), "n\n", ["shop", "app"], id="declined"),
        pytest.param(("--yes",), "", ["app"], id="not asked"),
    ],
)
def test_a_key_is_removed_once_that_is_confirmed(control, sillage, words, answer, left):
    for name in ("shop", "app"):
        keys.add(control, name, scopes=[Scope.SEND_EVENTS], site_id=None, now=time.time())

    sillage("keys", "remove", "1", *words, answer=answer)

    assert [name for name, _, _ in stored(control)] == left
