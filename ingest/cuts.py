"""What Sillage does not store of a hit that it accepts: what exceeds a limit, and values of the wrong type.

Only a sender with an API key learns this, in the answer: a browser has nobody to act on it.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from ingest.enrich.url import MAX_TAG_CHARACTERS, TEXT_TAGS
from ingest.hit import Hit
from ingest.pipeline import PATH_EVENTS
from ingest.request import field_values
from ingest.request.body import Fields, read
from ingest.request.field_values import (
    MAX_DOMAINS,
    MAX_ENGAGEMENT_MS,
    MAX_PROPS,
    MAX_REFERRER_CHARACTERS,
    MAX_REVENUE,
)
from schema.records.event import ENGAGEMENT

MAX_NAMES = 10  # of properties in a sentence; more are only counted


def cuts(hit: Hit, body: bytes, *, content_type: str) -> dict[str, list[str]]:
    """Return field -> sentences on what is not stored of it, without fields that are stored whole."""
    fields = read(body, content_type)
    sentences = {
        "domain": _domain(fields),
        "url": _url(hit),
        "referrer": _referrer(fields),
        "props": _props(hit, fields),
        "revenue": _revenue(hit, fields),
        **_engagement(hit, fields),
    }
    return {field: list(filter(None, lines)) for field, lines in sentences.items() if any(lines)}


def _first(*values: Any) -> Any:
    """Return the first value that was sent, None if none was."""
    return next((value for value in values if value is not None), None)


def _domain(fields: Fields) -> list[str]:
    listed = _first(fields.d, fields.domain)
    is_long = isinstance(listed, str) and listed.count(",") >= MAX_DOMAINS
    return [f"only the first {MAX_DOMAINS} domains count"] if is_long else []


def _url(hit: Hit) -> list[str]:
    query = hit.url.partition("#")[0].partition("?")[2]
    tags = dict.fromkeys(
        name for name, value in parse_qsl(query) if name in TEXT_TAGS and len(value) > MAX_TAG_CHARACTERS
    )
    return [f"only the first {MAX_TAG_CHARACTERS} characters of {name} are stored" for name in tags]


def _referrer(fields: Fields) -> list[str]:
    referrer = _first(fields.r, fields.referrer)
    if referrer is not None and not isinstance(referrer, str):
        return ["only a string is stored"]
    is_long = referrer is not None and len(referrer) > MAX_REFERRER_CHARACTERS
    return [f"only the first {MAX_REFERRER_CHARACTERS} characters are stored"] if is_long else []


def _props(hit: Hit, fields: Fields) -> list[str]:
    sent = _first(fields.m, fields.meta, fields.p, fields.props)
    props = field_values.as_object(sent)
    has_path = hit.name in PATH_EVENTS and "path" not in hit.props
    stored = set(islice(hit.props, MAX_PROPS - has_path))
    nested = [name for name, value in props.items() if isinstance(value, list | dict)]
    surplus = [name for name, value in props.items() if name not in stored and _is_filled(name, value)]
    return [
        "only an object is stored" if sent and not isinstance(sent, dict) and not props else "",
        f"only {MAX_PROPS} properties are stored, without {_named(surplus)}" if surplus else "",
        f"only strings, numbers and booleans are stored, without {_named(nested)}" if nested else "",
    ]


def _is_filled(name: str, value: Any) -> bool:
    return bool(name.strip() and field_values.as_text(value).strip())


def _named(names: Sequence[str]) -> str:
    more = len(names) - MAX_NAMES
    return ", ".join(names[:MAX_NAMES]) + (f" and {more} more" if more > 0 else "")


def _revenue(hit: Hit, fields: Fields) -> list[str]:
    sent = _first(fields.revenue, fields.dollar)
    is_lost = sent is not None and not hit.revenue and hit.name != ENGAGEMENT
    return [f"only an amount below {MAX_REVENUE:,} with a currency such as EUR is stored"] if is_lost else []


def _engagement(hit: Hit, fields: Fields) -> dict[str, list[str]]:
    if hit.name != ENGAGEMENT:
        return {}
    depth_is_cut = fields.sd is not None and field_values.integer(fields.sd) != hit.scroll_depth
    time_is_cut = fields.e is not None and field_values.integer(fields.e) != hit.engagement_ms
    return {
        "sd": ["only whole numbers from 0 to 100 are stored"] if depth_is_cut else [],
        "e": [f"only whole milliseconds from 0 to {MAX_ENGAGEMENT_MS - 1} are stored"] if time_is_cut else [],
    }
