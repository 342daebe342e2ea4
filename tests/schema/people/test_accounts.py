"""What is stored about a user: read, corrected and deleted."""

import pytest

from schema.exclusions import audit, rules
from schema.mail import alerts, subscriptions
from schema.mail.alerts import AlertKind
from schema.mail.subscriptions import Kind
from schema.measures import annotations, segments
from schema.people import accounts, guests, users
from schema.people.users import User, UserError
from schema.sites import keys, sites
from schema.sites.sites import Site
from schema.stores.control import Control

NOW = 1_790_000_000
MONTH = 30.4375 * 86_400


@pytest.fixture
def ada(control: Control) -> User:
    """Give a user with something of everything."""
    ada, site = users.add(control, "ada@example.org", now=NOW), a_site(control)
    users.start_session(control, ada, now=NOW + 5)
    segments.add(control, site.id, "Mine", [["is", "visit:country", ["FR"]]], user_id=ada.id)
    annotations.put(control, annotations.new(site.id, day="2026-03-09", note="Launch", user_id=ada.id))
    guests.put(control, site.id, "ada@example.org", "viewer", who="eve", now=0)
    rules.add(control, rules.network("192.0.2.0/24", site_id=site.id), who="ada@example.org", now=NOW)
    return ada


def a_site(control: Control) -> Site:
    return sites.by_domain(control, "example.org", now=NOW) or sites.add(
        control, "example.org", timezone="UTC", now=NOW
    )


def test_everything_about_a_user_is_exported(control: Control, ada: User) -> None:
    stored = accounts.export(control, ada)

    assert ("ada@example.org", NOW, NOW + 5, False) == tuple(
        stored[name] for name in ("email", "created_at", "last_sign_in_at", "has_password")
    )
    assert [{"site": "example.org", "day": "2026-03-09", "note": "Launch"}] == stored["notes"]
    assert [{"site": "example.org", "role": "viewer"}] == stored["sites"]
    assert ["Mine"] == [segment["name"] for segment in stored["segments"]]
    assert [1, 1] == [len(stored["sessions"]), len(stored["changes"])]


def test_an_export_names_the_api_keys_of_a_user_and_no_secret(control: Control, ada: User) -> None:
    keys.add(control, "shop", scopes=[keys.Scope.READ_STATS], site_id=None, now=NOW, user_id=ada.id)

    assert [{"name": "shop", "site": None, "scopes": "stats:read", "created_at": NOW, "last_used_at": None}] == (
        accounts.export(control, ada)["api_keys"]
    )


def test_what_belongs_to_others_is_not_exported(control: Control, ada: User) -> None:
    bob = users.add(control, "bob@example.org", now=NOW)
    stored = accounts.export(control, bob)

    assert [[], [], [], [], []] == [
        stored[name] for name in ("sessions", "segments", "notes", "invitations", "changes")
    ]


def test_a_corrected_address_is_that_of_invitations_and_changes_too(control: Control, ada: User) -> None:
    before = accounts.export(control, ada)
    assert accounts.correct(control, ada, " Lovelace@Example.org ") == "lovelace@example.org"
    [lovelace] = users.list_all(control)

    assert before | {"email": "lovelace@example.org"} == accounts.export(control, lovelace)
    assert b"ada@example.org" not in everything(control)


@pytest.mark.parametrize(
    ("email", "sentence"),
    [("bob@example.org", "already has an account"), ("ada", "is not an e-mail address"), ("", "is not an e-mail")],
)
def test_an_address_that_can_not_be_stored_is_refused(control: Control, ada: User, email: str, sentence: str) -> None:
    users.add(control, "bob@example.org", now=NOW)

    with pytest.raises(UserError, match=sentence):
        accounts.correct(control, ada, email)

    assert users.by_email(control, "ada@example.org") == ada


def test_a_deleted_account_leaves_its_changes_without_the_name(control: Control, ada: User) -> None:
    bob = users.add(control, "bob@example.org", now=NOW)
    session, link = users.start_session(control, ada, now=NOW), users.make_link(control, ada, now=NOW)
    accounts.delete(control, ada, may_be_last=False)

    assert [bob] == users.list_all(control)
    assert [accounts.DELETED] == [entry.who for entry in audit.latest(control, 9)]
    assert users.find_session(control, session, now=NOW) is None
    assert users.find_link(control, link, now=NOW) is None
    assert b"ada@example.org" not in everything(control)


def test_the_last_owner_of_the_server_stays_unless_that_is_wanted(control: Control, ada: User) -> None:
    owner = users.add(control, "owner@example.org", now=NOW, is_owner=True)
    with pytest.raises(UserError, match="the only owner of the server"):
        accounts.delete(control, owner, may_be_last=False)

    accounts.delete(control, owner, may_be_last=True)
    assert [ada] == users.list_all(control)


def test_accounts_without_a_sign_in_are_deleted(control: Control, ada: User) -> None:
    bob, eve = (users.add(control, f"{name}@example.org", now=NOW) for name in ("bob", "eve"))
    users.start_session(control, eve, now=NOW + 12 * MONTH)
    deleted = [accounts.delete_unused(control, months=24, now=NOW + months * MONTH) for months in (23, 24.1, 24.1)]

    assert [0, 2, 0] == deleted, "ada and bob have not signed in for 24 months"
    assert [eve.email] == [user.email for user in users.list_all(control)]
    assert bob.id not in {user.id for user in users.list_all(control)}
    assert ["Deleted an account without a sign-in for 24 months."] * 2 == [
        entry.change for entry in audit.latest(control, 9, topic=audit.PRIVACY)
    ]


def test_the_account_that_was_used_last_is_never_deleted(control: Control, ada: User) -> None:
    assert accounts.delete_unused(control, months=1, now=NOW + 100 * MONTH) == 0
    assert [ada] == users.list_all(control)


def everything(control: Control) -> bytes:
    """Return the texts of all tables."""
    tables = [row[0] for row in control.rows("select name from sqlite_master where type = 'table'")]
    return repr([[tuple(row) for row in control.rows(f"select * from {table}")] for table in tables]).encode()


def test_reports_and_alerts_by_mail_follow_the_account(control):
    site = sites.add(control, "example.org", timezone="UTC", now=0)
    ana, ben = (users.add(control, f"{name}@example.org", now=0) for name in ("ana", "ben"))
    for email in (ana.email, ben.email):
        subscriptions.add(control, site.id, email, kinds=(Kind.WEEKLY,), language="fr", now=7)
        alerts.add(control, site.id, AlertKind.DROP, threshold=10, target=email, language="fr")
    exported = accounts.export(control, ana)
    accounts.correct(control, ana, "anna@example.org")
    corrected = [one.email for one in subscriptions.list_all(control)], [one.target for one in alerts.list_all(control)]
    accounts.delete(control, ben, may_be_last=True)

    assert [{"site": "example.org", "kind": "weekly", "language": "fr", "since": 7}] == exported["reports_by_mail"]
    assert [{"site": "example.org", "kind": "drop", "threshold": 10}] == exported["alerts"]
    assert (["anna@example.org", "ben@example.org"],) * 2 == corrected
    assert ["anna@example.org"] == [one.email for one in subscriptions.list_all(control)]
    assert ["anna@example.org"] == [one.target for one in alerts.list_all(control)]
