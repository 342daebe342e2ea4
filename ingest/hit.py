"""Parse a request body in Plausible's format into a Hit, or list its errors.

Short keys win over long ones, except for revenue.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from ingest.request import field_values
from ingest.request.body import MalformedError, read
from ingest.request.field_values import MAX_DOMAINS, MAX_REFERRER_CHARACTERS, MAX_URL_BYTES
from ingest.request.sender import Sender
from schema.records.event import ENGAGEMENT, NO_SCROLL_DEPTH
from schema.sites.host import normal_domain, of_url
from schema.sites.sites import MAX_DOMAIN_CHARACTERS


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A well-formed request. It has its sender's address, so it must never be queued, logged or stored."""

    sender: Sender
    domains: tuple[str, ...]  # of the sites it counts for, in normal form
    name: str
    url: str
    referrer: str
    props: dict[str, str]
    hash_mode: bool  # the fragment is part of the path
    interactive: bool
    scroll_depth: int  # percent; NO_SCROLL_DEPTH: none
    engagement_ms: int
    revenue: field_values.Revenue | None
    cuts: dict[str, list[str]] | None = None  # for a sender with an API key: what is not stored


def parse(body: bytes, *, content_type: str, sender: Sender) -> Hit:
    """Return the hit of a request. Raises MalformedError."""
    fields = read(body, content_type)
    errors: dict[str, list[str]] = {}
    url = _checked_url(fields.url if fields.u is None else fields.u, errors)
    domains = _checked_domains(fields.domain if fields.d is None else fields.d, url, errors)
    name = field_values.checked_name(fields.name if fields.n is None else fields.n, errors)
    scroll_depth, engagement_ms, revenue = NO_SCROLL_DEPTH, 0, None
    if name == ENGAGEMENT:
        scroll_depth, engagement_ms = field_values.scroll_depth(fields.sd), field_values.engagement_ms(fields.e)
        if scroll_depth == NO_SCROLL_DEPTH and not engagement_ms:
            errors["event_name"] = ["engagement needs a scroll depth (sd) or an engagement time (e)"]
    else:  # an engagement event repeats its page view's revenue, which must not count twice
        revenue = field_values.revenue(fields.dollar if fields.revenue is None else fields.revenue)
    props: dict[str, str] = {}
    for custom in (fields.m, fields.meta, fields.p, fields.props):
        if custom is not None:
            props = field_values.checked_props(custom, errors)
            break
    if errors:
        raise MalformedError(errors)
    referrer = fields.referrer if fields.r is None else fields.r
    hash_mode = fields.hash_mode if fields.h is None else fields.h
    return Hit(
        sender=sender,
        domains=domains,
        name=name,
        url=url,
        referrer=referrer[:MAX_REFERRER_CHARACTERS] if isinstance(referrer, str) else "",
        props=props,
        hash_mode=hash_mode is not None and field_values.integer(hash_mode) == 1,
        interactive=not field_values.is_false(fields.i, fields.interactive),
        scroll_depth=scroll_depth,
        engagement_ms=engagement_ms,
        revenue=revenue,
    )


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


def _is_longer(text: str, max_bytes: int) -> bool:
    # A character has at most four bytes in UTF-8.
    return 4 * len(text) > max_bytes and len(text.encode("utf-8", "replace")) > max_bytes


def _checked_domains(listed: Any, url: str, errors: dict[str, list[str]]) -> tuple[str, ...]:
    if listed is None:
        listed = of_url(url)
    if isinstance(listed, str):
        if "," not in listed and len(listed) <= MAX_DOMAIN_CHARACTERS and (domain := normal_domain(listed)):
            return (domain,)
        if domains := tuple(filter(None, dict.fromkeys(_normal_domains(listed)))):
            return domains
    errors["domain"] = ["can't be blank"]
    return ()


def _normal_domains(listed: str) -> Iterator[str]:
    # Past the cache of normal_domain: a long list would evict all other domains and stay in memory.
    for piece in listed.split(",", MAX_DOMAINS)[:MAX_DOMAINS]:
        yield normal_domain.__wrapped__(piece)[:MAX_DOMAIN_CHARACTERS]
