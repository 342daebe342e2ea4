"""Who can see the statistics: accounts, guests, shared links, everybody for a public site, API keys and mail.

For the notice of a breach.
"""

from dataclasses import dataclass
from enum import StrEnum

from schema.sites.sites import Site
from schema.stores.control import Control


class Access(StrEnum):
    """How somebody sees the statistics."""

    ACCOUNT = "account"
    GUEST = "guest"
    SHARED_LINK = "shared link"
    PUBLIC = "public report"
    API_KEY = "API key"
    MAIL = "report or alert"  # by mail or webhook


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who can see the statistics. Tokens and keys are not part of it."""

    access: Access
    name: str  # e-mail address, the name of a link or key, `webhook`, or the domain of a public site
    domain: str | None  # None: all sites
    rights: str  # role on a site, scopes of a key; empty: all
    since: int | None  # epoch seconds; None: not recorded
    last_seen: int | None  # last sign-in, or last use of a key; None: not recorded


def list_all(control: Control, *, site: Site | None = None) -> list[Reader]:
    """Return who can see a site, or any site, sorted by the kind of access and the name."""
    rows = control.rows(_SELECT, (site.id if site else None,))
    return [Reader(Access(row[0]), *row[1:]) for row in rows]


_SELECT = """
select 'account', email, null, '', created_at, signed_in_at
from users
where is_owner
union all
select 'account', email, sites.domain, role, users.created_at, signed_in_at
from members join users on users.id = user_id join sites on sites.id = site_id
where sites.removed_at is null and not is_owner and (?1 is null or sites.id = ?1)
union all
select 'guest', invitations.email, sites.domain, invitations.role, null, null
from invitations join sites on sites.id = invitations.site_id
where invitations.email != '' and sites.removed_at is null and (?1 is null or sites.id = ?1)
union all
select 'shared link', shared_links.name, sites.domain, '', null, null
from shared_links join sites on sites.id = shared_links.site_id
where sites.removed_at is null and (?1 is null or sites.id = ?1)
union all
select 'public report', domain, domain, '', null, null
from sites
where is_public and removed_at is null and (?1 is null or id = ?1)
union all
select 'API key', keys.name, sites.domain, keys.scopes, keys.created_at, keys.last_used_at
from keys left join sites on sites.id = keys.site_id
where sites.removed_at is null and (?1 is null or keys.site_id is null or keys.site_id = ?1)
union all
select 'report or alert', email, sites.domain, '', min(since), null
from report_subscriptions join sites on sites.id = report_subscriptions.site_id
where sites.removed_at is null and (?1 is null or sites.id = ?1)
group by email, sites.domain
union all
select distinct 'report or alert', iif(secret = '', target, 'webhook'), sites.domain, '', null, null
from alerts join sites on sites.id = alerts.site_id
where sites.removed_at is null and (?1 is null or sites.id = ?1)
order by 1, 2, 3
"""
