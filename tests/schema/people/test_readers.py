from schema.mail import alerts, subscriptions
from schema.mail.alerts import AlertKind
from schema.mail.subscriptions import Kind
from schema.people import guests, members, readers, users
from schema.people.readers import Access, Reader
from schema.people.roles import Role
from schema.sites import keys, shared_links, sites
from schema.sites.keys import Scope
from schema.stores.control import Control


def test_everybody_who_can_see_a_site_is_listed_without_secrets(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="UTC", now=100)
    other = sites.add(control, "other.example", timezone="UTC", now=100)
    ana = users.add(control, "ana@example.org", now=200, is_owner=True)
    session = users.start_session(control, ana, now=5000)
    members.put(control, site.id, users.add(control, "bo@example.org", now=300).id, Role.EDITOR)
    users.add(control, "eve@example.org", now=300)
    guests.put(control, site.id, "guest@example.org", "viewer", who="eve", now=0)
    link = shared_links.add(control, other.id, "Board")
    key = keys.add(control, "Grafana", scopes=[Scope.READ_STATS], site_id=None, now=400)
    listed = readers.list_all(control)

    assert [
        Reader(Access.API_KEY, "Grafana", None, "stats:read", 400, None),
        Reader(Access.ACCOUNT, "ana@example.org", None, "", 200, 5000),
        Reader(Access.ACCOUNT, "bo@example.org", "example.org", "editor", 300, None),
        Reader(Access.GUEST, "guest@example.org", "example.org", "viewer", None, None),
        Reader(Access.SHARED_LINK, "Board", "other.example", "", None, None),
    ] == listed
    assert not any(secret in str(listed) for secret in (session, link.slug, key))
    assert {"Grafana", "ana@example.org", "bo@example.org", "guest@example.org"} == {
        reader.name for reader in readers.list_all(control, site=site)
    }


def test_access_to_a_removed_site_is_gone(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="UTC", now=100)
    guests.put(control, site.id, "guest@example.org", "viewer", who="eve", now=0)
    keys.add(control, "Grafana", scopes=[Scope.READ_STATS], site_id=site.id, now=400)
    sites.remove(control, "example.org", now=500)

    assert [] == readers.list_all(control)


def test_who_gets_reports_and_alerts_can_see_a_site(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="UTC", now=100)
    for kind, now in ((Kind.WEEKLY, 300), (Kind.MONTHLY, 200)):
        subscriptions.add(control, site.id, "ben@example.net", kinds=(kind,), language="en", now=now)
    for target in ("cleo@example.net", "https://hooks.example.net/secret"):
        alerts.add(control, site.id, AlertKind.SPIKE, threshold=10, target=target, language="en")

    assert [
        Reader(Access.MAIL, "ben@example.net", "example.org", "", 200, None),
        Reader(Access.MAIL, "cleo@example.net", "example.org", "", None, None),
        Reader(Access.MAIL, "webhook", "example.org", "", None, None),
    ] == readers.list_all(control, site=site)


def test_everybody_sees_a_public_site_and_no_other(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="UTC", now=100)
    sites.add(control, "other.example", timezone="UTC", now=100)
    sites.change(control, site, is_public=True, now=100)

    assert [Reader(Access.PUBLIC, "example.org", "example.org", "", None, None)] == readers.list_all(control)
