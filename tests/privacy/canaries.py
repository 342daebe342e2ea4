"""Visitors whose addresses must not be found anywhere afterwards, and everything they may do."""

from collections.abc import Iterator
from typing import Any

import httpx2

from schema.privacy import opt_out

Request = tuple[str, str, dict[str, Any]]  # method, path, and what httpx takes besides

# Of the networks that are for documentation, so that no other file has them; several, see `traces_of_all`.
FORWARDED = ("203.0.113.77", "203.0.113.141", "198.51.100.213", "2001:db8::cafe", "2001:db8:77:1::beef")
PEER = "127.91.83.67"  # connects by itself
ALL = (*FORWARDED, PEER)
NETWORKS = ("203.0.113.0/24", "198.51.100.0/24", "2001:db8::/32", "127.91.0.0/16")
TRUSTED = "127.0.0.1/32"

COUNTED, EXCLUDING, EXEMPT = "example.org", "excluding.example", "exempt.example"
DECLARED = "Signup"  # the event that the exempt site declares
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

_PAGE = {"n": "pageview", "d": COUNTED, "u": f"https://{COUNTED}/"}
_BODIES: tuple[dict[str, Any], ...] = (
    {"json": _PAGE},
    {"json": _PAGE | {"n": "engagement", "sd": 50, "e": 2000}},
    {"json": _PAGE | {"n": "Signup", "p": {"plan": "small"}, "$": {"amount": 12.5, "currency": "EUR"}}},
    {"json": _PAGE, "headers": {"user-agent": BOT}},
    {"json": _PAGE, "headers": {"sec-purpose": "prefetch"}},
    {"json": _PAGE | {"r": "https://semalt.com/"}},
    {"json": _PAGE, "headers": {"authorization": "Bearer sillage_unknown"}},
    {"json": _PAGE | {"d": EXCLUDING}},
    {"json": _PAGE, "headers": {"cookie": f"{opt_out.COOKIE}={opt_out.VALUE}"}},
    {"json": _PAGE | {"u": f"https://{COUNTED}/anna@example.org/0612345678", "r": "https://www.google.com/"}},
    {"json": _PAGE | {"d": EXEMPT, "u": f"https://{EXEMPT}/?utm_source=letter", "r": "https://www.google.com/"}},
    {"json": _PAGE | {"d": EXEMPT, "u": f"https://{EXEMPT}/", "n": DECLARED, "p": {"plan": "small"}}},
    {"json": _PAGE | {"d": EXEMPT, "u": f"https://{EXEMPT}/", "n": "Undeclared"}},
    {"json": _PAGE | {"d": EXEMPT, "u": f"https://{EXEMPT}/"}, "headers": {"sec-gpc": "1"}},
    {"json": _PAGE | {"d": "nobody.example"}},
    {"json": _PAGE | {"d": f"{COUNTED},{EXCLUDING},nobody.example"}},
    {"json": _PAGE | {"u": "data:text/plain,hello"}},
    {"json": _PAGE | {"u": "https://[::1/"}},
    {"json": _PAGE | {"u": 5, "n": [], "p": "{"}},
    {"json": [1, 2, 3]},
    {"content": b"{"},
    {"content": b"\xff\xfe\x00"},
    {"content": b""},
    {"content": b"x" * 2_000_000},
    {"data": {"n": "pageview", "d": COUNTED, "u": f"https://{COUNTED}/form"}},
)


EVENTS: tuple[Request, ...] = tuple(("POST", "/api/event", body) for body in _BODIES)
_ON_SITE = {"headers": {"x-forwarded-host": COUNTED}}
OTHERS: tuple[Request, ...] = (
    *(("GET", path, {}) for path in ("/", "/js/script.js", "/api/health", "/api/event", "/sign-in", "/sign-in/wrong")),
    *(("GET", path, {}) for path in ("/example.org", "/%ff")),
    *(("GET", path, {"params": {"d": COUNTED}}) for path in ("/api/pixel.gif", "/api/event/pixel.gif")),
    *(("GET", f"/api/event/{page}", _ON_SITE) for page in ("opt-out", "device?link=wrong", "check?link=wrong")),
    *(("POST", "/api/event/opt-out", _ON_SITE | {"data": {"do": choice}}) for choice in ("out", "in")),
    ("OPTIONS", "/api/event", {}),
    ("POST", "/sign-in", {"data": {"email": "nobody@example.org", "password": "wrong"}}),
)
FORGET: Request = ("POST", "/api/event/opt-out", _ON_SITE | {"data": {"do": "forget"}})  # not for `visit`: it deletes


def visit(url: str, address: str) -> list[int]:
    """Do everything from one address; return the statuses of the events, in order."""
    transport = httpx2.HTTPTransport(local_address=PEER if address == PEER else None)
    with httpx2.Client(base_url=url, transport=transport, timeout=60) as client:
        for headers in _identities(address):
            client.headers.update({"user-agent": BROWSER, **headers})
            statuses = [client.request(method, path, **more).status_code for method, path, more in EVENTS]
            for name in headers:
                del client.headers[name]
        client.headers.update(headers)
        for method, path, more in OTHERS:
            client.request(method, path, **more)
    return statuses


def _identities(address: str) -> Iterator[dict[str, str]]:
    if address == PEER:
        yield {}
        return
    bracketed = f'"[{address}]:4711"' if ":" in address else f"{address}:4711"
    yield {"x-plausible-ip": address}
    yield {"cf-connecting-ip": address}
    yield {"forwarded": f"for={bracketed}"}
    yield {"x-forwarded-for": f"{bracketed}, no address"}
    yield {"x-forwarded-for": address}
