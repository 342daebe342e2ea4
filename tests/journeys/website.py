"""A website on the loopback interface: one folder for each host, and pages a test writes itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

SITE = Path(__file__).parent / "site"


class Website:
    """What the hosts of one browser answer; start it with `served`."""

    def __init__(self) -> None:
        self.port = 0
        self.folders = {folder.name: folder for folder in SITE.iterdir()}
        self.pages: dict[str, bytes] = {}
        self._numbers = count(1)

    def page(self, html: str, *, host: str = "site.example") -> str:
        """Put a page of a test's own on every host; return its address on one of them."""
        path = f"/page-{next(self._numbers)}.html"
        self.pages[path] = f"<!doctype html><link rel='icon' href='data:,'>{html}".encode()
        return f"http://{host}{path}"


@contextmanager
def served() -> Iterator[Website]:
    """Give a website that answers while the block lasts."""
    website = Website()

    class Handler(_Handler):
        site = website

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        website.port = server.server_address[1]
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield website
        finally:
            server.shutdown()
            thread.join()


class _Handler(SimpleHTTPRequestHandler):
    site: Website
    # A module without an ending is what build tools resolve; here it must be a script all the same.
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".html": "text/html; charset=utf-8"}  # noqa: RUF012

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path not in self.site.pages:
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.site.pages[path])

    def end_headers(self) -> None:
        self.send_header("access-control-allow-origin", "*")
        super().end_headers()

    def translate_path(self, path: str) -> str:
        """Return the file below the host's folder. Build tools resolve a module without an ending: so does this."""
        folder = self.site.folders.get(self.headers["host"], SITE / "site.example")
        file = folder / urlsplit(path).path.lstrip("/")
        script = file.with_name(f"{file.name}.js")
        return str(script if script.is_file() else file / "index.html" if file.is_dir() else file)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 the name http.server gives it
        """Say nothing: a test's output is its own."""
