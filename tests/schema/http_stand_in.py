"""A stand-in for a ClickHouse server: enough of its HTTP interface for our client, on this process's embedded engine.

    with StandIn(engine) as server:
        database = Database(server.url)
        server.go_away()
        server.come_back()

It is ClickHouse that parses, stores and answers; only the way there is made by hand. It keeps its tables in a
database of its own. Like a server it can go away and come back, lose an answer, and refuse a wrong password.
Not spoken: sessions, external tables, progress headers, answers in pieces, compressed answers.
"""

import os
import random
import re
from base64 import b64encode
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from queue import SimpleQueue
from socket import SHUT_RDWR, socket
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import chdb
import lz4.frame  # type: ignore[import-untyped]

from schema.stores.database import Database

USER, PASSWORD = "reporter", "correct horse"
_WRONG_PASSWORD = "Code: 516. DB::Exception: reporter: Authentication failed. (AUTHENTICATION_FAILED)"
_STATUS = {"516": 403, "60": 404, "81": 404}  # all others: 500
_NO_SETTINGS = {"query", "database", "query_id", "client_protocol_version", "wait_end_of_query"}
# Below the ports that the system gives to others, so that it is still free after going away.
_PORTS = range(20_000, 30_000)
_numbers = count(1)


class StandIn:
    """A ClickHouse server on a port of this machine, from `with` on or `come_back`."""

    def __init__(self, engine: Database) -> None:
        """engine: embedded; any other path could not be opened in this process."""
        self.path = str(engine.query("select path from system.disks where name = 'default'")[0][0]).rstrip("/")
        self.database = f"stand_in_{os.getpid()}_{next(_numbers)}"
        self.queries: list[str] = []  # every statement it was sent
        self.answers_to_lose = 0  # so many of the next inserts are done, and the connection closed without a word
        self.inserted: SimpleQueue[None] = SimpleQueue()  # an item for each insert that was done
        self._lock = Lock()
        self._server: _HttpServer | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Return what `Database` takes."""
        return self.url_with(PASSWORD)

    def url_with(self, password: str) -> str:
        return f"clickhouse://{USER}:{password.replace(' ', '%20')}@127.0.0.1:{self.port}/{self.database}"

    def come_back(self) -> None:
        """Listen, on the same port as before."""
        self._server = self._listening(self.port) if self.port else self._first()
        self.port = self._server.server_port
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="stand-in").start()

    def go_away(self) -> None:
        """Break every connection and refuse new ones."""
        if self._server is not None:
            self._server.shutdown()
            self._server.break_connections()
            self._server.server_close()
            self._server = None

    def loses_this_answer(self, statement: str) -> bool:
        """Count one insert; True when its answer is to be lost."""
        with self._lock:
            self.queries.append(statement)
            is_lost = self.answers_to_lose > 0 and statement[:6].lower() == "insert"
            self.answers_to_lose -= is_lost
            return is_lost

    def __enter__(self) -> Self:
        self.come_back()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.go_away()
        handle = chdb.connect(self.path)
        handle.query(f"drop database if exists {self.database}")
        handle.close()

    def _first(self) -> "_HttpServer":
        for port in random.sample(_PORTS, 100):
            try:
                return self._listening(port)
            except OSError:
                continue
        raise OSError("no free port among a hundred")

    def _listening(self, port: int) -> "_HttpServer":
        return _HttpServer(self, port)


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for them

    def __init__(self, stand_in: StandIn, port: int) -> None:
        self.stand_in = stand_in
        self._connections: set[socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def break_connections(self) -> None:
        for connection in list(self._connections):
            try:
                connection.shutdown(SHUT_RDWR)
            except OSError:
                continue  # the client was quicker


class _Handler(BaseHTTPRequestHandler):
    server: _HttpServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        arguments = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        body = self._body()
        if self.headers.get_content_type() == "multipart/form-data":
            arguments |= _form(self.headers["Content-Type"], body)
            body = b""
        statement = (arguments["query"].encode() + b"\n" if "query" in arguments else b"") + body
        if self.headers["Authorization"] != "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode():
            self._answer_error(_WRONG_PASSWORD)
            return
        head = (
            statement.partition(b"\n")[0].decode("utf-8", "replace") if _brings_rows(statement) else statement.decode()
        )
        is_lost = self.server.stand_in.loses_this_answer(head)
        try:
            answer = _run(self.server.stand_in.path, statement, arguments)
        except Exception as error:  # noqa: BLE001 whatever the engine says is the answer
            self._answer_error(str(error))
            return
        if _brings_rows(statement):
            self.server.stand_in.inserted.put(None)
        if is_lost:
            self.close_connection = True
            return
        self._answer(200, answer)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 (the name above)
        """Keep the terminal of the tests quiet."""

    def _body(self) -> bytes:
        if self.headers["Transfer-Encoding"] == "chunked":
            body = b"".join(self._chunks())
        else:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        return _without_lz4(body) if self.headers["Content-Encoding"] == "lz4" else body

    def _chunks(self) -> list[bytes]:
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return chunks

    def _answer_error(self, message: str) -> None:
        code = re.search(r"Code: (\d+)", message)
        number = code[1] if code else "1002"
        self._answer(_STATUS.get(number, 500), message.encode(), {"X-ClickHouse-Exception-Code": number})

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"X-ClickHouse-Timezone": "UTC", "X-ClickHouse-Summary": "{}"} | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _run(path: str, statement: bytes, arguments: dict[str, str]) -> bytes:
    """Run a statement on a handle of its own, which no failed query of another can have spoiled."""
    handle = chdb.connect(path)
    try:
        if "database" in arguments:
            handle.query(f"use `{arguments['database']}`")
        for name, value in arguments.items():
            if name not in _NO_SETTINGS and not name.startswith("param_"):
                handle.query(f"set {name} = {_quoted(value)}")
        parameters = {name[6:]: value for name, value in arguments.items() if name.startswith("param_")}
        if _brings_rows(statement):
            return _insert(handle, statement)
        return bytes(handle.query(statement.decode(), "TabSeparated", params=parameters).bytes() or b"")
    finally:
        handle.close()


def _insert(handle: Any, statement: bytes) -> bytes:
    """Run an insert whose rows follow its first line, through a file: the embedded engine takes no others."""
    head, _, rows = statement.partition(b"\n")
    into, _, form = head.decode().rpartition(" FORMAT ")
    descriptor = os.memfd_create("rows")
    try:
        os.write(descriptor, rows)
        handle.query(f"{into} FROM INFILE '/proc/self/fd/{descriptor}' FORMAT {form}", "TabSeparated")
    finally:
        os.close(descriptor)
    return b""


def _form(content_type: str, body: bytes) -> dict[str, str]:
    """Return the fields of a form: how a statement comes when its parameters are long."""
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    parts = [part for part in message.walk() if not part.is_multipart()]
    texts = [part.get_payload(decode=True) for part in parts]
    names = [str(part.get_param("name", header="content-disposition")) for part in parts]
    return {name: text.decode() for name, text in zip(names, texts, strict=True) if isinstance(text, bytes)}


def _brings_rows(statement: bytes) -> bool:
    head = statement.partition(b"\n")[0]
    return head[:12].lower() == b"insert into " and head.endswith(b" FORMAT Native")


def _without_lz4(body: bytes) -> bytes:
    """Return what one frame after the other holds."""
    plain = b""
    while body:
        frame = lz4.frame.LZ4FrameDecompressor()
        plain += frame.decompress(body)
        body = frame.unused_data or b""
    return plain


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
