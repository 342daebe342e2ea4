"""Hosts whose pages may show a report in a frame, as a Content-Security-Policy names them."""

import re
from collections.abc import Iterable

from schema.sentence import SentenceError
from schema.sites.host import ascii_host, domain_of_pasted, is_name, normal_host

EVERY = "*"
MAX_HOSTS = 20
_SEPARATOR = re.compile(r"[\s,]+")
_HOST = re.compile(r"(\*\.)?([^:/*?#;'\"]+)(:\d{1,5})?")


class EmbedHostError(SentenceError):
    """A text is not a host that can show a report in a frame. The message is shown to the user."""


def checked(text: str) -> tuple[str, ...]:
    """Return the hosts in a text, separated by spaces or commas. Raises EmbedHostError.

    A host may have a port or begin with `*.`; an address of a page becomes its host. `*` is every host.
    """
    hosts = tuple(dict.fromkeys(_checked(part) for part in _SEPARATOR.split(text) if part))
    if len(hosts) > MAX_HOSTS:
        raise EmbedHostError("enter at most %(most)s hosts", most=MAX_HOSTS)
    return hosts


def written(hosts: Iterable[str]) -> str:
    """Return hosts as they are stored."""
    return " ".join(hosts)


def read(text: str) -> tuple[str, ...]:
    """Return stored hosts."""
    return tuple(text.split())


def sources(authority: str, hosts: Iterable[str]) -> str:
    """Return the value of `frame-ancestors`: a site's own pages, those of its subdomains, and those of other hosts.

    authority: host of the site, with its port if it has one.
    """
    host, colon, port = authority.partition(":")
    own = f"{ascii_host(host)}{colon}{port}"
    return " ".join(dict.fromkeys([own, f"*.{own}", *hosts]))


def _checked(part: str) -> str:
    if part == EVERY:
        return part
    match = _HOST.fullmatch(domain_of_pasted(part).partition("/")[0])
    host = normal_host(match[2]) if match else ""
    if match is None or not is_name(host):
        raise EmbedHostError("%(host)s is not a host: enter it like www.example.org", host=part[:100])
    return f"{match[1] or ''}{ascii_host(host)}{match[3] or ''}"
