"""The fields of a request: URL parameters, and a JSON object or a form in the body.

In forms and URLs, `custom_props[plan]` is a member of an object and `steps[]` an item of a list.
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
Fields = dict[str, Any]  # name -> JSON value; from a form or URL: text, or a list or dict of texts

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_PARTS = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


async def read(request: Request) -> Fields:
    """Return the fields of a request. Fields of the body override URL parameters.

    Raises HTTPException: 413 for more than MAX_BYTES, 400 for an invalid body.
    """
    fields = _nested(request.query_params.multi_items())
    content = await _content(request, MAX_BYTES)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() in _FORMS:
        form = await _replayed(request, content).form(max_files=0, max_fields=MAX_FIELDS)
        return fields | _nested((name, value) for name, value in form.multi_items() if isinstance(value, str))
    return fields | (_object(content) if content.strip() else {})


async def read_object(request: Request, *, max_bytes: int) -> Fields:
    """Return the JSON object in the body of a request. Raises HTTPException like `read`."""
    return _object(await _content(request, max_bytes))


async def _content(request: Request, max_bytes: int) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > max_bytes:
            raise HTTPException(413, "")
    return bytes(content)


def _replayed(request: Request, content: bytes) -> Request:
    """Return a request with a body that was already read."""

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    return Request(request.scope, receive)


def _object(content: bytes) -> Fields:
    try:
        fields = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise HTTPException(400, 'The body must be a JSON object, such as {"site_id": "example.org"}, or a form.')
    return fields


def _nested(pairs: Iterable[tuple[str, str]]) -> Fields:
    fields: Fields = {}
    for name, value in pairs:
        parts = _PARTS.fullmatch(name)
        inner = re.findall(r"\[([^\[\]]*)\]", parts[2]) if parts else []
        if parts is None or len(inner) > 1:
            fields[name] = value
        elif not inner:
            fields[parts[1]] = value
        elif inner[0] == "":
            _put(fields, parts[1], [], value)
        else:
            _put(fields, parts[1], {}, value, key=inner[0])
    return fields


def _put(fields: Fields, name: str, empty: list[str] | dict[str, str], value: str, *, key: str = "") -> None:
    """Add a value to the list or dict of a field. A field of another type is replaced."""
    if not isinstance(fields.get(name), type(empty)):
        fields[name] = empty
    if isinstance(empty, list):
        fields[name].append(value)
    else:
        fields[name][key] = value
