"""Decode a request body into its fields, under Plausible's names. hit.py validates their values.

Any content type other than a form is read as JSON: trackers send text/plain to avoid a preflight request.
Unknown keys are ignored.
"""

from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import python_multipart
from python_multipart.exceptions import FormParserError

# Forms are slower than JSON: a microsecond for three bytes (`%41`), or 15 for a part.
MAX_FORM_BYTES = 100_000  # unless it is multipart
MAX_FORM_FIELDS = 100
MAX_CONTENT_TYPE_CHARACTERS = 1000


class MalformedError(Exception):
    """A body is not a valid hit. `errors`: field -> messages, as in the answer."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(str(sorted(errors)))
        self.errors = errors


class Fields(msgspec.Struct, frozen=True, gc=False):
    """All keys, as sent. None: not sent, or null."""

    n: Any = None
    name: Any = None
    u: Any = None
    url: Any = None
    d: Any = None
    domain: Any = None
    r: Any = None
    referrer: Any = None
    m: Any = None
    meta: Any = None
    p: Any = None
    props: Any = None
    h: Any = None
    hash_mode: Any = msgspec.field(default=None, name="hashMode")
    i: Any = None
    interactive: Any = None
    sd: Any = None
    e: Any = None
    revenue: Any = None
    dollar: Any = msgspec.field(default=None, name="$")


_decode = msgspec.json.Decoder(Fields).decode


def read(body: bytes, content_type: str) -> Fields:
    """Return the fields of a request. Raises MalformedError."""
    if "form" in content_type.lower() and (pairs := _form(body, content_type)) is not None:
        return msgspec.convert(pairs, Fields)
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedError({"request": ["Unable to parse request body as json"]}) from None


def _form(body: bytes, content_type: str) -> dict[str, str] | None:
    """Return the fields of a form, None if the content type is not a form. The last of equal names wins."""
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind == "application/x-www-form-urlencoded":
            return _urlencoded(body)
        return _multipart(body, content_type) if kind == "multipart/form-data" else None
    except (FormParserError, ValueError):
        raise MalformedError({"request": ["Unable to parse request body as a form"]}) from None


def _urlencoded(body: bytes) -> dict[str, str]:
    if len(body) > MAX_FORM_BYTES:
        raise ValueError("the form is too long")
    text = body.decode("utf-8", "replace")
    return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS))


def _multipart(body: bytes, content_type: str) -> dict[str, str]:
    if len(content_type) > MAX_CONTENT_TYPE_CHARACTERS:
        raise ValueError("the content type is too long")
    fields: dict[str, str] = {}
    parts = 0

    def count(_part: Any) -> None:
        nonlocal parts
        parts += 1
        if parts > MAX_FORM_FIELDS:
            raise ValueError("the form has too many fields")

    def keep(field: Any) -> None:
        count(field)
        fields[(field.field_name or b"").decode("utf-8", "replace")] = (field.value or b"").decode("utf-8", "replace")

    headers = {"Content-Type": content_type.encode(), "Content-Length": str(len(body)).encode()}
    python_multipart.parse_form(headers, BytesIO(body), keep, count)
    return fields
