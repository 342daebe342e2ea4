"""Domains that users add to the list of spam referrers, or take out of it."""

from schema.sites.host import is_name, normal_host, without_www
from schema.stores.control import Control


class SpamReferrerError(ValueError):
    """A text is not a domain, or the domain is not in the list. The message is for the user."""


def list_all(control: Control) -> dict[str, bool]:
    """Return domain -> True if it was added, False if it was taken out, sorted by domain."""
    rows = control.rows("select domain, is_spam from spam_referrers order by domain")
    return {row["domain"]: bool(row["is_spam"]) for row in rows}


def put(control: Control, domain: str, *, is_spam: bool, now: float) -> str:
    """Add a domain to the list, or take it out, and return it in its normal form. Raises SpamReferrerError."""
    domain = normal_domain(domain)
    with control.write() as connection:
        connection.execute(
            "insert or replace into spam_referrers (domain, is_spam, changed_at) values (?, ?, ?)",
            (domain, is_spam, int(now)),
        )
    return domain


def forget(control: Control, domain: str) -> bool:
    """Delete what users said about a domain. True if it had been added."""
    domain = normal_domain(domain)
    was_added = list_all(control).get(domain) is True
    with control.write() as connection:
        connection.execute("delete from spam_referrers where domain = ?", (domain,))
    return was_added


def normal_domain(text: str) -> str:
    """Return a domain in its normal form. Raises SpamReferrerError."""
    domain = without_www(normal_host(text))
    if "." not in domain or not is_name(domain):
        raise SpamReferrerError(f"{text[:80]!r} is not a domain: write it as in spam.example")
    return domain
