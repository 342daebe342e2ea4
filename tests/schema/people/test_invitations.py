import pytest

from schema.exclusions import audit
from schema.people import invitations, members, users
from schema.people.invitations import LIFETIME_S, InvitationError
from schema.people.roles import Role
from schema.people.users import UserError
from schema.sites import sites
from schema.stores.control import Control

NOW = 1_700_000_000.0
ADA = "ada@example.org"


@pytest.fixture
def site_id(control: Control) -> int:
    return sites.add(control, "example.org", timezone="UTC", now=NOW).id


def invite(control: Control, site_id: int, email: str = ADA, role: Role = Role.VIEWER, *, now: float = NOW) -> str:
    return invitations.invite(control, site_id, email, role, who="bob@example.org", now=now)


def test_an_invitation_makes_an_account_with_a_role_once(control: Control, site_id: int) -> None:
    token = invite(control, site_id, role=Role.EDITOR)
    ada = invitations.accept_as_new(control, token, "", now=NOW)

    assert ada is not None
    assert (ADA, False, Role.EDITOR) == (ada.email, ada.is_owner, members.role_of(control, site_id, ada.id))
    assert invitations.accept_as_new(control, token, "eve@example.org", now=NOW) is None
    assert [] == invitations.part(control, site_id, most=9)
    assert [
        "Joined with the role Editor.",
        "Invited ada@example.org with the role Editor.",
    ] == [entry.change for entry in audit.latest(control, 9, topic=audit.PEOPLE)]


def test_a_named_invitation_makes_only_the_account_of_its_address(control: Control, site_id: int) -> None:
    ada = invitations.accept_as_new(control, invite(control, site_id), "eve@example.org", now=NOW)

    assert ada is not None
    assert ADA == ada.email


def test_an_invitation_does_not_reveal_or_take_the_account_of_another_site(control: Control, site_id: int) -> None:
    users.add(control, "eve@example.org", now=NOW)
    token = invite(control, site_id, "")

    with pytest.raises(UserError, match="already has an account"):
        invitations.accept_as_new(control, token, "eve@example.org", now=NOW)
    assert invitations.by_token(control, token, now=NOW), "it stays valid"


def test_an_account_made_by_a_link_does_not_collect_the_invitations_of_its_address(
    control: Control, site_id: int
) -> None:
    other = sites.add(control, "other.example", timezone="UTC", now=NOW)
    invite(control, other.id, role=Role.OWNER)
    ada = invitations.accept_as_new(control, invite(control, site_id, ""), ADA, now=NOW)

    assert ada is not None
    assert {site_id: Role.VIEWER} == members.roles_of(control, ada.id)


@pytest.mark.parametrize(
    ("before", "invited", "after"),
    [
        pytest.param(None, Role.VIEWER, Role.VIEWER, id="a new member"),
        pytest.param(Role.VIEWER, Role.ADMIN, Role.ADMIN, id="a greater role"),
        pytest.param(Role.ADMIN, Role.VIEWER, Role.ADMIN, id="a lesser role changes nothing"),
    ],
)
def test_an_account_accepts_an_invitation_once(
    control: Control, site_id: int, before: Role | None, invited: Role, after: Role
) -> None:
    ada, token = users.add(control, ADA, now=NOW), invite(control, site_id, "", invited)
    if before:
        members.put(control, site_id, ada.id, before)

    assert [True, False] == [invitations.accept(control, token, ada, now=NOW) for _ in range(2)]
    assert after == members.role_of(control, site_id, ada.id)


def test_an_expired_a_revoked_and_a_guessed_link_open_nothing(control: Control, site_id: int) -> None:
    expired, revoked = invite(control, site_id, "", now=NOW - LIFETIME_S), invite(control, site_id)
    [invitation] = invitations.part(control, site_id, search="ADA", most=9)
    invitations.revoke(control, invitation, who="bob@example.org", now=NOW)

    assert [None] * 3 == [invitations.by_token(control, token, now=NOW) for token in (expired, revoked, "guessed")]
    assert invitations.accept_as_new(control, expired, ADA, now=NOW) is None
    assert users.by_email(control, ADA) is None


def test_a_new_link_ends_the_earlier_one(control: Control, site_id: int) -> None:
    first = invite(control, site_id)
    [invitation] = invitations.part(control, site_id, most=9)
    second = invitations.renew(control, invitation, who="bob@example.org", now=NOW + LIFETIME_S)

    assert invitations.by_token(control, first, now=NOW) is None
    assert invitations.by_token(control, second, now=NOW + LIFETIME_S) is not None


def test_an_address_has_one_invitation_to_a_site(control: Control, site_id: int) -> None:
    invite(control, site_id)
    invite(control, site_id, role=Role.ADMIN)
    invite(control, site_id, "")
    invite(control, site_id, "")

    assert [("", Role.VIEWER), ("", Role.VIEWER), (ADA, Role.ADMIN)] == [
        (one.email, one.role) for one in invitations.part(control, site_id, most=9)
    ]


def test_members_and_things_that_are_no_addresses_can_not_be_invited(control: Control, site_id: int) -> None:
    members.put(control, site_id, users.add(control, ADA, now=NOW).id, Role.VIEWER)

    for email, sentence in ((ADA, "already has access"), ("a" * 1_000_000, "is not an e-mail address")):
        with pytest.raises(InvitationError, match=sentence) as refusal:
            invite(control, site_id, email)
        assert len(str(refusal.value)) < 200
