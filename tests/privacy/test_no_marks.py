"""P5: no answer to a visitor marks the browser: nothing to store, nothing to send back, nothing that differs.

tests/journeys/test_device.py watches the tracker in a real browser: it reads and writes nothing on the device.
"""

import re
from pathlib import Path

import httpx2

from ingest.tracker import names
from tests.privacy import canaries
from tests.server import Server

BROWSERS = (
    canaries.BROWSER,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5",
)
# With these, a server recognises a browser that comes back.
MARKS = {"set-cookie", "etag", "last-modified", "content-location", "www-authenticate", "strict-transport-security"}
MARKS |= {"alt-svc", "nel", "report-to", "accept-ch", "critical-ch", "refresh", "content-md5", "age"}
VARIES = {
    "accept-encoding",
    "accept-language",
    "origin",
    "host",
}  # never by browser; by cookie only where nothing is kept
PAGES = ("opt-out", "device?link=wrong", "check?link=wrong")
SCRIPTS = ("script.js", "plausible.js", f"script.{'.'.join(sorted(names.EXTENSIONS))}.js", "script.compat.js")
ANSWERS = (
    *(("GET", f"/js/{name}") for name in SCRIPTS),
    ("POST", "/api/event"),
    ("OPTIONS", "/api/event"),
    ("GET", "/api/event"),
    ("GET", f"/api/pixel.gif?d={canaries.COUNTED}"),
    ("GET", f"/api/event/pixel.gif?d={canaries.COUNTED}"),
    *(("GET", f"/api/event/{page}") for page in PAGES),
)


def answers(url: str, browser: str, *, back: bool) -> list[httpx2.Response]:
    """Return all answers to a browser. back: it brings along what a browser that was here before may have."""
    past = {"if-none-match": '"1"', "if-modified-since": "Mon, 01 Jan 2024 00:00:00 GMT", "cookie": "id=1"}
    headers = {"user-agent": browser, "x-forwarded-host": canaries.COUNTED} | (past if back else {})
    body = {"n": "pageview", "d": canaries.COUNTED, "u": f"https://{canaries.COUNTED}/"}
    with httpx2.Client(base_url=url, headers=headers) as client:
        return [client.request(method, path, json=body if method == "POST" else None) for method, path in ANSWERS]


def without_date(answer: httpx2.Response) -> tuple[int, dict[str, str], bytes]:
    return answer.status_code, {name: text for name, text in answer.headers.items() if name != "date"}, answer.content


def test_no_answer_marks_the_browser(tmp_path: Path) -> None:
    with Server(tmp_path / "data", settings={"trusted_proxies": canaries.TRUSTED}) as server:
        first, second = (answers(server.url, browser, back=False) for browser in BROWSERS)
        again = answers(server.url, BROWSERS[0], back=True)

    assert [] == [(ask, name) for ask, answer in zip(ANSWERS, first, strict=True) for name in MARKS & {*answer.headers}]
    for ask, answer in zip(ANSWERS, first, strict=True):
        allowed = VARIES | ({"cookie"} if answer.headers.get("cache-control") == "no-store" else set())
        assert {*re.findall(r"[^\s,]+", answer.headers.get("vary", "").lower())} <= allowed, ask
    for ask, one, other, returned in zip(ANSWERS, first, second, again, strict=True):
        assert without_date(one) == without_date(other), f"{ask}: two browsers"
        assert without_date(one) == without_date(returned), f"{ask}: a browser that was here before"
    assert {200, 202, 204} <= {answer.status_code for answer in first}
