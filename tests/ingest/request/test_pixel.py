import asyncio
import json

import pytest

from ingest.request import pixel

URL = b"https://example.org/page"


def a_scope(*, path=pixel.PATH, method="GET", kind="http", query=b"", headers=()):
    return {"type": kind, "path": path, "method": method, "query_string": query, "headers": list(headers)}


def request(scope):
    """Return the event that the collector counts, its headers, and the messages of the answer."""
    counted, headers, messages = [], [], []

    async def count(inner, receive, send):
        counted.append(json.loads((await receive())["body"]))
        headers.extend(inner["headers"])
        await send({"type": "http.response.start", "status": 400})

    async def send(message):
        messages.append(message)

    asyncio.run(pixel.answer(scope, send, count=count))
    return counted[0], headers, messages


@pytest.mark.parametrize(
    ("scope", "is_pixel"),
    [
        pytest.param(a_scope(), True, id="the image"),
        pytest.param(a_scope(path=pixel.PATH_OF_SITE), True, id="the image below the collector"),
        pytest.param(a_scope(method="POST"), False, id="another method"),
        pytest.param(a_scope(path="/api/event"), False, id="another path"),
        pytest.param(a_scope(kind="websocket"), False, id="another protocol"),
    ],
)
def test_only_the_path_of_the_image_is_the_pixel(scope, is_pixel):
    assert is_pixel == pixel.is_pixel(scope)


@pytest.mark.parametrize(
    ("query", "event"),
    [
        pytest.param(b"", {"u": URL.decode()}, id="the page comes from the browser"),
        pytest.param(b"u=https%3A%2F%2Fa.example%2Fb", {"u": "https://a.example/b"}, id="the image names its page"),
        pytest.param(b"d=a.example&r=b", {"u": URL.decode(), "d": "a.example", "r": "b"}, id="site and referrer"),
        pytest.param(b"n=Signup", {"u": URL.decode()}, id="no other event"),
    ],
)
def test_the_image_counts_a_page_view(query, event):
    counted, _, _ = request(a_scope(query=query, headers=[(b"referer", URL)]))

    assert {"n": "pageview"} | event == counted


def test_the_event_is_read_as_json_whatever_the_request_claims():
    _, headers, _ = request(a_scope(headers=[(b"content-type", b"multipart/form-data"), (b"host", b"a")]))

    assert [(b"host", b"a")] == headers


def test_the_image_comes_whether_the_view_counts_or_not():
    _, _, (start, body) = request(a_scope())

    assert (200, b"image/gif") == (start["status"], dict(start["headers"])[b"content-type"])
    assert body["body"].startswith(b"GIF89a")
    assert str(len(body["body"])).encode() == dict(start["headers"])[b"content-length"]
