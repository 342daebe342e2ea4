"""A request body, in Plausible's terms, becomes a Hit, or a list of what is wrong with it.

Short keys are looked up before long ones (revenue: long first).
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ingest.request import field_values
from ingest.request.body import Fields, MalformedError, read
from ingest.request.client_hints import NO_HINTS, ClientHints
from ingest.request.signals import NO_CLAIMS, Claims
from schema.records.event import ENGAGEMENT, NO_SCROLL_DEPTH
from schema.sites.sites import normal_domain

MAX_URL_BYTES = 2000
MAX_REFERRER_CHARACTERS = 2000
MAX_DOMAINS = 1000
MAX_DOMAIN_CHARACTERS = 300  # no site has a longer one


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A well-formed request; it still knows its sender's address, so it must never be queued, logged or stored."""

    domains: tuple[str, ...]  # sites it is for, normal form
    name: str
    url: str
    referrer: str
    props: dict[str, str]
    hash_mode: bool  # the fragment is part of the path
    interactive: bool
    scroll_depth: int  # percent; NO_SCROLL_DEPTH: none
    engagement_ms: int
    revenue: field_values.Revenue | None
    address: bytes  # packed
    user_agent: str
    hints: ClientHints = NO_HINTS
    claims: Claims = NO_CLAIMS


def parse(
    body: bytes,
    *,
    content_type: str,
    address: bytes,
    user_agent: str,
    hints: ClientHints = NO_HINTS,
    claims: Claims = NO_CLAIMS,
) -> Hit:
    """Return the hit of a request. Raises MalformedError."""
    fields = read(body, content_type)
    errors: dict[str, list[str]] = {}
    url = _checked_url(fields.url if fields.u is None else fields.u, errors)
    domains = _checked_domains(fields.domain if fields.d is None else fields.d, url, errors)
    name = field_values.checked_name(fields.name if fields.n is None else fields.n, errors)
    scroll_depth, engagement_ms = NO_SCROLL_DEPTH, 0
    if name == ENGAGEMENT:
        scroll_depth, engagement_ms = field_values.scroll_depth(fields.sd), field_values.engagement_ms(fields.e)
        if scroll_depth == NO_SCROLL_DEPTH and not engagement_ms:
            errors["event_name"] = ["engagement needs a scroll depth (sd) or an engagement time (e)"]
    given = _first(fields.m, fields.meta, fields.p, fields.props)
    props = {} if given is None else field_values.checked_props(given, errors)
    if errors:
        raise MalformedError(errors)
    referrer = fields.referrer if fields.r is None else fields.r
    return Hit(
        domains=domains,
        name=name,
        url=url,
        referrer=referrer[:MAX_REFERRER_CHARACTERS] if isinstance(referrer, str) else "",
        props=props,
        hash_mode=field_values.integer(fields.hash_mode if fields.h is None else fields.h) == 1,
        interactive=not (field_values.is_false(fields.i) or field_values.is_false(fields.interactive)),
        scroll_depth=scroll_depth,
        engagement_ms=engagement_ms,
        revenue=_revenue(fields, name),
        address=address,
        user_agent=user_agent,
        hints=hints,
        claims=claims,
    )


def _revenue(fields: Fields, name: str) -> field_values.Revenue | None:
    """Return what an event earned; one of engagement repeats what its page view said, and earns nothing again."""
    if name == ENGAGEMENT:
        return None
    return field_values.revenue(fields.dollar if fields.revenue is None else fields.revenue)


def _first(*given: Any) -> Any:
    for value in given:
        if value is not None:
            return value
    return None


def _checked_url(url: Any, errors: dict[str, list[str]]) -> str:
    if url is None or url == "":
        errors["url"] = ["is required"]
    elif not isinstance(url, str) or _is_longer(url, MAX_URL_BYTES):
        errors["url"] = ["must be a valid url"]
    elif url[:5].lower() == "data:":
        errors["url"] = ["scheme is not allowed"]
    else:
        return url
    return ""


def _is_longer(text: str, most_bytes: int) -> bool:
    # In UTF-8 a character takes four bytes at most.
    return 4 * len(text) > most_bytes and len(text.encode("utf-8", "replace")) > most_bytes


def _checked_domains(listed: Any, url: str, errors: dict[str, list[str]]) -> tuple[str, ...]:
    if listed is None:
        listed = _host(url)
    if isinstance(listed, str):
        if "," not in listed and len(listed) <= MAX_DOMAIN_CHARACTERS and (domain := normal_domain(listed)):
            return (domain,)
        if domains := tuple(filter(None, dict.fromkeys(_normal_domains(listed)))):
            return domains
    errors["domain"] = ["can't be blank"]
    return ()


def _normal_domains(listed: str) -> Iterator[str]:
    # Not through the cache of normal_domain: a stranger's list would push out the domains of all others, and a text
    # of a megabyte would stay in memory.
    for piece in listed.split(",", MAX_DOMAINS)[:MAX_DOMAINS]:
        yield normal_domain.__wrapped__(piece)[:MAX_DOMAIN_CHARACTERS]


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
