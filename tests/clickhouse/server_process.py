"""ClickHouse's HTTP interface in front of the embedded engine: `python -m tests.clickhouse.server_process DIRECTORY`.

It prints the port it listens on, and runs until its standard input ends. ClickHouse parses, stores and answers; only
the way there is ours. It speaks what clients of ClickHouse use:
- statements in the URL, in the body or in a form; parameters, settings and the database beside them
- rows of inserts, plain or compressed with lz4 or gzip; answers compressed as the client asks
- answers in pieces; a query that fails after its first piece ends its answer as ClickHouse does, with the exception
  between two tags
- sessions with temporary tables and settings, locked while in use; query ids, and `kill query` by them
- wrong passwords, and statuses and codes of exceptions
Not spoken: zstd, external tables, progress headers, quotas, roles, and readonly users.
"""

import gzip
import os
import re
import secrets
import sys
import threading
import zlib
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import chdb
import lz4.frame  # type: ignore[import-untyped]

USER, PASSWORD = "reporter", "correct horse"
_STATUS = {"516": 403, "60": 404, "81": 404, "372": 404}  # all others: 500
_NO_SETTINGS = frozenset(
    {"query", "database", "query_id", "client_protocol_version", "wait_end_of_query", "session_id", "session_timeout"}
    | {"session_check", "user", "password", "default_format", "compress", "decompress", "enable_http_compression"}
)
_READS = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:select|with)\b", re.IGNORECASE | re.DOTALL)
# Formats whose pieces, one after the other, are the whole. A header row would come again with each piece.
_IN_PIECES = frozenset({"Native", "TabSeparated", "TSV", "CSV", "JSONEachRow", "RowBinary"})
_FORMAT = re.compile(rb"\bformat\s+(\w+)\s*;?\s*$", re.IGNORECASE)
_BEFORE_THE_MARK = re.compile(r"(?:\s*/\*.*?\*/)*")
_KILL = re.compile(r"(\s*kill\s+query\s+where\s+)query_id\s*=\s*'(\w[\w-]*)'(.*)", re.IGNORECASE | re.DOTALL)
_IDLE_HANDLES = 16  # at most; each holds about a megabyte


class FrontError(Exception):
    """What the front itself answers, in ClickHouse's form."""


