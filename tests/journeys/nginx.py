"""A real nginx in front of a website, as its operators set it up: with the lines that the dashboard shows them."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.journeys.browser import missing
from tests.server import becomes_true

# What Debian sets up in /etc and /var stands here below one folder, so that it runs as anybody.
_CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log {folder}/access.log combined;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    geo $office {{ default ""; 127.0.0.9 yes; }}
    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{tls_port} ssl;
        server_name {domain};
        ssl_certificate {folder}/certificate;
        ssl_certificate_key {folder}/key;
        location / {{
            proxy_pass http://127.0.0.1:{website_port};
            proxy_set_header Host $host;
        }}
{lines}
    }}
}}
"""


class Nginx:
    """One with a folder and ports of its own. Whoever comes from 127.0.0.9 has the variable $office "yes"."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.tls_port = _free_ports()

    @contextmanager
    def running(self, *, domain: str, lines: str, website_port: int) -> Iterator[None]:
        """Answer while the block lasts. lines: for the domain, beside what hands all else to the website."""
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")  # where Debian has it
        if program is None:
            missing("nginx is not installed (on Debian: apt-get install nginx)")
        self.folder.mkdir()
        _make_certificate(self.folder, domain)
        known = {"folder": self.folder, "port": self.port, "tls_port": self.tls_port}
        file, errors = self.folder / "nginx.conf", self.folder / "error.log"
        file.write_text(_CONFIGURATION.format(**known, domain=domain, lines=lines, website_port=website_port))
        with subprocess.Popen([program, "-e", errors, "-p", self.folder, "-c", file]) as process:
            try:
                assert becomes_true(lambda: process.poll() is not None or _answers(self.tls_port))
                assert process.poll() is None, errors.read_text()
                yield
            finally:
                process.terminate()


def _make_certificate(folder: Path, domain: str) -> None:
    """Make a certificate that nobody but the domain itself vouches for."""
    program = shutil.which("openssl")
    if program is None:
        missing("openssl is not installed (on Debian: apt-get install openssl)")
    request = (
        f"{program} req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={domain} -addext subjectAltName=DNS:{domain}"
    )
    files: list[str | Path] = ["-keyout", folder / "key", "-out", folder / "certificate"]
    subprocess.run([*request.split(), *files], check=True, capture_output=True)


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _answers(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0
