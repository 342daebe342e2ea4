"""The socket on which workers pass hits to the process that counts them, many in one write.

A worker reads HTTP, which is most of the work of a hit. The counting process has all that hits share: visits, salts,
limits, the spool. A hit is answered once the counting process has written it, or refused it.

Messages have a length (unsigned 32 bits, little endian), then msgpack: hits in one direction, answers in the other.
Hits contain addresses, so they are never written anywhere else.
"""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from struct import Struct
from typing import Any, Protocol

import msgspec

from ingest.collector import (
    ACCEPTED,
    FULL,
    MAX_BODY_BYTES,
    PATH,
    UNREADABLE,
    Answer,
    is_hit,
    read_body,
    without_hit,
)

MAX_WAITING_BYTES = 64 * 1_048_576  # of hits without an answer; beyond it, further ones are refused
_LENGTH = Struct("<I")
_HTTP_1_1 = "1.1"

Scope = Any
Write = Callable[[Answer], None]
_Headers = list[tuple[bytes, bytes]]
_Hit = tuple[int, str | None, str, _Headers, bytes]  # serial number, client, HTTP version, headers, body
_Other = tuple[int, int, _Headers, bytes]  # serial number, status, headers, body
_Answers = tuple[list[int], list[_Other]]  # serial numbers of hits with the usual answer, and other answers

_encode = msgspec.msgpack.Encoder().encode
_decode_hits = msgspec.msgpack.Decoder(list[_Hit]).decode
_decode_answers = msgspec.msgpack.Decoder(_Answers).decode


class Counting(Protocol):
    """What the counting process does with a hit."""

    def answer_to(self, scope: Scope, body: bytes | None) -> Answer: ...

    def once_written(self, answer: Answer, write: Write) -> None: ...


class Passed:
    """A hit that was passed on."""

    __slots__ = ("answer", "size_bytes", "write")

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self.answer: Answer | None = None
        self.write: Write | None = None

    def settle(self, answer: Answer) -> None:
        """Answer the hit now, or as soon as `write` is known."""
        self.answer = answer
        if self.write is not None:
            self.write(answer)


class HitSender(asyncio.Protocol):
    """The worker's end, and the ASGI application of a worker: it answers requests for PATH, and no others."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._messages = _Messages()
        self._serial = 0
        self._waiting: dict[int, Passed] = {}
        self._waiting_bytes = 0
        self._batch: list[_Hit] = []  # to be sent at the end of this turn of the event loop

    def is_hit(self, scope: Scope) -> bool:
        """Return whether `answer_to` answers an HTTP request."""
        return is_hit(scope)

    def answer_to(self, scope: Scope, body: bytes | None) -> Passed:
        """Pass a hit on, and return what `once_written` takes. body: None if the client went away."""
        passed = Passed(len(body or b""))
        if body is None or len(body) > MAX_BODY_BYTES:
            passed.settle(UNREADABLE)
        elif self._transport is None or self._waiting_bytes > MAX_WAITING_BYTES:
            passed.settle(FULL)
        else:
            self._serial = serial = self._serial + 1
            self._waiting[serial] = passed
            self._waiting_bytes += passed.size_bytes
            client = scope["client"]
            if not self._batch:
                asyncio.get_running_loop().call_soon(self._send)
            self._batch.append((serial, client and client[0], scope["http_version"], scope["headers"], body))
        return passed

    def once_written(self, passed: Passed, write: Write) -> None:
        """Write the answer to a hit once the counting process has sent it."""
        if passed.answer is None:
            passed.write = write
        else:
            asyncio.get_running_loop().call_soon(write, passed.answer)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if is_hit(scope):
            answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            passed = self.answer_to(scope, await read_body(receive))
            self.once_written(passed, partial(_settle, answer))
            await (await answer)(scope, receive, send)
        else:
            await without_hit(scope)(scope, receive, send)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        for message in self._messages.of(data):
            accepted, others = _decode_answers(message)
            for serial in accepted:
                self._settle(serial, ACCEPTED)
            for serial, status, headers, body in others:
                self._settle(serial, Answer(status, headers, body))

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        self._batch.clear()
        for serial in list(self._waiting):
            self._settle(serial, FULL)

    def _send(self) -> None:
        batch, self._batch = self._batch, []
        if self._transport is not None and batch:
            self._transport.write(_message(batch))

    def _settle(self, serial: int, answer: Answer) -> None:
        passed = self._waiting.pop(serial)
        self._waiting_bytes -= passed.size_bytes
        passed.settle(answer)


class HitReceiver(asyncio.Protocol):
    """The counting process's end of the socket of one worker."""

    def __init__(self, counting: Counting, *, ended: Callable[[], None] = lambda: None) -> None:
        """ended: called when the worker is gone."""
        self._counting = counting
        self._ended = ended
        self._transport: asyncio.Transport | None = None
        self._messages = _Messages()
        self._accepted: list[int] = []
        self._others: list[_Other] = []

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        answer_to, once_written = self._counting.answer_to, self._counting.once_written
        for message in self._messages.of(data):
            for serial, client, version, headers, body in _decode_hits(message):
                scope = {
                    "type": "http",
                    "method": "POST",
                    "path": PATH,
                    "http_version": version,
                    "headers": headers,
                    "client": client and (client, 0),
                }
                once_written(answer_to(scope, body), partial(self._answer, serial))

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        self._ended()

    def _answer(self, serial: int, answer: Answer) -> None:
        """Add an answer to those that are sent at the end of this turn of the event loop."""
        if not self._accepted and not self._others:
            asyncio.get_running_loop().call_soon(self._send)
        if answer is ACCEPTED:
            self._accepted.append(serial)
        else:
            self._others.append((serial, answer.status, answer.headers, answer.body))

    def _send(self) -> None:
        answers: _Answers = (self._accepted, self._others)
        self._accepted, self._others = [], []
        if self._transport is not None:
            self._transport.write(_message(answers))


class _Messages:
    """Messages from pieces of bytes."""

    def __init__(self) -> None:
        self._rest = b""

    def of(self, data: bytes) -> Iterator[memoryview]:
        """Yield the messages that are whole once a piece has arrived."""
        content = memoryview(self._rest + data if self._rest else data)
        start = 0
        while start + _LENGTH.size <= len(content):
            end = start + _LENGTH.size + _LENGTH.unpack_from(content, start)[0]
            if end > len(content):
                break
            yield content[start + _LENGTH.size : end]
            start = end
        self._rest = bytes(content[start:])


def _message(content: object) -> bytes:
    encoded = _encode(content)
    return _LENGTH.pack(len(encoded)) + encoded


def _settle(future: "asyncio.Future[Answer]", answer: Answer) -> None:
    if not future.done():  # the client went away
        future.set_result(answer)
