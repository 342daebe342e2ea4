"""Requests that a stranger's program might send: near-valid ones of every route, from a seed.

Half of them are events. The others take a route of the server at random, with values of tests/mutations.py and of
their own in the path, the query, the headers and the body.
"""

import json
import random
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

from tests.dashboard.api import test_any_request as api
from tests.dashboard.pages import test_any_request as pages
from tests.mutations import DATES, VALUES

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
_AGENTS = (
    FIREFOX,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "curl/8.1",
    "",
)
_PIECES = (
    *("https://", "http://example.org", "//", "/", "..", "%00", "%2e%2e", "%", "?", "#", "&", "=", ";", ",", "[", "]"),
    *("example.org", "utm_source=", "gclid=", "ref=", "é", "\u202e", "\x00", "\x1b[31m", "\ud83d", "\U0001f600"),
    *("<script>", "';--", "{{7*7}}", "${x}", "{a:String}", "\r\nset-cookie: a=b", "=1+1", "@x", "-1", "0", "9" * 30),
    *("is", "not", "visit:source", "event:page", "segment", "visitors", "7d", "custom", "*", "**", "^", "$", "\\"),
)
_HOSTS = ("example.org", "a@b", "[::1", "x" * 300, "", "127.0.0.1:0", "stats.test:99999")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
_HEADERS: Mapping[str, Sequence[str]] = {
    "accept-language": ("fr", "en;q=0.x", "*", "fr-FR,fr;q=0.9,en;q=0.8"),
    "accept-encoding": ("gzip", "br", "gzip;q=0", "*"),
    "x-forwarded-for": ("198.51.100.7", "::1", "198.51.100.7:80,,", "unknown", "10.0.0.1, 203.0.113.9"),
    "forwarded": ("for=192.0.2.1;by=_x", 'for="[2001:db8::1]:80"', "for="),
    "x-plausible-ip": ("203.0.113.7", "x"),
    "origin": ("https://stats.test", "null", "https://evil.example"),
    "sec-fetch-site": ("same-origin", "cross-site", "x"),
    "cookie": ("sillage_session=x", "sillage_session=\xff; a", "=;=", "sillage=off", "x" * 9000),
    "range": ("bytes=0-1", "bytes=-9999999999999", "x"),
    "if-none-match": ('"x"', "*"),
    "if-modified-since": ("Tue, 01 Dec 2026 00:00:00 GMT", "x"),
    "content-encoding": ("gzip", "identity", "x"),
    "content-length": ("0", "-1", "x", "999999999999"),
    "sec-gpc": ("1",),
    "dnt": ("1",),
    "authorization": ("Bearer x", "Bearer", "Basic YTpi", "\xff"),
}


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: bytes  # as it is in the request line, before the question mark
    query: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def __str__(self) -> str:
        shown = ", ".join(f"{name}: {value[:40]!r}" for name, value in self.headers)
        return f"{self.method} {self.path[:200]!r}?{self.query[:200]!r} ({shown}) {self.body[:300]!r}"


