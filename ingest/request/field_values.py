"""Validate the values of an event's fields."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from schema.measures.currencies import is_currency
from schema.records.event import NO_SCROLL_DEPTH

MAX_URL_BYTES = 2000
MAX_DOMAINS = 1000
MAX_REFERRER_CHARACTERS = 2000
MAX_NAME_CHARACTERS = 120
MAX_PROPS = 30
MAX_PROP_KEY_BYTES = 300
MAX_PROP_VALUE_BYTES = 2000
MAX_ENGAGEMENT_MS = 30 * 24 * 3600 * 1000
MAX_REVENUE = Decimal(10) ** 15

_decode_json = msgspec.json.Decoder().decode


class Revenue(msgspec.Struct, frozen=True):
    amount: Decimal  # three decimals
    currency: str  # ISO 4217


def checked_name(name: Any, errors: dict[str, list[str]]) -> str:
    """Return the name of an event, or add an error under `event_name`."""
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


def checked_props(value: Any, errors: dict[str, list[str]]) -> dict[str, str]:
    """Return the first MAX_PROPS custom properties that are not blank, or add an error under `props`."""
    props: dict[str, str] = {}
    for key, item in as_object(value).items():
        text = as_text(item)
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


def as_object(value: Any) -> dict[str, Any]:
    """Return an object, also one that is JSON text; empty for anything else."""
    if isinstance(value, str) and value:
        try:
            value = _decode_json(value)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else ""


def is_false(value: Any, other: Any = None) -> bool:
    """Return whether a value, or another one, is false, also as text."""
    return value is False or value == "false" or other is False or other == "false"


def scroll_depth(value: Any) -> int:
    """Return percent, NO_SCROLL_DEPTH if invalid."""
    depth = integer(value)
    return NO_SCROLL_DEPTH if depth is None or depth < 0 else min(depth, 100)


def engagement_ms(value: Any) -> int:
    """Return milliseconds, 0 if invalid."""
    milliseconds = integer(value)
    return milliseconds if milliseconds is not None and 0 <= milliseconds < MAX_ENGAGEMENT_MS else 0


def integer(value: Any) -> int | None:
    """Return an integer, also one that is text; None for anything else."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def revenue(value: Any) -> Revenue | None:
    """Return the revenue, None if the amount or the currency is invalid."""
    if value is None:
        return None
    fields = as_object(value)
    amount, currency = fields.get("amount"), fields.get("currency")
    if isinstance(amount, bool) or not isinstance(amount, int | float | str) or not isinstance(currency, str):
        return None
    try:
        # Rounded before the comparison, because rounding may reach the limit.
        exact = Decimal(str(amount)).quantize(Decimal("0.001"))
        is_storable = abs(exact) < MAX_REVENUE
    except (InvalidOperation, ValueError):
        return None
    return Revenue(exact, currency) if is_storable and is_currency(currency) else None
