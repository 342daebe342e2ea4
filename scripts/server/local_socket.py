"""The socket through which commands reach the running server. It is in the data directory, accessible to its owner.

While the server runs, commands use it instead of opening the embedded ClickHouse. They call the HTTP API without a key.
"""

import http.client
import json
import os
import socket
from asyncio import to_thread
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response

from dashboard.api.bearer import OPERATOR
from scripts.console.errors import Refusal

NAME = "sillage.sock"
ADDRESS = "/address"  # answered on this socket only, as are the paths below these
AUDIT = "/audit/"
BACKUP = "/backup/"
_MAX_DIRECTORY_BYTES = 90  # longer paths need a shorter alias, which only Linux has
_CHUNKED = {"Transfer-Encoding": "chunked"}

Answer = Callable[[str], tuple[HTTPStatus, bytes]]
App = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]


@contextmanager
def listening(data_dir: Path) -> Iterator[socket.socket]:
    """Bind the server's socket, and remove it afterwards. Raises OSError."""
    file = data_dir / NAME
    file.unlink(missing_ok=True)  # left by a killed server: the data directory is locked
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


def as_operator(app: App, *, address: Mapping[str, Any], answers: Mapping[str, Answer]) -> App:
    """Return an application that treats every request as the operator's.

    address: answer to ADDRESS. answers: path such as AUDIT -> function from what follows it to status and content.
    """

    async def call(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] == ADDRESS:
            await JSONResponse(address)(scope, receive, send)
            return
        for above, answer in answers.items():
            if scope["path"].startswith(above):
                status, content = await to_thread(answer, scope["path"].removeprefix(above))
                await Response(content, status, media_type="application/json")(scope, receive, send)
                return
        scope[OPERATOR] = True
        await app(scope, receive, send)

    return call


class OperatorConnection(http.client.HTTPConnection):
    """A connection to the server of a data directory. Raises OSError if none runs."""

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
def responding(
    connection: OperatorConnection, method: str, path: str, *, body: Iterable[bytes] | None = None
) -> Iterator[http.client.HTTPResponse]:
    """Send a request and yield the response. Raises Refusal with the server's message unless its status is 200."""
    try:
        # The server may reject a request before it has read all of it.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(
                method, path, body=body, encode_chunked=body is not None, headers=_CHUNKED if body else {}
            )
        response = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        raise Refusal(
            f"The running server does not respond ({error}). See its log, and run this command again once it is up."
        ) from error
    with response:
        if response.status != HTTPStatus.OK:
            raise Refusal(_reason(response))
        yield response


def request_json(data_dir: Path, method: str, path: str, *, body: Iterable[bytes] | None = None) -> Any:
    """Return the JSON response of the running server. Raises OSError if none runs, Refusal."""
    connection = OperatorConnection(data_dir)
    connection.connect()
    with closing(connection), responding(connection, method, path, body=body) as response:
        return json.load(response)


def _reason(response: http.client.HTTPResponse) -> str:
    try:
        content = json.load(response)
        return str(content.get("error") or content["reason"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"The running server returned {response.status} {response.reason}."


@contextmanager
def _short(directory: Path) -> Iterator[str]:
    """Yield a path of the directory that fits into a socket address, which is limited to about 100 bytes."""
    if len(os.fsencode(directory)) <= _MAX_DIRECTORY_BYTES:
        yield str(directory)
        return
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)
