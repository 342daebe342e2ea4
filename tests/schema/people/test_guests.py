import time

import pytest

from schema.people import guests, users
from schema.people.guests import Guest, GuestError
from schema.people.roles import Role
from schema.sites import sites
from schema.stores.control import Control

SITE = 1


@pytest.fixture(autouse=True)
def _site(control: Control) -> None:
    sites.add(control, "example.org", timezone="UTC", now=time.time())


def test_a_guest_has_accepted_once_there_is_a_user_of_the_address(control: Control) -> None:
    assert Guest("ana@example.org", Role.VIEWER, False) == guests.put(control, SITE, " Ana@example.org", "viewer")
    users.add(control, "ana@example.org", now=time.time())

    assert [Guest("ana@example.org", Role.VIEWER, True)] == guests.list_all(control, SITE)


def test_who_is_asked_again_keeps_their_role(control: Control) -> None:
    guest = guests.put(control, SITE, "ana@example.org", "viewer")

    assert guest == guests.put(control, SITE, "ana@example.org", "editor")
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
        guests.put(control, SITE, email, role)
    assert [] == guests.list_all(control, SITE)


def test_a_guest_is_one_of_a_site_alone(control: Control) -> None:
    other = sites.add(control, "other.example", timezone="UTC", now=time.time())
    guest = guests.put(control, SITE, "ana@example.org", "editor")
    guests.put(control, other.id, "ana@example.org", "viewer")
    guests.remove(control, other.id, "Ana@example.org")

    assert ([guest], []) == (guests.list_all(control, SITE), guests.list_all(control, other.id))
    with pytest.raises(GuestError, match="is not a guest of this site"):
        guests.remove(control, other.id, "ana@example.org")
