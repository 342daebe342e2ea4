"""Bytes that are not quite HTTP, sent to a real server over sockets of their own."""

import random
import socket
from collections import Counter
from collections.abc import Iterator

from tests.fuzz.requests import FIREFOX, FORM

HANGS_AFTER_S = 60
_EVENT = b'{"n":"pageview","d":"example.org","u":"https://example.org/"}'
_HEAD = b"POST /api/event HTTP/1.1\r\nhost: example.org\r\nuser-agent: " + FIREFOX.encode() + b"\r\n"
_WHOLE = _HEAD + b"content-length: %d\r\n\r\n%s" % (len(_EVENT), _EVENT)
_VALID = (
    _WHOLE,
    _WHOLE + _WHOLE,
    b"GET /sign-in HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET /api/v1/stats/aggregate?site_id=example.org HTTP/1.1\r\nhost: x\r\nauthorization: Bearer x\r\n\r\n",
    _HEAD + b"transfer-encoding: chunked\r\n\r\n3d\r\n" + _EVENT + b"\r\n0\r\n\r\n",
    b"POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: %s\r\ncontent-length: 3\r\n\r\na=b" % FORM.encode(),
)
BROKEN = (
    b"",
    b"\r\n" * 50,
    b"\x00" * 300,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET / HTTP/9.9\r\nhost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n",
    b"GET http://other.example/ HTTP/1.1\r\nhost: x\r\n\r\n",
    b"CONNECT other.example:443 HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: x\r\na: " + b"a" * 200_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: x\r\n" + b"a: b\r\n" * 5000 + b"\r\n",
    b"GET / HTTP/1.1\r\nhost: x\r\n folded: y\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost : x\r\n\r\n",
    b"GET / HTTP/1.1\nhost: x\n\n",
    _HEAD + b"content-length: -5\r\n\r\n" + _EVENT,
    _HEAD + b"content-length: 99999999999999999999\r\n\r\n" + _EVENT,
    _HEAD + b"content-length: 9\r\ncontent-length: 10\r\n\r\n" + _EVENT,
    _HEAD + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    _HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n" + _EVENT,
    _HEAD + b"transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n" + _EVENT,
    _HEAD + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    _HEAD + b"expect: 100-continue\r\ncontent-length: 61\r\n\r\n",
    _HEAD + b"upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-key: x\r\n\r\n",
    b"GET /%zz HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nhost: \xff\r\n\r\n",
)


def messages(number: int, *, seed: int) -> Iterator[bytes]:
    """Yield what a person wrote down, and then valid requests with some bytes changed, left out or repeated."""
    yield from BROKEN[:number]
    chosen = random.Random(seed)
    for _ in range(number - len(BROKEN)):
        message = bytearray(chosen.choice(_VALID))
        for _ in range(chosen.randint(1, 4)):
            start = chosen.randrange(len(message))
            end = start + chosen.randint(0, 5)
            piece = bytes(message[start:end])
            message[start:end] = chosen.choice((b"", piece * 2, chosen.randbytes(2), b"\r\n", b"\x00", b":"))
        yield bytes(message[: chosen.choice((len(message), chosen.randrange(1, len(message) + 1)))])


def answered(port: int, message: bytes) -> bytes:
    """Send bytes, end the sending, and return all that comes until the server closes the connection."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=HANGS_AFTER_S) as connection:
        try:
            connection.sendall(message)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65_536):
                received += piece
        except (ConnectionError, BrokenPipeError):
            return received  # closed on what it was sent, which is an answer
    return received


def defects(port: int, number: int, *, seed: int) -> tuple[list[str], Counter[str]]:
    """Return what was wrong with the answers, and how many there were of each status."""
    wrong, statuses = [], Counter[str]()
    for message in messages(number, seed=seed):
        try:
            answer = answered(port, message)
        except TimeoutError:
            wrong.append(f"hangs: {message[:300]!r}")
            continue
        status = answer[9:12].decode("latin-1") if answer.startswith(b"HTTP/1.") else "closed"
        statuses[status] += 1
        if status.startswith("5") or (answer and status == "closed") or b"Traceback" in answer:
            wrong.append(f"{answer[:200]!r}: {message[:300]!r}")
    return wrong, statuses
