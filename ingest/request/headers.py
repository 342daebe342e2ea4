"""The headers of a request, by name."""

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

Headers = list[tuple[bytes, bytes]]

ONE_HOST = "A request needs exactly one Host header."

_CHAIN_HEADERS = frozenset({b"x-forwarded-for", b"forwarded"})


def written(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return headers as bytes to send, one a line."""
    return b"".join(b"%s: %s\r\n" % header for header in headers)


def whole(headers: Headers, body: bytes) -> bytes:
    """Return the bytes of an answer that follow its status line."""
    return written([*headers, (b"content-length", b"%d" % len(body))]) + b"\r\n" + body


def by_name(lines: Headers) -> dict[bytes, bytes]:
    """Return the headers by name. Forwarding headers on several lines are joined into one chain."""
    headers = dict(lines)
    if len(headers) < len(lines):
        for name in _CHAIN_HEADERS & headers.keys():
            headers[name] = b",".join(value for other, value in lines if other == name)
    return headers


def names_one_host(scope: MutableMapping[str, Any], headers: Mapping[bytes, bytes]) -> bool:
    """Return whether a request has exactly one Host header, as HTTP/1.1 requires. HTTP/1.0 may omit it.

    scope: of ASGI. headers: of the scope, by name. With two, a proxy may use one and Sillage the other.
    """
    lines: Headers = scope["headers"]
    if len(headers) == len(lines) and b"host" in headers:  # nearly always true, and cheaper than counting
        return True
    hosts = [name for name, _ in lines].count(b"host")
    return hosts == 1 or (hosts == 0 and scope.get("http_version") != "1.1")
