import asyncio

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from dashboard.api import body

FORM = "application/x-www-form-urlencoded"


def a_request(content: bytes = b"", *, content_type: str = "application/json", query: str = "") -> Request:
    async def receive():
        return {"type": "http.request", "body": content, "more_body": False}

    headers = [(b"content-type", content_type.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers, "query_string": query.encode()}, receive)


def read(*arguments, **keywords):
    return asyncio.run(body.read(a_request(*arguments, **keywords)))


@pytest.mark.parametrize(
    ("content", "content_type", "query", "fields"),
    [
        pytest.param(b"", "", "", {}, id="nothing"),
        pytest.param(b'{"a":1}', "application/json", "", {"a": 1}, id="JSON"),
        pytest.param(b"", "", "a=1&b=2", {"a": "1", "b": "2"}, id="the address"),
        pytest.param(b'{"a":1}', "", "a=2&b=3", {"a": 1, "b": "3"}, id="the body goes before the address"),
        pytest.param(b"a=1", f"{FORM}; charset=utf-8", "", {"a": "1"}, id="a form"),
        pytest.param(b"a[]=1&a[]=2", FORM, "", {"a": ["1", "2"]}, id="a list"),
        pytest.param(b"a[b]=1&a[c]=2", FORM, "", {"a": {"b": "1", "c": "2"}}, id="an object"),
        pytest.param(b"a[b][c]=1", FORM, "", {"a[b][c]": "1"}, id="deeper than an object"),
        pytest.param(b"a=1&a[]=2", FORM, "", {"a": ["2"]}, id="the last kind of a name"),
    ],
)
def test_a_request_becomes_fields(content, content_type, query, fields):
    assert fields == read(content, content_type=content_type, query=query)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        pytest.param(b"[]", 400, id="a list"),
        pytest.param(b"{", 400, id="JSON that breaks off"),
        pytest.param(b"\xff", 400, id="no text"),
        pytest.param(b"[" * 50_000, 400, id="JSON without end"),
        pytest.param(b" " * (body.MAX_BYTES + 1), 413, id="too long"),
    ],
)
def test_any_other_body_is_rejected(content, status):
    with pytest.raises(HTTPException) as error:
        read(content)

    assert status == error.value.status_code


def test_an_object_has_a_limit_of_its_own():
    assert {"a": 1} == asyncio.run(body.read_object(a_request(b'{"a":1}'), max_bytes=7))

    with pytest.raises(HTTPException):
        asyncio.run(body.read_object(a_request(b'{"a":1}'), max_bytes=6))
