"""A request body, in Plausible's terms, becomes a Hit, or a list of what is wrong with it.

Short keys are looked up before long ones (revenue: long first).
"""

import re
from decimal import Decimal, InvalidOperation
from functools import cache
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import msgspec
from babel.core import get_global

from ingest.body import MalformedError, read
from ingest.claims import NO_CLAIMS, Claims
from ingest.client_hints import NO_HINTS, ClientHints
from schema.event import ENGAGEMENT, NO_SCROLL_DEPTH
from schema.sites import normal_domain

MAX_NAME_CHARACTERS = 120
MAX_URL_BYTES = 2000
MAX_REFERRER_CHARACTERS = 2000
MAX_PROPS = 30
MAX_PROP_KEY_BYTES = 300
MAX_PROP_VALUE_BYTES = 2000
MAX_ENGAGEMENT_MS = 30 * 24 * 3600 * 1000
MAX_DOMAINS = 1000
MAX_REVENUE = Decimal(10) ** 15

_decode_json = msgspec.json.Decoder().decode


class Revenue(msgspec.Struct, frozen=True):
    amount: Decimal  # three decimals
    currency: str  # ISO 4217


class Hit(msgspec.Struct, frozen=True):
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
    revenue: Revenue | None
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
    name = _checked_name(fields.name if fields.n is None else fields.n, errors)
    scroll_depth, engagement_ms = NO_SCROLL_DEPTH, 0
    if name == ENGAGEMENT:
        scroll_depth, engagement_ms = _scroll_depth(fields.sd), _engagement_ms(fields.e)
        if scroll_depth == NO_SCROLL_DEPTH and not engagement_ms:
            errors["event_name"] = ["engagement needs a scroll depth (sd) or an engagement time (e)"]
    props = _checked_props(_first(fields.m, fields.meta, fields.p, fields.props), errors)
    if errors:
        raise MalformedError(errors)
    referrer = fields.referrer if fields.r is None else fields.r
    return Hit(
        domains=domains,
        name=name,
        url=url,
        referrer=referrer[:MAX_REFERRER_CHARACTERS] if isinstance(referrer, str) else "",
        props=props,
        hash_mode=_integer(fields.hash_mode if fields.h is None else fields.h) == 1,
        interactive=not (_is_false(fields.i) or _is_false(fields.interactive)),
        scroll_depth=scroll_depth,
        engagement_ms=engagement_ms,
        revenue=_revenue(fields.dollar if fields.revenue is None else fields.revenue),
        address=address,
        user_agent=user_agent,
        hints=hints,
        claims=claims,
    )


def _first(*values: Any) -> Any:
    for value in values:
        if value is not None:
            return value
    return None


def _checked_url(url: Any, errors: dict[str, list[str]]) -> str:
    if url is None or url == "":
        errors["url"] = ["is required"]
    elif not isinstance(url, str) or len(url.encode("utf-8", "replace")) > MAX_URL_BYTES:
        errors["url"] = ["must be a valid url"]
    elif url[:5].lower() == "data:":
        errors["url"] = ["scheme is not allowed"]
    else:
        return url
    return ""


def _checked_domains(listed: Any, url: str, errors: dict[str, list[str]]) -> tuple[str, ...]:
    if listed is None:
        listed = _host(url)
    if isinstance(listed, str):
        if "," not in listed and (domain := normal_domain(listed)):
            return (domain,)
        pieces = (normal_domain(piece) for piece in listed.split(",", MAX_DOMAINS)[:MAX_DOMAINS])
        if domains := tuple(dict.fromkeys(piece for piece in pieces if piece)):
            return domains
    errors["domain"] = ["can't be blank"]
    return ()


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _checked_name(name: Any, errors: dict[str, list[str]]) -> str:
    if isinstance(name, int) and not isinstance(name, bool):
        name = str(name)
    if name is None or (isinstance(name, str) and not name.strip()):
        errors["event_name"] = ["can't be blank"]
    elif not isinstance(name, str):
        errors["event_name"] = ["is invalid"]
    elif len(name) > MAX_NAME_CHARACTERS:
        errors["event_name"] = [f"should be at most {MAX_NAME_CHARACTERS} character(s)"]
    else:
        return name
    return ""


def _checked_props(value: Any, errors: dict[str, list[str]]) -> dict[str, str]:
    props: dict[str, str] = {}
    if value is None:
        return props
    for key, item in _mapping(value).items():
        text = _text(item)
        if not key.strip() or not text.strip():
            continue
        if len(key.encode()) > MAX_PROP_KEY_BYTES or len(text.encode()) > MAX_PROP_VALUE_BYTES:
            errors["props"] = [
                f"keys should have at most {MAX_PROP_KEY_BYTES} bytes and values at most {MAX_PROP_VALUE_BYTES} bytes"
            ]
            break
        props[key] = text
        if len(props) == MAX_PROPS:
            break
    return props


def _mapping(value: Any) -> dict[str, Any]:
    """Return an object, or a string that holds one; anything else is empty."""
    if isinstance(value, str) and value:
        try:
            value = _decode_json(value)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else ""


def _is_false(value: Any) -> bool:
    return value is False or value == "false"


def _scroll_depth(value: Any) -> int:
    depth = _integer(value)
    return NO_SCROLL_DEPTH if depth is None or depth < 0 else min(depth, 100)


def _engagement_ms(value: Any) -> int:
    milliseconds = _integer(value)
    return milliseconds if milliseconds is not None and 0 <= milliseconds < MAX_ENGAGEMENT_MS else 0


def _integer(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _revenue(value: Any) -> Revenue | None:
    """Return an amount that is one in a currency that is one; any other is as if it were not sent."""
    if value is None:
        return None
    fields = _mapping(value)
    amount, currency = fields.get("amount"), fields.get("currency")
    if isinstance(amount, bool) or not isinstance(amount, int | float | str) or not isinstance(currency, str):
        return None
    try:
        # Rounded first: just below the limit is the limit itself once it is rounded.
        exact = Decimal(str(amount)).quantize(Decimal("0.001"))
        is_storable = abs(exact) < MAX_REVENUE
    except (InvalidOperation, ValueError):
        return None
    return Revenue(exact, currency) if is_storable and currency in _currencies() else None


@cache
def _currencies() -> frozenset[str]:
    """Return the currencies that are money somewhere today; Babel's plain list holds those of the past too."""
    tenders = chain.from_iterable(get_global("territory_currencies").values())
    return frozenset(code for code, _start, end, is_tender in tenders if is_tender and end is None)
