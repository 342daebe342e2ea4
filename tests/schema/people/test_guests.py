import time
from functools import partial

import pytest

from schema.exclusions import audit
from schema.people import guests, members, users
from schema.people.guests import Guest, GuestError
from schema.people.roles import Role
from schema.sites import sites
from schema.stores.control import Control

SITE = 1


@pytest.fixture(autouse=True)
def _site(control: Control) -> None:
    sites.add(control, "example.org", timezone="UTC", now=time.time())


def test_a_guest_has_accepted_once_there_is_a_user_of_the_address(control: Control) -> None:
    assert Guest("ana@example.org", Role.VIEWER, False) == guests.put(
        control, SITE, " Ana@example.org", "viewer", who="eve", now=0
    )
    users.add(control, "ana@example.org", now=time.time())

    assert [Guest("ana@example.org", Role.VIEWER, True)] == guests.list_all(control, SITE)


def test_who_is_asked_again_keeps_their_role(control: Control) -> None:
    guest = guests.put(control, SITE, "ana@example.org", "viewer", who="eve", now=0)

    assert guest == guests.put(control, SITE, "ana@example.org", "editor", who="eve", now=0)
    assert [guest] == guests.list_all(control, SITE)


@pytest.mark.parametrize(
    ("email", "role", "sentence"),
    [
        pytest.param("ana", "viewer", "'ana' is not an e-mail address", id="no address"),
        pytest.param("ana@example.org", "owner", "'owner' is not a role: it must be viewer or editor", id="no role"),
    ],
)
def test_what_can_not_be_a_guest_is_one_sentence(control: Control, email, role, sentence) -> None:
    with pytest.raises(GuestError, match=sentence):
        guests.put(control, SITE, email, role, who="eve", now=0)
    assert [] == guests.list_all(control, SITE)


def test_a_guest_is_one_of_a_site_alone(control: Control) -> None:
    other = sites.add(control, "other.example", timezone="UTC", now=time.time())
    guest = guests.put(control, SITE, "ana@example.org", "editor", who="eve", now=0)
    guests.put(control, other.id, "ana@example.org", "viewer", who="eve", now=0)
    guests.remove(control, other.id, "Ana@example.org", who="eve", now=0)

    assert ([guest], []) == (guests.list_all(control, SITE), guests.list_all(control, other.id))
    with pytest.raises(GuestError, match="is not a guest of this site"):
        guests.remove(control, other.id, "ana@example.org", who="eve", now=0)


def test_guests_are_in_the_audit_log_once(control: Control) -> None:
    for _ in range(2):
        guests.put(control, SITE, "ana@example.org", "viewer", who="API key robot", now=0)
    guests.remove(control, SITE, "ana@example.org", who="API key robot", now=0)

    assert [
        ("API key robot", "Removed ana@example.org from the site."),
        ("API key robot", "Invited ana@example.org with the role Viewer."),
    ] == [(entry.who, entry.change) for entry in audit.latest(control, 9, topic=audit.PEOPLE)]


def test_an_account_is_a_guest_at_once_but_an_administrator_is_none(control: Control) -> None:
    ana = users.add(control, "ana@example.org", now=0)
    bo = users.add(control, "bo@example.org", now=0)
    members.put(control, SITE, bo.id, Role.ADMIN)

    assert Guest("ana@example.org", Role.EDITOR, True) == guests.put(
        control, SITE, "ana@example.org", "editor", who="", now=0
    )
    assert Role.EDITOR == members.role_of(control, SITE, ana.id)
    for refused in (guests.remove, partial(guests.put, role="viewer")):
        with pytest.raises(GuestError, match=r"bo@example\.org is"):
            refused(control, SITE, "bo@example.org", who="", now=0)
    assert Role.ADMIN == members.role_of(control, SITE, bo.id)
