"""Everybody with an account on the server, for its owners. There is always an owner."""

import sqlite3
from dataclasses import dataclass

from schema.exclusions import audit
from schema.people import accounts
from schema.people.users import User, UserError
from schema.sentence import Sentence
from schema.stores.control import Control


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    email: str
    is_owner: bool  # of the server
    signed_in_at: int | None  # epoch seconds; None: not yet
    sites: int  # on which they have a role


def part(control: Control, *, search: str = "", offset: int = 0, most: int = 50) -> list[Person]:
    """Return some people: owners first, then by address. search: part of an address."""
    rows = control.rows(
        f"{_SELECT} where instr(email, ?) order by is_owner desc, email limit ? offset ?",
        (search.lower(), most, offset),
    )
    return list(map(_person, rows))


def count(control: Control, *, search: str = "") -> int:
    """Return how many people there are. search: part of an address."""
    return int(control.rows("select count() from users where instr(email, ?)", (search.lower(),))[0][0])


def by_id(control: Control, user_id: int) -> Person | None:
    """Return a person, or None."""
    row = control.row(f"{_SELECT} where users.id = ?", (user_id,))
    return _person(row) if row else None


def set_owner(control: Control, person: Person, *, is_owner: bool, who: str, now: float) -> None:
    """Make somebody an owner of the server, or not. Raises UserError for the last owner. who: for the audit log."""
    if person.is_owner == is_owner:
        return
    with control.write() as connection:
        connection.execute("update users set is_owner = ? where id = ?", (is_owner, person.id))
        if not connection.execute("select count() from users where is_owner").fetchone()[0]:
            raise UserError("This is the only owner of the server: make somebody else an owner first.")
        values = {"email": person.email}
        made = Sentence("Made %(email)s an owner of the server.", values)
        unmade = Sentence("%(email)s is no longer an owner of the server.", values)
        _note(connection, who, made if is_owner else unmade, now)


def remove(control: Control, person: Person, *, who: str, now: float) -> None:
    """Delete an account. Raises UserError for the last owner. who: for the audit log."""
    accounts.delete(control, User(person.id, person.email, None, is_owner=person.is_owner), may_be_last=False)
    with control.write() as connection:
        _note(connection, accounts.DELETED if who == person.email else who, Sentence("Deleted an account."), now)


_SELECT = """
select users.id, email, is_owner, signed_in_at, (select count() from members where user_id = users.id)
from users
"""


def _note(connection: sqlite3.Connection, who: str, change: Sentence, now: float) -> None:
    audit.note(connection, site_id=None, who=who, change=change, now=now, topic=audit.PEOPLE)


def _person(row: sqlite3.Row) -> Person:
    return Person(row[0], row[1], bool(row[2]), row[3], row[4])