class Handles:
    """Handles of the engine that were left clean, by database and names of settings. A failed query spoils its own."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._idle: defaultdict[tuple[str, frozenset[str]], list[Any]] = defaultdict(list)
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, database: str, settings: dict[str, str]) -> Iterator[Any]:
        key = database, frozenset(settings)
        with self._lock:
            handle = self._idle[key].pop() if self._idle[key] else None
        handle = handle or self.new(database)
        try:
            for name, value in settings.items():
                handle.query(f"set {name} = {_quoted(value)}")
            yield handle
        except BaseException:
            handle.close()
            raise
        with self._lock:
            if sum(map(len, self._idle.values())) < _IDLE_HANDLES:
                self._idle[key].append(handle)
                return
        handle.close()

    def new(self, database: str) -> Any:
        handle = chdb.connect(self._path)
        try:
            handle.query(f"use `{database}`")
        except BaseException:
            handle.close()
            raise
        return handle

    def forget(self) -> None:
        """Close the idle ones: they keep a database that is dropped."""
        with self._lock:
            idle = [handle for handles in self._idle.values() for handle in handles]
            self._idle.clear()
        for handle in idle:
            handle.close()


class Sessions:
    """Handles that a client keeps, by the name that it gave them."""

    def __init__(self, handles: Handles) -> None:
        self._handles = handles
        self._sessions: dict[str, tuple[Any, threading.Lock]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, name: str, database: str, settings: dict[str, str], *, must_exist: bool) -> Iterator[Any]:
        handle, lock = self._session(name, database, must_exist=must_exist)
        if not lock.acquire(blocking=False):
            raise FrontError(
                f"Code: 373. DB::Exception: Session {name} is locked by a concurrent client. (SESSION_IS_LOCKED)"
            )
        try:
            for setting, value in settings.items():
                handle.query(f"set {setting} = {_quoted(value)}")
            yield handle
        finally:
            lock.release()

    def _session(self, name: str, database: str, *, must_exist: bool) -> tuple[Any, threading.Lock]:
        with self._lock:
            if name not in self._sessions:
                if must_exist:
                    raise FrontError(f"Code: 372. DB::Exception: Session {name} not found. (SESSION_NOT_FOUND)")
                self._sessions[name] = self._handles.new(database), threading.Lock()
            return self._sessions[name]


class Front(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, path: str, port: int = 0) -> None:
        self.path = path
        self.handles = Handles(path)
        self.sessions = Sessions(self.handles)
        self.running: dict[str, str] = {}  # query id -> the mark in its text
        super().__init__(("127.0.0.1", port), _Handler)

    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    server: Front
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        body = self._body()
        arguments = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        if self.headers.get_content_type() == "multipart/form-data":
            arguments |= form_fields(self.headers["Content-Type"], body)
            body = b""
        if not self._may_enter(arguments):
            user = self.headers["X-ClickHouse-User"] or arguments.get("user", USER)
            text = f"Code: 516. DB::Exception: {user}: Authentication failed. (AUTHENTICATION_FAILED)"
            self._answer_error(text)
            return
        statement = (arguments["query"].encode() + b"\n" if "query" in arguments else b"") + body
        if not statement.strip():
            self._answer(200, b"Ok.\n")
            return
        try:
            self._run(statement, arguments)
        except (FrontError, RuntimeError, UnicodeDecodeError) as error:
            self._answer_error(str(error).removeprefix("Streaming query failed: "))

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 (the name above)
        """Keep the terminal of the tests quiet."""

    def _may_enter(self, arguments: dict[str, str]) -> bool:
        if urlsplit(self.path).path == "/ping":
            return True
        if "X-ClickHouse-User" in self.headers:
            return (self.headers["X-ClickHouse-User"], self.headers["X-ClickHouse-Key"]) == (USER, PASSWORD)
        if "user" in arguments:
            return (arguments["user"], arguments.get("password")) == (USER, PASSWORD)
        return bool(self.headers["Authorization"] == "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode())

    def _run(self, statement: bytes, arguments: dict[str, str]) -> None:
        settings = {
            name: value
            for name, value in arguments.items()
            if name not in _NO_SETTINGS and not name.startswith("param_")
        }
        parameters = {name[6:]: value for name, value in arguments.items() if name.startswith("param_")}
        database = arguments.get("database") or self.headers["X-ClickHouse-Database"] or "default"
        self.query_id = arguments.get("query_id") or str(secrets.token_hex(16))
        with self._handle(database, settings, arguments) as handle:
            if brings_rows(statement):
                _insert(handle, statement)
                self._answer(200, b"")
                return
            text = self._with_mark(statement.decode())
            form = _format_of(statement, arguments)
            try:
                if _READS.match(text) and form in _IN_PIECES:
                    self._answer_in_pieces(_pieces(handle, text, form, parameters))
                else:
                    self._answer(200, bytes(handle.query(text, form, params=parameters).bytes() or b""))
            finally:
                self.server.running.pop(self.query_id, None)
        if re.match(r"\s*drop\s+database", text, re.IGNORECASE):
            self.server.handles.forget()

    @contextmanager
    def _handle(self, database: str, settings: dict[str, str], arguments: dict[str, str]) -> Iterator[Any]:
        if name := arguments.get("session_id"):
            must_exist = arguments.get("session_check") == "1"
            with self.server.sessions.taken(name, database, settings, must_exist=must_exist) as handle:
                yield handle
            return
        with self.server.handles.taken(database, settings) as handle:
            yield handle

    def _with_mark(self, text: str) -> str:
        """Return a statement that can be found by its query id, and `kill query` by that id in the engine's words."""
        killed = re.match(
            r"(\s*kill\s+query\s+where\s+)query_id\s*=\s*'(\w[\w-]*)'(.*)", text, re.IGNORECASE | re.DOTALL
        )
        if killed:
            mark = self.server.running.get(killed[2], "nothing runs")
            return f"{killed[1]} position(query, '{mark}') > 0 and query not ilike '%kill query%'{killed[3]}"
        if not _READS.match(text):
            return text
        mark = f"/*id {self.query_id}*/"
        self.server.running[self.query_id] = mark
        first = _BEFORE_THE_MARK.match(text)
        end = first.end() if first else 0  # marks of the client stay in front: it looks for them there
        return f"{text[:end]}{mark}{text[end:]}"

    def _body(self) -> bytes:
        if self.headers["Transfer-Encoding"] == "chunked":
            body = b"".join(self._chunks())
        else:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        return DECODERS[self.headers["Content-Encoding"]](body)

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _answer_error(self, message: str) -> None:
        code = re.search(r"Code: (\d+)", message)
        number = code[1] if code else "1002"
        self._answer(_STATUS.get(number, 500), message.encode(), {"X-ClickHouse-Exception-Code": number})

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self._begin(status, (headers or {}) | {"Content-Length": str(len(body))})
        self.wfile.write(body)

    def _answer_in_pieces(self, pieces: Iterator[bytes]) -> None:
        """Answer piece by piece. An exception before the first is an answer of its own; a later one ends the answer."""
        first = next(pieces, b"")
        tag = secrets.token_hex(8)
        headers = {"Transfer-Encoding": "chunked", "X-ClickHouse-Exception-Tag": tag}
        encoding = self._encoding()
        if encoding:
            headers["Content-Encoding"] = encoding
        self._begin(200, headers)
        encoder = _ENCODERS[encoding]()
        try:
            for piece in chain([first], pieces):
                self._write_chunk(encoder.encode(piece))
            self._write_chunk(encoder.end())
            self.wfile.write(b"0\r\n\r\n")
        except RuntimeError as error:
            message = str(error).removeprefix("Streaming query failed: ").encode()
            tail = b"__exception__\r\n%s\r\n%s\n%d %s\r\n__exception__\r\n" % (
                tag.encode(),
                message,
                len(message) + 1,
                tag.encode(),
            )
            self._write_chunk(encoder.encode(tail))
            self._write_chunk(encoder.end())
            self.close_connection = True  # without the last chunk, as ClickHouse does
            raise ConnectionAbortedError from error  # the handle is spoiled

    def _begin(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        query_id = getattr(self, "query_id", "")
        own = {"X-ClickHouse-Timezone": "UTC", "X-ClickHouse-Summary": "{}", "X-ClickHouse-Query-Id": query_id}
        for name, value in (own | headers).items():
            self.send_header(name, value)
        self.end_headers()

    def _write_chunk(self, chunk: bytes) -> None:
        if chunk:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))

    def _encoding(self) -> str | None:
        arguments = dict(parse_qsl(urlsplit(self.path).query))
        if arguments.get("enable_http_compression", "0") != "1":
            return None
        offered = [name.strip() for name in (self.headers["Accept-Encoding"] or "").split(",")]
        return next((name for name in offered if name in _ENCODERS), None)

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            return  # the client is gone, or an answer was ended


