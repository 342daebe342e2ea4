"""Members: the people of a site, each with a role."""

import sqlite3
from dataclasses import dataclass

from schema.exclusions import audit
from schema.people.roles import LABELS, Role
from schema.people.users import User
from schema.sentence import Sentence, later
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control

REMOVED = later("Removed %(email)s from the site.")


@dataclass(frozen=True, slots=True)
class Member:
    user_id: int
    email: str
    role: Role
    signed_in_at: int | None  # epoch seconds; None: not yet


def role_of(control: Control, site_id: int, user_id: int) -> Role | None:
    """Return the role of a user on a site, or None."""
    row = control.row(_ROLE, (site_id, user_id))
    return Role(row[0]) if row else None


def role_in(connection: sqlite3.Connection, site_id: int, user_id: int) -> Role | None:
    """Return the role of a user on a site within a transaction, or None."""
    row = connection.execute(_ROLE, (site_id, user_id)).fetchone()
    return Role(row[0]) if row else None


def has_member(connection: sqlite3.Connection, site_id: int, email: str) -> bool:
    """True if the account of an address has a role on a site, within a transaction."""
    row = connection.execute(
        "select 1 from members join users on users.id = user_id where site_id = ? and email = ?", (site_id, email)
    ).fetchone()
    return row is not None


def roles_of(control: Control, user_id: int) -> dict[int, Role]:
    """Return the roles of a user, by site id."""
    rows = control.rows("select site_id, role from members where user_id = ?", (user_id,))
    return {row[0]: Role(row[1]) for row in rows}


def sites_of(control: Control, user: User, *, now: float) -> list[Site]:
    """Return the sites that a user may see, sorted by domain."""
    every = sites.list_all(control, now=now)
    if user.is_owner:
        return every
    roles = roles_of(control, user.id)
    return [site for site in every if site.id in roles]


def part(control: Control, site_id: int, *, search: str = "", offset: int = 0, most: int = 50) -> list[Member]:
    """Return some members of a site, by address. search: part of an address."""
    rows = control.rows(
        f"{_MEMBERS} and instr(email, ?) order by email limit ? offset ?", (site_id, search.lower(), most, offset)
    )
    return list(map(_member, rows))


def count(control: Control, site_id: int, *, search: str = "") -> int:
    """Return how many members a site has. search: part of an address."""
    return int(control.rows(_COUNT, (site_id, search.lower()))[0][0])


def by_id(control: Control, site_id: int, user_id: int) -> Member | None:
    """Return a member of a site, or None."""
    row = control.row(f"{_MEMBERS} and user_id = ?", (site_id, user_id))
    return _member(row) if row else None


def put(control: Control, site_id: int, user_id: int, role: Role) -> None:
    """Give a user a role on a site, instead of an earlier one."""
    with control.write() as connection:
        put_in(connection, site_id, user_id, role)


def put_in(connection: sqlite3.Connection, site_id: int, user_id: int, role: Role) -> None:
    """Give a role within a transaction."""
    connection.execute(
        "insert or replace into members (site_id, user_id, role) values (?, ?, ?)", (site_id, user_id, role)
    )


def change(control: Control, site_id: int, member: Member, role: Role, *, who: str, now: float) -> None:
    """Give a member another role. who: for the audit log."""
    values = {"email": member.email, "old": Sentence(LABELS[member.role]), "new": Sentence(LABELS[role])}
    with control.write() as connection:
        put_in(connection, site_id, member.user_id, role)
        sentence = Sentence("Changed the role of %(email)s from %(old)s to %(new)s.", values)
        audit.note(connection, site_id=site_id, who=who, change=sentence, now=now, topic=audit.PEOPLE)


def remove(control: Control, site_id: int, member: Member, *, who: str, now: float) -> None:
    """Take the role of a member away, with the reports and alerts that they get by mail. who: for the audit log."""
    with control.write() as connection:
        connection.execute("delete from members where site_id = ? and user_id = ?", (site_id, member.user_id))
        end_mail(connection, site_id, member.email)
        sentence = Sentence(REMOVED, {"email": member.email})
        audit.note(connection, site_id=site_id, who=who, change=sentence, now=now, topic=audit.PEOPLE)


def end_mail(connection: sqlite3.Connection, site_id: int, email: str) -> None:
    """Stop the reports and alerts of a site to an address, within a transaction."""
    connection.execute("delete from report_subscriptions where site_id = ? and email = ?", (site_id, email))
    connection.execute("delete from alerts where site_id = ? and target = ?", (site_id, email))


_ROLE = "select role from members where site_id = ? and user_id = ?"
_MEMBERS = "select user_id, email, role, signed_in_at from members join users on users.id = user_id where site_id = ?"

_COUNT = "select count() from members join users on users.id = user_id where site_id = ? and instr(email, ?)"


def _member(row: sqlite3.Row) -> Member:
    return Member(row[0], row[1], Role(row[2]), row[3])
