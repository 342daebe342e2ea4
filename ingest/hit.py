"""A request body, in Plausible's terms, becomes a Hit, or a list of what is wrong with it.

Short keys are looked up before long ones (revenue: long first). Any content type that is not a form is read as JSON:
trackers send text/plain to save the browser a preflight request. Unknown keys are ignored.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from io import BytesIO
from itertools import chain
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import python_multipart
from babel.core import get_global
from python_multipart.exceptions import FormParserError

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
_URL_KEYS, _NAME_KEYS, _DOMAIN_KEYS = ("u", "url"), ("n", "name"), ("d", "domain")


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


class MalformedError(Exception):
    """A body that can't be a hit. `errors`: field -> messages, as the answer shows them."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(str(sorted(errors)))
        self.errors = errors


def parse(body: bytes, *, content_type: str, address: bytes, user_agent: str) -> Hit:
    """Return the hit of a request. Raises MalformedError."""
    fields = _fields(body, content_type)
    errors: dict[str, list[str]] = {}
    url = _checked_url(fields, errors)
    domains = _checked_domains(fields, url, errors)
    name = _checked_name(fields, errors)
    scroll_depth, engagement_ms = NO_SCROLL_DEPTH, 0
    if name == ENGAGEMENT:
        scroll_depth, engagement_ms = _scroll_depth(fields.get("sd")), _engagement_ms(fields.get("e"))
        if scroll_depth == NO_SCROLL_DEPTH and not engagement_ms:
            errors["event_name"] = ["engagement needs a scroll depth (sd) or an engagement time (e)"]
    props = _checked_props(_first(fields, ("m", "meta", "p", "props")), errors)
    if errors:
        raise MalformedError(errors)
    referrer = _first(fields, ("r", "referrer"))
    return Hit(
        domains=domains,
        name=name,
        url=url,
        referrer=referrer[:MAX_REFERRER_CHARACTERS] if isinstance(referrer, str) else "",
        props=props,
        hash_mode=_integer(_first(fields, ("h", "hashMode"))) == 1,
        interactive=not any(_is_false(fields.get(key)) for key in ("i", "interactive")),
        scroll_depth=scroll_depth,
        engagement_ms=engagement_ms,
        revenue=_revenue(_first(fields, ("revenue", "$"))),
        address=address,
        user_agent=user_agent,
    )


def _fields(body: bytes, content_type: str) -> Mapping[str, Any]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    if kind == "multipart/form-data":
        return _multipart_fields(body, content_type)
    try:
        fields = _decode_json(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise MalformedError({"request": ["Unable to parse request body as json"]})
    return fields


def _multipart_fields(body: bytes, content_type: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}

    def keep(field: Any) -> None:
        fields[(field.field_name or b"").decode("utf-8", "replace")] = (field.value or b"").decode("utf-8", "replace")

    try:
        headers = {"Content-Type": content_type.encode(), "Content-Length": str(len(body)).encode()}
        python_multipart.parse_form(headers, BytesIO(body), keep, lambda _file: None)
    except (FormParserError, ValueError):
        raise MalformedError({"request": ["Unable to parse request body as a form"]}) from None
    return fields


def _first(fields: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    for key in keys:
        value = fields.get(key)
        if value is not None:
            return value
    return None


def _checked_url(fields: Mapping[str, Any], errors: dict[str, list[str]]) -> str:
    url = _first(fields, _URL_KEYS)
    if url is None or url == "":
        errors["url"] = ["is required"]
    elif not isinstance(url, str) or len(url.encode("utf-8", "replace")) > MAX_URL_BYTES:
        errors["url"] = ["must be a valid url"]
    elif url[:5].lower() == "data:":
        errors["url"] = ["scheme is not allowed"]
    else:
        return url
    return ""


def _checked_domains(fields: Mapping[str, Any], url: str, errors: dict[str, list[str]]) -> tuple[str, ...]:
    listed = _first(fields, _DOMAIN_KEYS)
    if listed is None:
        listed = _host(url)
    if isinstance(listed, str):
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


def _checked_name(fields: Mapping[str, Any], errors: dict[str, list[str]]) -> str:
    name = _first(fields, _NAME_KEYS)
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
