"""Decode a request body into its fields, under Plausible's names. hit.py validates their values.

Any content type other than a form is read as JSON: trackers send text/plain to avoid a preflight request.
Unknown keys are ignored.
"""

from io import BytesIO
from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec
import python_multipart
from python_multipart.exceptions import FormParserError

from ingest.request.field_values import (
    MAX_DOMAINS,
    MAX_ENGAGEMENT_MS,
    MAX_NAME_CHARACTERS,
    MAX_PROP_KEY_BYTES,
    MAX_PROP_VALUE_BYTES,
    MAX_PROPS,
    MAX_REFERRER_CHARACTERS,
    MAX_REVENUE,
    MAX_URL_BYTES,
)

# Forms are slower than JSON: a microsecond for three bytes (`%41`), or 15 for a part.
MAX_FORM_BYTES = 100_000  # unless it is multipart
MAX_FORM_FIELDS = 100
MAX_CONTENT_TYPE_CHARACTERS = 1000


class MalformedError(Exception):
    """A body is not a valid hit. `errors`: field -> messages, as in the answer."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(str(sorted(errors)))
        self.errors = errors


def _about(description: str, **schema: Any) -> msgspec.Meta:
    return msgspec.Meta(description=description, extra_json_schema=schema)


_FLAG = {"enum": [True, False, "true", "false"]}
_INTEGER: list[dict[str, Any]] = [{"type": "integer"}, {"type": "string", "pattern": "^-?[0-9]+$"}]
_PROP = {"type": ["string", "number", "boolean", "null"], "description": f"At most {MAX_PROP_VALUE_BYTES} bytes"}
Name = Annotated[
    Any,
    _about("`pageview` or a name of your own", type=["string", "integer"], maxLength=MAX_NAME_CHARACTERS),
]
Url = Annotated[Any, _about(f"URL of the page, at most {MAX_URL_BYTES} bytes", type="string", maxLength=MAX_URL_BYTES)]
Domain = Annotated[
    Any,
    _about(f"Site, or up to {MAX_DOMAINS} sites with commas between; by default the host of the URL", type="string"),
]
Referrer = Annotated[Any, _about(f"Only the first {MAX_REFERRER_CHARACTERS} characters are stored", type="string")]
Props = Annotated[
    Any,
    _about(
        f"Custom properties. Only {MAX_PROPS} are stored. A name has at most {MAX_PROP_KEY_BYTES} bytes",
        type=["object", "string"],
        maxProperties=MAX_PROPS,
        propertyNames={"maxLength": MAX_PROP_KEY_BYTES},
        additionalProperties=_PROP,
    ),
]
HashMode = Annotated[Any, _about("1: the fragment of the URL is part of the path", anyOf=_INTEGER)]
Interactive = Annotated[Any, _about("False: the event does not keep a visit from being a bounce", **_FLAG)]
ScrollDepth = Annotated[Any, _about("Percent, 0 to 100, of an `engagement` event", anyOf=_INTEGER)]
EngagementTime = Annotated[
    Any, _about(f"Milliseconds, at most {MAX_ENGAGEMENT_MS - 1}, of an `engagement` event", anyOf=_INTEGER)
]
Money = Annotated[
    Any,
    _about(
        f"Revenue: an amount below {MAX_REVENUE:,}, of which three decimals are stored, and a currency of ISO 4217",
        type=["object", "string"],
        required=["amount", "currency"],
        properties={"amount": {"type": ["number", "string"]}, "currency": {"type": "string"}},
    ),
]


class Fields(msgspec.Struct, frozen=True, gc=False):
    """All keys, as sent. None: not sent, or null."""

    n: Name = None
    name: Name = None
    u: Url = None
    url: Url = None
    d: Domain = None
    domain: Domain = None
    r: Referrer = None
    referrer: Referrer = None
    m: Props = None
    meta: Props = None
    p: Props = None
    props: Props = None
    h: HashMode = None
    hash_mode: HashMode = msgspec.field(default=None, name="hashMode")
    i: Interactive = None
    interactive: Interactive = None
    sd: ScrollDepth = None
    e: EngagementTime = None
    revenue: Money = None
    dollar: Money = msgspec.field(default=None, name="$")


_decode = msgspec.json.Decoder(Fields).decode


def schema() -> dict[str, Any]:
    """Return the JSON schema of a body, for the OpenAPI document."""
    described: dict[str, Any] = msgspec.json.schema_components((Fields,))[1][Fields.__name__]
    for field in described["properties"].values():
        del field["default"]  # null means that it was not sent
    needed = [{"anyOf": [{"required": [short]}, {"required": [name]}]} for short, name in (("n", "name"), ("u", "url"))]
    return described | {"title": "Event", "description": "An event", "allOf": needed}


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
