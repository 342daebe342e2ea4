"""Members: the people of a site, each with a role."""

import sqlite3

from schema.people.roles import Role
from schema.people.users import User
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control


def role_of(control: Control, site_id: int, user_id: int) -> Role | None:
    """Return the role of a user on a site, or None."""
    row = control.row("select role from members where site_id = ? and user_id = ?", (site_id, user_id))
    return Role(row[0]) if row else None


def roles_of(control: Control, user_id: int) -> dict[int, Role]:
    """Return the roles of a user, by site id."""
    return {
        row[0]: Role(row[1]) for row in control.rows("select site_id, role from members where user_id = ?", (user_id,))
    }


def sites_of(control: Control, user: User, *, now: float) -> list[Site]:
    """Return the sites that a user may see, sorted by domain."""
    every = sites.list_all(control, now=now)
    if user.is_owner:
        return every
    roles = roles_of(control, user.id)
    return [site for site in every if site.id in roles]


def put(control: Control, site_id: int, user_id: int, role: Role) -> None:
    """Give a user a role on a site, instead of an earlier one."""
    with control.write() as connection:
        put_in(connection, site_id, user_id, role)


def put_in(connection: sqlite3.Connection, site_id: int, user_id: int, role: Role) -> None:
    """Give a role within a transaction."""
    connection.execute(
        "insert or replace into members (site_id, user_id, role) values (?, ?, ?)", (site_id, user_id, role)
    )
