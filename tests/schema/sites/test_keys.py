import time
from pathlib import Path

import pytest

from schema.people import accounts, members, users
from schema.people.roles import Role
from schema.sites import keys, sites
from schema.sites.keys import AccessKeyError, Scope
from schema.stores.control import Control

SEND = [Scope.SEND_EVENTS]


@pytest.fixture
def control(tmp_path: Path) -> Control:
    return Control(tmp_path / "control.sqlite3", now=time.time())


def test_a_key_is_known_by_its_hash_and_found_nowhere(control, tmp_path):
    key = keys.add(control, " shop ", scopes=SEND * 2, site_id=None, now=time.time())

    [stored] = keys.list_all(control)
    assert (stored.name, stored.scopes, stored.site_id) == ("shop", (Scope.SEND_EVENTS,), None)
    assert stored.key_hash == keys.hash_of(key.encode())
    assert [file for file in tmp_path.iterdir() if key.encode() in file.read_bytes()] == []


def test_no_two_keys_are_alike(control):
    first, second = (keys.add(control, name, scopes=SEND, site_id=None, now=time.time()) for name in ("shop", "app"))

    assert first != second
    assert min(len(first), len(second)) > 40


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        pytest.param("shop", "a key named shop already exists", id="a name that is taken"),
        pytest.param("  ", "must have 1 to", id="no name"),
        pytest.param("x" * 101, "1 to 100 characters", id="too long a name"),
    ],
)
def test_a_key_needs_a_name_of_its_own(control, name, problem):
    keys.add(control, "shop", scopes=SEND, site_id=None, now=time.time())

    with pytest.raises(AccessKeyError, match=problem):
        keys.add(control, name, scopes=SEND, site_id=None, now=time.time())
    assert len(keys.list_all(control)) == 1


def test_a_removed_key_is_gone_and_its_name_is_free(control):
    keys.add(control, "shop", scopes=SEND, site_id=None, now=time.time())

    keys.remove(control, keys.list_all(control)[0].id)

    assert keys.list_all(control) == []
    assert keys.add(control, "shop", scopes=SEND, site_id=None, now=time.time())


def test_what_is_not_there_is_not_removed(control):
    with pytest.raises(AccessKeyError, match="no key 7"):
        keys.remove(control, 7)


def test_the_keys_of_a_site_go_with_it(control):
    site = sites.add(control, "example.org", timezone="UTC", now=time.time())
    keys.add(control, "shop", scopes=SEND, site_id=site.id, now=time.time())
    keys.add(control, "app", scopes=SEND, site_id=None, now=time.time())

    sites.remove(control, site.domain, now=time.time())
    sites.forget(control, site.id)

    assert [key.name for key in keys.list_all(control)] == ["app"]


@pytest.mark.parametrize(
    ("given", "asked", "permits"),
    [
        pytest.param(Scope.READ_STATS, Scope.READ_STATS, True, id="what it was made for"),
        pytest.param(Scope.READ_STATS, Scope.READ_SITES, False, id="what it was not made for"),
        pytest.param(Scope.PROVISION_SITES, Scope.READ_SITES, True, id="reading what it may change"),
        pytest.param(Scope.READ_SITES, Scope.PROVISION_SITES, False, id="changing what it may read"),
        pytest.param(Scope.PROVISION_SITES, Scope.READ_STATS, False, id="the numbers of what it may change"),
    ],
)
def test_a_key_is_for_its_scopes_alone(control, given, asked, permits):
    keys.add(control, "shop", scopes=[given], site_id=None, now=time.time())

    assert keys.by_id(control, 1).permits(asked) == permits


def test_a_key_is_found_by_its_hash_and_no_other(control):
    key = keys.add(control, "shop", scopes=SEND, site_id=None, now=time.time())

    assert keys.by_hash(control, keys.hash_of(key.encode())) == keys.by_id(control, 1)
    assert keys.by_hash(control, keys.hash_of(b"another")) is None


@pytest.mark.parametrize(
    ("first_s", "second_s", "noted_s"),
    [
        pytest.param(1000, 1059, 1000, id="not again within a minute"),
        pytest.param(1000, 1060, 1060, id="again after a minute"),
    ],
)
def test_the_last_use_is_noted_once_a_minute_at_most(control, first_s, second_s, noted_s):
    keys.add(control, "shop", scopes=SEND, site_id=None, now=time.time())
    assert keys.by_id(control, 1).last_used_at is None

    for now_s in (first_s, second_s):
        keys.note_use(control, keys.by_id(control, 1), now_s=now_s)

    assert keys.by_id(control, 1).last_used_at == noted_s


@pytest.mark.parametrize(
    ("role", "is_owner", "of_all", "is_in_force"),
    [
        pytest.param(Role.VIEWER, False, False, False, id="a viewer"),
        pytest.param(Role.EDITOR, False, False, False, id="an editor"),
        pytest.param(Role.ADMIN, False, False, True, id="an administrator"),
        pytest.param(Role.ADMIN, False, True, False, id="an administrator, all sites"),
        pytest.param(None, False, False, False, id="somebody who was removed"),
        pytest.param(None, True, True, True, id="an owner of the server"),
    ],
)
def test_a_key_works_while_its_user_administers_its_site(
    control: Control, role: Role | None, is_owner: bool, of_all: bool, is_in_force: bool
) -> None:
    site = sites.add(control, "example.org", timezone="UTC", now=0)
    ada = users.add(control, "ada@example.org", now=0, is_owner=is_owner)
    if role:
        members.put(control, site.id, ada.id, role)
    site_id = None if of_all else site.id
    key = keys.add(control, "shop", scopes=SEND, site_id=site_id, now=0, user_id=ada.id)

    assert is_in_force == (keys.by_hash(control, keys.hash_of(key.encode())) is not None)
    assert [is_in_force] == [one.is_in_force for one in keys.list_all(control)]


def test_a_key_ends_with_the_account_of_its_user(control: Control) -> None:
    ada = users.add(control, "ada@example.org", now=0, is_owner=True)
    keys.add(control, "shop", scopes=SEND, site_id=None, now=0, user_id=ada.id)
    accounts.delete(control, ada, may_be_last=True)

    assert [] == keys.list_all(control)