class _Plain:
    def encode(self, piece: bytes) -> bytes:
        return piece

    def end(self) -> bytes:
        return b""


class _Lz4(_Plain):
    def __init__(self) -> None:
        self._frame = lz4.frame.LZ4FrameCompressor()
        self._head = self._frame.begin()

    def encode(self, piece: bytes) -> bytes:
        head, self._head = self._head, b""
        return bytes(head + self._frame.compress(piece))

    def end(self) -> bytes:
        return bytes(self._head + self._frame.flush())


class _Gzip(_Plain):
    def __init__(self) -> None:
        self._stream = zlib.compressobj(wbits=31)

    def encode(self, piece: bytes) -> bytes:
        return self._stream.compress(piece) + self._stream.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        return self._stream.flush()


def _without_lz4(body: bytes) -> bytes:
    """Return what one frame after the other holds."""
    plain = b""
    while body:
        frame = lz4.frame.LZ4FrameDecompressor()
        plain += frame.decompress(body)
        body = frame.unused_data or b""
    return plain


_ENCODERS: dict[str | None, type[_Plain]] = {None: _Plain, "lz4": _Lz4, "gzip": _Gzip}
DECODERS: dict[str | None, Callable[[bytes], bytes]] = {
    None: bytes,
    "lz4": _without_lz4,
    "gzip": gzip.decompress,
}


def _pieces(handle: Any, text: str, form: str, parameters: dict[str, str]) -> Iterator[bytes]:
    stream = handle.send_query(text, form, params=parameters)
    while (piece := stream.fetch()) is not None and (content := bytes(piece.bytes() or b"")):
        yield content


def _format_of(statement: bytes, arguments: dict[str, str]) -> str:
    written = _FORMAT.search(statement)
    return written[1].decode() if written else arguments.get("default_format", "TabSeparated")


def _insert(handle: Any, statement: bytes) -> None:
    """Run an insert whose rows follow its first line, through a file: the embedded engine takes no others."""
    head, _, rows = statement.partition(b"\n")
    into, _, form = head.decode().rpartition(" FORMAT ")
    descriptor = os.memfd_create("rows")
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(rows)
        handle.query(f"{into} FROM INFILE '/proc/self/fd/{descriptor}' FORMAT {form}", "TabSeparated")
    finally:
        os.close(descriptor)


def form_fields(content_type: str, body: bytes) -> dict[str, str]:
    """Return the fields of a form: how a statement comes when its parameters are long."""
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    parts = [part for part in message.walk() if not part.is_multipart()]
    texts = [part.get_payload(decode=True) for part in parts]
    names = [str(part.get_param("name", header="content-disposition")) for part in parts]
    return {name: text.decode() for name, text in zip(names, texts, strict=True) if isinstance(text, bytes)}


def brings_rows(statement: bytes) -> bool:
    head = statement.partition(b"\n")[0]
    return head[:12].lower() == b"insert into " and b" FORMAT " in head and not head.endswith(b" FORMAT Values")


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def main(path: str) -> None:
    """Serve a directory until standard input ends."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    front = Front(path)
    front.handles.new("default").close()
    threading.Thread(target=front.serve_forever, daemon=True).start()
    print(front.server_port, flush=True)
    sys.stdin.read()
    os._exit(0)  # threads may still wait for clients; what was answered is on the disk


if __name__ == "__main__":
    main(sys.argv[1])
