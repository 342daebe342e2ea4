"""What a program sends along: parameters of the address, and a JSON object or a form in the body.

Forms name what is inside of something as `custom_props[plan]`, and members of a list as `steps[]`.
"""

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

MAX_BYTES = 64 * 1024
MAX_FIELDS = 200
Fields = dict[str, Any]  # name -> JSON value; what comes from a form or the address is text, lists and dicts of it

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_PARTS = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


async def read(request: Request) -> Fields:
    """Return the fields of a request; those of the body go before those of the address.

    Raises HTTPException: 413 for more than MAX_BYTES, 400 for what can't be understood.
    """
    fields = _nested(request.query_params.multi_items())
    content = await _content(request, MAX_BYTES)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() in _FORMS:
        form = await _replayed(request, content).form(max_files=0, max_fields=MAX_FIELDS)
        return fields | _nested((name, value) for name, value in form.multi_items() if isinstance(value, str))
    return fields | (_object(content) if content.strip() else {})


async def read_object(request: Request, *, max_bytes: int) -> Fields:
    """Return the JSON object in the body of a request. Raises HTTPException as `read` does."""
    return _object(await _content(request, max_bytes))


async def _content(request: Request, max_bytes: int) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > max_bytes:
            raise HTTPException(413, "")
    return bytes(content)


def _replayed(request: Request, content: bytes) -> Request:
    """Return a request whose body, which has been read, can be read again."""

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    return Request(request.scope, receive)


def _object(content: bytes) -> Fields:
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise HTTPException(400, 'The body must be a JSON object, such as {"site_id": "example.org"}, or a form.')
    return found


def _nested(fields: Iterable[tuple[str, str]]) -> Fields:
    found: Fields = {}
    for name, value in fields:
        parts = _PARTS.fullmatch(name)
        inner = re.findall(r"\[([^\[\]]*)\]", parts[2]) if parts else []
        if parts is None or len(inner) > 1:
            found[name] = value
        elif not inner:
            found[parts[1]] = value
        elif inner[0] == "":
            _put(found, parts[1], [], value)
        else:
            _put(found, parts[1], {}, value, key=inner[0])
    return found


def _put(found: Fields, name: str, empty: list[str] | dict[str, str], value: str, *, key: str = "") -> None:
    """Put a value into the list or dict of a name, in place of what is there of another kind."""
    if not isinstance(found.get(name), type(empty)):
        found[name] = empty
    if isinstance(empty, list):
        found[name].append(value)
    else:
        found[name][key] = value
