"""Users as the identity provider of the company knows them."""

import pytest

from schema.people import identities, invitations, members, users
from schema.people.identities import Identity
from schema.people.roles import Role
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control

NOW = 1_773_144_000
ADA = Identity("https://login.example.org", "7", "ada@example.org")


@pytest.fixture
def site(control: Control) -> Site:
    return sites.add(control, "example.org", timezone="UTC", now=NOW)


def test_the_account_of_the_address_is_found(control: Control) -> None:
    ada = users.add(control, "ada@example.org", now=NOW)

    assert ada == identities.user_of(control, ADA, now=NOW)


def test_the_subject_stays_when_the_address_changes(control: Control) -> None:
    ada = users.add(control, "ada@example.org", now=NOW)
    identities.user_of(control, ADA, now=NOW)
    users.add(control, "lovelace@example.org", now=NOW)

    assert ada == identities.user_of(control, Identity(ADA.issuer, "7", "lovelace@example.org"), now=NOW)
    assert ada == identities.user_of(control, Identity(ADA.issuer, "7", ""), now=NOW)


@pytest.mark.parametrize(
    "identity",
    [
        pytest.param(Identity(ADA.issuer, "7", ""), id="an address that is not verified"),
        pytest.param(Identity(ADA.issuer, "7", "bob@example.org"), id="an address without an account"),
    ],
)
def test_nobody_else_gets_in(control: Control, identity: Identity) -> None:
    users.add(control, "ada@example.org", now=NOW)

    assert identities.user_of(control, identity, now=NOW) is None
    assert 1 == len(users.list_all(control))


def test_an_invitation_creates_the_account(control: Control, site: Site) -> None:
    invitations.invite(control, site.id, "ada@example.org", Role.EDITOR, who="a test", now=NOW)
    ada = identities.user_of(control, ADA, now=NOW)

    assert ada is not None
    assert ("ada@example.org", None, False) == (ada.email, ada.password_hash, ada.is_owner)
    assert Role.EDITOR == members.role_of(control, site.id, ada.id)
    assert [] == invitations.part(control, site.id, most=9)


def test_an_expired_invitation_creates_none(control: Control, site: Site) -> None:
    invitations.invite(control, site.id, "ada@example.org", Role.EDITOR, who="a test", now=NOW)

    assert identities.user_of(control, ADA, now=NOW + invitations.LIFETIME_S) is None
