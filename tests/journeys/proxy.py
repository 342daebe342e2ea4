"""The web server in front of Sillage: it says whose request it is, so that visitors may come from anywhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "date", "server"}


class Proxy:
    """Hands every request on, in the name of `address`."""

    def __init__(self, upstream_port: int) -> None:
        self.upstream_port = upstream_port
        self.port = 0
        self.address = "192.0.2.1"


@contextmanager
def proxied(upstream_port: int) -> Iterator[Proxy]:
    """Give a proxy that answers while the block lasts."""
    proxy = Proxy(upstream_port)

    class Handler(_Handler):
        front = proxy

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        proxy.port = server.server_address[1]
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    front: Proxy

    def _hand_on(self) -> None:
        headers = dict(self.headers.items()) | {"X-Forwarded-For": self.front.address}
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        upstream = HTTPConnection("127.0.0.1", self.front.upstream_port)
        try:
            upstream.request(self.command, self.path, body, headers)
            answer = upstream.getresponse()
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.read())
        finally:
            upstream.close()

    do_GET = do_POST = do_OPTIONS = _hand_on  # noqa: N815 the names http.server looks for

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 the name http.server gives it
        """Say nothing: a test's output is its own."""
