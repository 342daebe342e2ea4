"""A ClickHouse server for one test: a database of its own in the front, behind a way that can be faulty.

    with StandIn(front) as server:
        database = Database(server.url)
        server.go_away()
        server.come_back()

Like a server and the network before it, it can go away and come back, be slow, lose an answer after it has stored, cut
an answer in the middle, and answer with an error before or after it has stored. tests/clickhouse/server_process.py says
what of ClickHouse's HTTP interface there is.
"""

import os
import random
import re
from collections import deque
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from queue import SimpleQueue
from socket import SHUT_RDWR, socket
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

from schema.stores.database import Database
from tests.clickhouse.front import Front
from tests.clickhouse.server_process import DECODERS, PASSWORD, brings_rows, form_fields

# Below the ports that the system gives to others, so that it is still free after going away.
_PORTS = range(20_000, 30_000)
_PER_CONNECTION = frozenset({"connection", "transfer-encoding", "content-length", "host"})
_numbers = count(1)


class Fault(NamedTuple):
    """What happens to the next insert instead of an answer."""

    stores: bool
    error: str = ""  # such as "Code: 252. DB::Exception: Too many parts"; empty: the connection is closed


class StandIn:
    """A ClickHouse server on a port of this machine, from `with` on or `come_back`."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self.database = f"stand_in_{os.getpid()}_{next(_numbers)}"
        self.queries: list[str] = []  # every statement it was sent
        self.faults: deque[Fault] = deque()  # of the next inserts, in order
        self.cuts = 0  # so many of the next answers to queries end in the middle
        self.answers = Event()  # as long as it is not set, no request is answered, and none is passed on
        self.answers.set()
        self.inserted: SimpleQueue[None] = SimpleQueue()  # an item for each insert that was done
        self._lock = Lock()
        self._server: _Way | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Return what `Database` takes."""
        return self.url_with(PASSWORD)

    def url_with(self, password: str) -> str:
        return self._front.url(self.database, password=password, port=self.port)

    @property
    def front_port(self) -> int:
        return self._front.port

    def lose_answers(self, number: int) -> None:
        """Do the next inserts, and close the connection without a word."""
        self.faults.extend([Fault(stores=True)] * number)

    def come_back(self) -> None:
        """Listen, on the same port as before."""
        self._server = _Way(self, self.port) if self.port else self._first()
        self.port = self._server.server_port
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="stand-in").start()

    def go_away(self) -> None:
        """Break every connection and refuse new ones."""
        if self._server is not None:
            self._server.shutdown()
            self._server.break_connections()
            self.answers.set()
            self._server.server_close()
            self._server = None

    def fault_of(self, statement: str) -> Fault | None:
        """Note a statement, and return the fault that meets it."""
        with self._lock:
            self.queries.append(statement)
            is_insert = _is_insert(statement)
            return self.faults.popleft() if is_insert and self.faults else None

    def cuts_this_answer(self, statement: str) -> bool:
        with self._lock:
            is_cut = self.cuts > 0 and not _is_insert(statement)
            self.cuts -= is_cut
            return is_cut

    def __enter__(self) -> Self:
        self.come_back()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.go_away()
        server = Database(self._front.url("default"))
        server.command(f"drop database if exists {self.database}")
        server.close()

    def _first(self) -> "_Way":
        for port in random.sample(_PORTS, 100):
            try:
                return _Way(self, port)
            except OSError:
                continue
        raise OSError("no free port among a hundred")


class _Way(ThreadingHTTPServer):
    """Passes requests on to the front, one by one."""

    daemon_threads = False  # closing waits for them
    request_queue_size = 128

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
    server: _Way
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        stand_in = self.server.stand_in
        body = self._body()
        statement = self._statement(body)
        fault = stand_in.fault_of(statement)
        stand_in.answers.wait()
        if fault and not fault.stores:
            self._end_with(fault.error)
            return
        front = HTTPConnection("127.0.0.1", stand_in.front_port)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _PER_CONNECTION}
            front.request(self.command, self.path, body, headers)
            answer = front.getresponse()
            if _is_insert(statement) and answer.status == 200:
                stand_in.inserted.put(None)
            if fault:
                self._end_with(fault.error)
            else:
                self._pass_on(answer, is_cut=stand_in.cuts_this_answer(statement))
        finally:
            front.close()

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 (the name above)
        """Keep the terminal of the tests quiet."""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            return  # the client is gone, or was sent away

    def _body(self) -> bytes:
        if self.headers["Transfer-Encoding"] != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"] or 0))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _statement(self, body: bytes) -> str:
        arguments = dict(parse_qsl(urlsplit(self.path).query))
        if self.headers.get_content_type() == "multipart/form-data":
            arguments |= form_fields(self.headers["Content-Type"], body)
        whole = arguments.get("query", "").encode() or DECODERS[self.headers["Content-Encoding"]](body)
        head = whole.partition(b"\n")[0] if brings_rows(whole) else whole
        return head.decode("utf-8", "replace")

    def _end_with(self, error: str) -> None:
        if not error:
            self.close_connection = True
            return
        code = re.search(r"Code: (\d+)", error)
        self.send_response(500)
        self.send_header("X-ClickHouse-Exception-Code", code[1] if code else "1002")
        self.send_header("Content-Length", str(len(error.encode())))
        self.end_headers()
        self.wfile.write(error.encode())

    def _pass_on(self, answer: HTTPResponse, *, is_cut: bool) -> None:
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _PER_CONNECTION | {"date", "server"}:
                self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            while piece := answer.read1(65_536):
                sent = piece[: len(piece) // 2] if is_cut else piece
                self.wfile.write(b"%x\r\n%s\r\n" % (len(sent), sent))
                if is_cut:
                    self.close_connection = True
                    return
            self.wfile.write(b"0\r\n\r\n")
        except HTTPException:
            self.close_connection = True  # the front has ended its answer in the middle


def _is_insert(statement: str) -> bool:
    return statement[:12].lower() == "insert into "
