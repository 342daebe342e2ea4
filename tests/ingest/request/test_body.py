import gzip
import json
import zlib

import pytest
from jsonschema import Draft202012Validator

from ingest.cuts import cuts
from ingest.hit import parse
from ingest.request import body
from ingest.request.body import Fields, MalformedError
from ingest.request.sender import Sender

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("content", "content_type", "fields"),
    [
        pytest.param(b'{"n":"pageview","u":"/"}', "application/json", Fields(n="pageview", u="/"), id="JSON"),
        pytest.param(b'{"n":"pageview"}', "text/plain", Fields(n="pageview"), id="JSON sent as text"),
        pytest.param(b'{"n":"pageview"}', "", Fields(n="pageview"), id="JSON without a content type"),
        pytest.param(b'{"n":"a","else":1}', "", Fields(n="a"), id="an unknown key is ignored"),
        pytest.param(b'{"hashMode":1,"$":"x"}', "", Fields(hash_mode=1, dollar="x"), id="names that Python lacks"),
        pytest.param(b"n=pageview&u=%2Fa", FORM, Fields(n="pageview", u="/a"), id="a form"),
        pytest.param(b"n=a&n=b", FORM, Fields(n="b"), id="the last of equal names"),
        pytest.param(b"n=", FORM, Fields(n=""), id="an empty value"),
        pytest.param(
            b'--x\r\nContent-Disposition: form-data; name="n"\r\n\r\nSignup\r\n--x--\r\n',
            MULTIPART,
            Fields(n="Signup"),
            id="a multipart form",
        ),
        pytest.param(b'{"n":"a"}', "text/form-like", Fields(n="a"), id="a content type that only sounds like a form"),
    ],
)
def test_a_body_becomes_its_fields(content, content_type, fields):
    assert fields == body.read(content, content_type)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        pytest.param(b"", "application/json", id="nothing"),
        pytest.param(b"{", "application/json", id="JSON that breaks off"),
        pytest.param(b"[]", "application/json", id="a list"),
        pytest.param(b'{"n":"\xff"}', "application/json", id="bytes that are not UTF-8"),
        pytest.param(b"[" * 100_000, "application/json", id="JSON without end"),
        pytest.param(b"n=" + b"x" * body.MAX_FORM_BYTES, FORM, id="a form that is too long"),
        pytest.param(b"&".join([b"n=1"] * (body.MAX_FORM_FIELDS + 1)), FORM, id="a form with too many fields"),
        pytest.param(b"--y--", f"multipart/form-data; boundary={'x' * 1000}", id="a content type that is too long"),
        pytest.param(b"--x", "multipart/form-data", id="a multipart form without a boundary"),
    ],
)
def test_a_body_that_can_not_be_a_hit_is_rejected_with_a_reason(content, content_type):
    with pytest.raises(MalformedError) as refusal:
        body.read(content, content_type)

    assert ["request"] == list(refusal.value.errors)


MINIMAL = {"name": "pageview", "url": "https://example.org/", "domain": "example.org"}
THIRTY = {f"k{number}": "x" for number in range(30)}


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="the least"),
        pytest.param({"n": 404, "u": "/", "d": "a.example,b.example"}, id="short names"),
        pytest.param({"props": THIRTY | {"k0": 1, "k1": True, "k2": None}}, id="thirty properties"),
        pytest.param({"props": json.dumps(THIRTY)}, id="properties as text"),
        pytest.param({"name": "x" * 120}, id="the longest name"),
        pytest.param({"revenue": {"amount": "10.5", "currency": "EUR"}}, id="revenue"),
        pytest.param({"name": "engagement", "sd": "50", "e": 1000}, id="an engagement event"),
        pytest.param({"hashMode": 1, "interactive": False, "v": 36}, id="what a tracker adds"),
    ],
)
def test_what_the_schema_accepts_is_stored_whole(fields):
    content = json.dumps(MINIMAL | fields).encode()

    assert Draft202012Validator(body.schema()).is_valid(MINIMAL | fields)
    assert {} == cuts(parse(content, content_type="", sender=Sender(b"")), content, content_type="")


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"props": THIRTY | {"more": "x"}}, id="31 properties"),
        pytest.param({"props": {"x" * 301: "a"}}, id="a long name of a property"),
        pytest.param({"props": {"x": ["a"]}}, id="a nested property"),
        pytest.param({"name": "x" * 121}, id="a long name"),
        pytest.param({"url": "x" * 2001}, id="a long URL"),
        pytest.param({"url": 7}, id="a number as a URL"),
        pytest.param({"revenue": {"amount": 10}}, id="revenue without a currency"),
        pytest.param({"sd": "deep"}, id="a depth in words"),
    ],
)
def test_the_schema_states_the_limits(fields):
    assert not Draft202012Validator(body.schema()).is_valid(MINIMAL | fields)


@pytest.mark.parametrize("missing", ["name", "url"])
def test_the_schema_states_what_is_needed(missing):
    assert not Draft202012Validator(body.schema()).is_valid(
        {name: value for name, value in MINIMAL.items() if name != missing}
    )


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
def test_a_compressed_body_is_not_unpacked(compress):
    """A kilobyte may unpack to a megabyte. Trackers send what they have to say as it is."""
    with pytest.raises(MalformedError):
        body.read(compress(b'{"n": "pageview", "p": "' + b"a" * 100_000 + b'"}'), "application/json")
