"""The headers of a request, by name."""

from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]

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
