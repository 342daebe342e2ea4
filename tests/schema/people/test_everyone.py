import pytest

from schema.exclusions import audit
from schema.people import everyone, members, users
from schema.people.everyone import Person
from schema.people.roles import Role
from schema.people.users import UserError
from schema.sites import sites
from schema.stores.control import Control

NOW = 1_700_000_000.0


@pytest.fixture
def ada(control: Control) -> Person:
    user = users.add(control, "ada@example.org", now=NOW, is_owner=True)
    return Person(user.id, user.email, True, None, 0)


def test_people_are_listed_owners_first_in_parts(control: Control, ada: Person) -> None:
    site = sites.add(control, "example.org", timezone="UTC", now=NOW)
    aaron = users.add(control, "aaron@example.org", now=NOW)
    members.put(control, site.id, aaron.id, Role.VIEWER)

    assert [ada, Person(aaron.id, aaron.email, False, None, 1)] == everyone.part(control)
    assert [aaron.id] == [person.id for person in everyone.part(control, offset=1, most=1)]
    assert [ada] == everyone.part(control, search="ADA")
    assert (2, 1, 0) == tuple(everyone.count(control, search=text) for text in ("", "ada", "%"))


def test_the_last_owner_of_the_server_stays_one(control: Control, ada: Person) -> None:
    for refused in (
        lambda: everyone.set_owner(control, ada, is_owner=False, who=ada.email, now=NOW),
        lambda: everyone.remove(control, ada, who=ada.email, now=NOW),
    ):
        with pytest.raises(UserError, match="the only owner of the server"):
            refused()
    assert [ada] == everyone.part(control)


def test_owners_are_made_and_unmade_and_the_log_says_so(control: Control, ada: Person) -> None:
    bob = users.add(control, "bob@example.org", now=NOW)
    [person] = everyone.part(control, search="bob")
    everyone.set_owner(control, person, is_owner=True, who=ada.email, now=NOW)
    everyone.set_owner(control, ada, is_owner=False, who=bob.email, now=NOW)

    assert [("bob@example.org", True), ("ada@example.org", False)] == [
        (one.email, one.is_owner) for one in everyone.part(control)
    ]
    assert ["ada@example.org is no longer an owner of the server.", "Made bob@example.org an owner of the server."] == [
        entry.change for entry in audit.latest(control, 9, topic=audit.PEOPLE)
    ]


def test_a_deleted_account_is_in_the_log_without_its_address(control: Control, ada: Person) -> None:
    users.add(control, "bob@example.org", now=NOW)
    [bob] = everyone.part(control, search="bob")
    everyone.remove(control, bob, who=ada.email, now=NOW)

    assert everyone.by_id(control, bob.id) is None
    assert ["Deleted an account."] == [entry.change for entry in audit.latest(control, 9, topic=audit.PEOPLE)]
