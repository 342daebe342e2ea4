from schema.mail import subscriptions
from schema.mail.subscriptions import Kind
from schema.people import members, users
from schema.people.roles import Role
from schema.sites import sites
from schema.stores.control import Control


def test_people_see_the_sites_that_they_have_a_role_on(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="UTC", now=0)
    other = sites.add(control, "other.example", timezone="UTC", now=0)
    ana = users.add(control, "ana@example.org", now=0)
    bob = users.add(control, "bob@example.org", now=0, is_owner=True)
    members.put(control, site.id, ana.id, Role.VIEWER)

    assert [site] == members.sites_of(control, ana, now=0)
    assert [site, other] == members.sites_of(control, bob, now=0)


def test_a_member_has_one_role_on_a_site(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="UTC", now=0)
    ana = users.add(control, "ana@example.org", now=0)
    members.put(control, site.id, ana.id, Role.VIEWER)
    members.put(control, site.id, ana.id, Role.ADMIN)

    assert Role.ADMIN == members.role_of(control, site.id, ana.id)
    assert {site.id: Role.ADMIN} == members.roles_of(control, ana.id)
    assert members.role_of(control, 99, ana.id) is None


def test_who_is_removed_gets_no_more_mail_of_that_site(control: Control) -> None:
    site, other = (sites.add(control, f"{name}.example", timezone="UTC", now=0) for name in ("one", "two"))
    ana = users.add(control, "ana@example.org", now=0)
    members.put(control, site.id, ana.id, Role.VIEWER)
    for one in (site, other):
        subscriptions.add(control, one.id, ana.email, kinds=[Kind.WEEKLY], language="en", now=0)
    member = members.by_id(control, site.id, ana.id)
    assert member
    members.remove(control, site.id, member, who="bo@example.org", now=0)

    assert [0, 1] == [len(subscriptions.list_all(control, one.id)) for one in (site, other)]
    assert [] == members.part(control, site.id)
