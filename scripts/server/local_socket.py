"""The socket by which commands reach the server that runs: in the data directory, for the owner of the process alone.

Commands that need ClickHouse go through it while the embedded engine belongs to the server. They speak the HTTP of the
API, and need no key.
"""

import http.client
import json
import os
import socket
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from dashboard.api.bearer import OPERATOR
from scripts.console.errors import Refusal

NAME = "sillage.sock"
_LONGEST_BYTES = 90  # of a directory; beyond it, only Linux has a shorter name for it
_CHUNKED = {"Transfer-Encoding": "chunked"}

App = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]


@contextmanager
def listening(data_dir: Path) -> Iterator[socket.socket]:
    """Give the socket for a server, bound, and remove it afterwards. Raises OSError."""
    file = data_dir / NAME
    file.unlink(missing_ok=True)  # of a server that was killed: the data directory is ours
    with socket.socket(socket.AF_UNIX) as listener:
        with _short(data_dir) as short:
            mask = os.umask(0o177)
            try:
                listener.bind(f"{short}/{NAME}")
            finally:
                os.umask(mask)
        try:
            yield listener
        finally:
            with suppress(OSError):
                file.unlink()


def as_operator(app: App) -> App:
    """Return an application that takes every request for one of whoever runs the server."""

    async def call(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        scope[OPERATOR] = True
        await app(scope, receive, send)

    return call


class OperatorConnection(http.client.HTTPConnection):
    """A connection to the server of a data directory. Raises OSError where there is none."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__("sillage")
        self._data_dir = data_dir

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        try:
            with _short(self._data_dir) as short:
                self.sock.connect(f"{short}/{NAME}")
        except OSError:
            self.close()
            raise


@contextmanager
def answered(
    connection: OperatorConnection, method: str, path: str, *, body: Iterable[bytes] | None = None
) -> Iterator[http.client.HTTPResponse]:
    """Give the server's answer to a request. Raises Refusal with the server's own words where it is none of success."""
    try:
        # A server that refuses may do so before it has read all.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(
                method, path, body=body, encode_chunked=body is not None, headers=_CHUNKED if body else {}
            )
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        raise Refusal(
            f"the running server does not answer ({error}): its log may say why. Type the same again once it runs"
        ) from error
    with answer:
        if answer.status != HTTPStatus.OK:
            raise Refusal(_reason(answer))
        yield answer


def asked(data_dir: Path, method: str, path: str, *, body: Iterable[bytes] | None = None) -> Any:
    """Return the JSON with which the server of a data directory answers. Raises OSError where none runs, Refusal."""
    connection = OperatorConnection(data_dir)
    connection.connect()
    with closing(connection), answered(connection, method, path, body=body) as answer:
        return json.load(answer)


def _reason(answer: http.client.HTTPResponse) -> str:
    try:
        told = json.load(answer)
        return str(told.get("error") or told["reason"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"the running server answered with {answer.status} {answer.reason}"


@contextmanager
def _short(directory: Path) -> Iterator[str]:
    """Give a name of a directory that fits in the address of a socket, which takes about a hundred bytes."""
    if len(os.fsencode(directory)) <= _LONGEST_BYTES:
        yield str(directory)
        return
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)
