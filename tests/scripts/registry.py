"""A local npm registry that serves published packages over real HTTP."""

import base64
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Registry:
    """Packages by name. Change `answers` to return something else."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.answers: dict[str, tuple[int, bytes]] = {}  # path -> status, body
        self.requests: list[str] = []

    def publish(self, name: str, files: Mapping[str, bytes], **dist: object) -> None:
        """Publish a package. files: name in the package -> content. dist: overrides of its true metadata."""
        self.publish_archive(name, packed(files), **dist)

    def publish_archive(self, name: str, archive: bytes, **dist: object) -> None:
        checksum = base64.b64encode(hashlib.sha512(archive).digest()).decode()
        metadata = {"tarball": f"{self.url}/{name}/-/package.tgz", "integrity": f"sha512-{checksum}"} | dist
        version = {"name": name, "version": "2.3.2026010107", "dist": metadata}
        self.answers[f"/{name.replace('/', '%2F')}/latest"] = 200, json.dumps(version).encode()
        self.answers[f"/{name}/-/package.tgz"] = 200, archive


@contextmanager
def registry() -> Iterator[Registry]:
    """Start a registry without packages."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            npm.requests.append(self.path)
            status, body = npm.answers.get(self.path, (404, b"{}"))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", body.decode())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        npm = Registry(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield npm
        finally:
            server.shutdown()
            thread.join()


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of files, as npm packs them."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as package:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            package.addfile(member, io.BytesIO(content))
    return archive.getvalue()