class Requests:
    """An endless, repeatable series: iterate over it."""

    def __init__(self, routes: Sequence[tuple[str, str]], seed: int) -> None:
        """routes: method and path of each."""
        self._routes = routes
        self._random = random.Random(seed)

    def __iter__(self) -> Iterator[Request]:
        while True:
            yield self._event() if self._random.random() < 0.5 else self._of_a_route()

    def text(self) -> str:
        choice = self._random.random
        if choice() < 0.2:
            value = self._random.choice(VALUES)
            return value if isinstance(value, str) else str(value)[:500]
        if choice() < 0.15:
            return self._random.choice(DATES)
        pieces = [self._random.choice(_PIECES) for _ in range(self._random.randint(0, 6))]
        pieces += ["".join(self._random.choices(string.printable + "éß漢\u0661", k=self._random.randint(0, 9)))]
        self._random.shuffle(pieces)
        return "".join(pieces) * (self._random.randint(1, 400) if choice() < 0.02 else 1)

    def value(self, depth: int = 0) -> Any:
        kind = self._random.random()
        if kind < 0.45:
            return self.text()
        if kind < 0.8 or depth > 2:
            return self._random.choice(VALUES)
        if kind < 0.9:
            return [self.value(depth + 1) for _ in range(self._random.randint(0, 4))]
        return {self.text(): self.value(depth + 1) for _ in range(self._random.randint(0, 40 if kind > 0.99 else 4))}

    def _event(self) -> Request:
        host = self._random.choice(("example.org", "www.example.org", "shop.example.org", "other.example"))
        url = f"https://{host}/{self._random.choice(('', 'a', 'b/c', self.text()))}"
        fields: dict[str, Any] = {"n": "pageview", "d": "example.org", "u": url}
        for name in ("n", "d", "u", "r", "p", "h", "i", "sd", "e", "$", "name", "url", "domain", "props", "meta", "w"):
            if self._random.random() < 0.08:
                fields[name] = self._random.choice((self.value, self._plausible(name)))()
        headers = self._headers(*["text/plain", "application/json", "x"] * 4, FORM, MULTIPART)
        if self._random.random() < 0.1:
            return Request("GET", b"/api/pixel.gif", self._query({key: str(fields[key]) for key in fields}), headers)
        method = "POST" if self._random.random() < 0.97 else self._random.choice(_METHODS)
        return Request(method, b"/api/event", b"", headers, self._damaged(_encoded(fields)))

    def _plausible(self, name: str) -> Callable[[], Any]:
        values: Mapping[str, Sequence[Any]] = {
            "n": ("engagement", "Signup", "404", "pageview"),
            "r": ("https://www.google.com/", "https://news.example/?q=1"),
            "p": ({"plan": "pro"}, '{"plan": 1}', {"a": "x" * 3000}),
            "e": (0, 1000, 10**9, -1, 2**32),
            "sd": (0, 50, 100, 101, 255, -1),
            "$": ({"currency": "EUR", "amount": "12.5"}, {"currency": "EUR", "amount": 10**15}),
        }
        return lambda: self._random.choice(values.get(name, (1, "x")))

    def _of_a_route(self) -> Request:
        method, path = self._random.choice(self._routes)
        if self._random.random() < 0.05:
            method = self._random.choice(_METHODS)
        if self._random.random() < 0.1:
            parts = path.split("/")
            parts[self._random.randrange(len(parts))] = quote(self.text(), safe="/%", errors="surrogatepass")
            path = "/".join(parts)
        return self._filled(method, path)

    def _filled(self, method: str, path: str) -> Request:
        valid = pages.PARAMETERS.get(path) or api.PARAMETERS.get(path) or {}
        query = self._query(self._texts(valid))
        if method in ("GET", "HEAD"):
            return Request(method, path.encode(), query, self._headers())
        if path.startswith("/api/v"):
            content = api.BODIES.get((method, path), {"site_id": "example.org"})
            body = self._damaged(_encoded(self._changed(content)))
            return Request(method, path.encode(), b"", self._headers("application/json", FORM), body)
        fields = self._texts(pages.FORMS.get(path, {}))
        return Request(method, path.encode(), query, self._headers(FORM, FORM, MULTIPART), self._query(fields))

    def _texts(self, valid: Mapping[str, str]) -> dict[str, str]:
        texts = dict(valid)
        for name in valid:
            if self._random.random() < 0.25:
                texts[name] = self.text()
            elif self._random.random() < 0.05:
                del texts[name]
        if self._random.random() < 0.1:
            texts[self.text()] = self.text()
        return texts

    def _changed(self, valid: Any) -> Any:
        """Return a valid body with some of its parts replaced."""
        if self._random.random() < 0.08:
            return self.value()
        if isinstance(valid, dict):
            changed = {name: self._changed(value) for name, value in valid.items() if self._random.random() < 0.97}
            return changed | ({self.text(): self.value()} if self._random.random() < 0.05 else {})
        return [self._changed(value) for value in valid] if isinstance(valid, list) else valid

    def _headers(self, *content_types: str) -> list[tuple[str, str]]:
        headers = [("user-agent", self._random.choice(_AGENTS))]
        if self._random.random() < 0.98:
            headers.append(("host", "stats.test"))
        if content_types:
            headers.append(("content-type", self._random.choice(content_types)))
        for name, values in _HEADERS.items():
            if self._random.random() < 0.04:
                headers.append((name, self._random.choice(values)))
        if self._random.random() < 0.02:
            headers = [("host", self._random.choice(_HOSTS)), *(pair for pair in headers if pair[0] != "host")]
        if self._random.random() < 0.02:
            headers.append((self._random.choice(list(_HEADERS)), self.text()))
        return headers

    def _query(self, texts: Mapping[str, str]) -> bytes:
        return "&".join(
            f"{quote_plus(name, errors='surrogatepass')}={quote_plus(text, errors='surrogatepass')}"
            for name, text in texts.items()
        ).encode()

    def _damaged(self, body: bytes) -> bytes:
        """Return a body of which one in ten is cut, or has bytes that are not its own."""
        if self._random.random() > 0.1 or not body:
            return body
        position = self._random.randrange(len(body))
        return body[:position] + self._random.randbytes(self._random.randint(0, 3)) + body[position + 1 :]


def _encoded(value: Any) -> bytes:
    return json.dumps(value).encode()
