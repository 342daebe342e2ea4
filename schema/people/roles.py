"""Roles of people on a site, and what each may do. `may` decides alone, for pages and the API."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from schema.sentence import later


class Role(StrEnum):
    """What somebody is on a site, from the least to the most rights."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"
    OWNER = "owner"


class Right(StrEnum):
    """What a page or a call of the API needs."""

    SIGNED_IN = "signed in"  # with any account
    VIEW = "view"  # reports, with notes and segments of one's own
    EDIT = "edit"  # goals, funnels, properties, referrers, and the notes and segments of the site
    ADMINISTER = "administer"  # exclusions, people, keys, shared links, general and privacy settings, mail
    OWN = "own"  # delete data, change the domain, remove the site
    SERVER = "server"  # new sites, all people, the state of the server: owners of the whole server only


LABELS: Mapping[Role, str] = MappingProxyType(
    {
        Role.VIEWER: later("Viewer"),
        Role.EDITOR: later("Editor"),
        Role.ADMIN: later("Administrator"),
        Role.OWNER: later("Owner"),
    }
)
RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.VIEWER: frozenset({Right.VIEW}),
        Role.EDITOR: frozenset({Right.VIEW, Right.EDIT}),
        Role.ADMIN: frozenset({Right.VIEW, Right.EDIT, Right.ADMINISTER}),
        Role.OWNER: frozenset({Right.VIEW, Right.EDIT, Right.ADMINISTER, Right.OWN}),
    }
)


def may(right: Right, *, role: Role | None, is_server_owner: bool) -> bool:
    """True if a signed-in person has a right. role: on the site in question; None: not a member, or no site.

    An owner of the server has every right on every site.
    """
    if is_server_owner or right is Right.SIGNED_IN:
        return True
    return role is not None and right in RIGHTS[role]


def grantable(*, role: Role | None, is_server_owner: bool) -> tuple[Role, ...]:
    """Return the roles that a person may give and take on a site: nobody gives more rights than they have."""
    if is_server_owner:
        return tuple(Role)
    if not may(Right.ADMINISTER, role=role, is_server_owner=False):
        return ()
    return tuple(other for other in Role if role is not None and RIGHTS[other] <= RIGHTS[role])
