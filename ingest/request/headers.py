"""The headers of a request, by name."""

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

Headers = list[tuple[bytes, bytes]]

ONE_HOST = "A request needs exactly one Host header."

_CHAIN_HEADERS = frozenset({b"x-forwarded-for", b"forwarded"})


def written(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return headers as they are sent, a line each."""
    return b"".join(b"%s: %s\r\n" % header for header in headers)


def whole(headers: Headers, body: bytes) -> bytes:
    """Return all of an answer that goes behind its status line."""
    return written([*headers, (b"content-length", b"%d" % len(body))]) + b"\r\n" + body


def by_name(lines: Headers) -> dict[bytes, bytes]:
    """Return the headers by name. Where each proxy wrote a line of its own, their lines are one chain."""
    headers = dict(lines)
    if len(headers) < len(lines):
        for name in _CHAIN_HEADERS & headers.keys():
            headers[name] = b",".join(value for other, value in lines if other == name)
    return headers


def names_one_host(scope: MutableMapping[str, Any], headers: Mapping[bytes, bytes]) -> bool:
    """Return whether a request names exactly one host, as HTTP/1.1 demands; one of HTTP/1.0 may name none.

    scope: of ASGI. headers: the same, by name. Two hosts are a way to show one to a proxy and another to us.
    """
    lines: Headers = scope["headers"]
    if len(headers) == len(lines) and b"host" in headers:  # nearly always, and cheaper than counting
        return True
    hosts = [name for name, _ in lines].count(b"host")
    return hosts == 1 or (hosts == 0 and scope.get("http_version") != "1.1")
