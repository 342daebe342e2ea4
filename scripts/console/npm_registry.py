"""Download packages from the npm registry over HTTPS and verify them, for location databases. npm is not needed.

The checksum comes from the registry too, so it is trusted only over HTTPS or from this machine.
"""

import base64
import hashlib
import http.client
import json
import re
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

import click

from scripts.config.machine import is_loopback
from scripts.console.errors import Refusal

DEFAULT = "https://registry.npmjs.org"
TIMEOUT_S = 30
MAX_METADATA_BYTES = 1_000_000
MAX_PACKAGE_BYTES = 1_000_000_000
_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Package:
    """The newest version of a package."""

    name: str
    version: str
    tarball: str  # URL
    sha512: bytes


def newest(name: str, *, registry: str) -> Package:
    """Return the newest version of a package. Raises Refusal."""
    with _opened(f"{registry.rstrip('/')}/{quote(name, safe='@')}/latest") as answer:
        text = answer.read(MAX_METADATA_BYTES)
    try:
        metadata = json.loads(text)
        return Package(
            name, str(metadata["version"]), metadata["dist"]["tarball"], _sha512(metadata["dist"]["integrity"])
        )
    except (ValueError, LookupError, TypeError):
        raise Refusal(f"{registry} returned no usable URL and SHA-512 of {name}.") from None


def download(package: Package, target: IO[bytes]) -> None:
    """Download a package into a file, with a progress bar. Raises Refusal, also if the checksum differs."""
    digest, size = hashlib.sha512(), 0
    with _opened(package.tarball) as answer:
        length = int(answer.headers.get("Content-Length") or 0)
        with click.progressbar(length=length, label=f"{package.name} {package.version}", file=sys.stderr) as bar:
            while chunk := answer.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > MAX_PACKAGE_BYTES:
                    raise Refusal(f"{package.name} is larger than {MAX_PACKAGE_BYTES:,} bytes. Nothing was changed.")
                digest.update(chunk)
                target.write(chunk)
                bar.update(len(chunk))
    if digest.digest() != package.sha512:
        raise Refusal(f"{package.name} {package.version} does not match its checksum. Nothing was changed.")


def _sha512(integrity: str) -> bytes:
    """Return the SHA-512 among the checksums of a package. Raises ValueError."""
    match = re.search(r"(?:^|\s)sha512-([A-Za-z0-9+/]{86}==)(?:\?|\s|$)", integrity)
    if not match:
        raise ValueError("no SHA-512")
    return base64.b64decode(match[1])


@contextmanager
def _opened(url: str) -> Iterator[Any]:
    """Open the response of a URL. Raises Refusal, also while it is read."""
    _check(url)
    try:
        with urlopen(Request(url, headers={"User-Agent": "Sillage"}), timeout=TIMEOUT_S) as answer:  # noqa: S310 (checked)
            _check(answer.url)  # after redirects
            yield answer
    except HTTPError as error:
        error.close()
        raise Refusal(f"{url} returned status {error.code}. Nothing was changed.") from error
    # Not every OSError: the caller writes while it reads, and a full disk is not the registry's fault.
    except (URLError, ConnectionError, TimeoutError, ssl.SSLError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise Refusal(f"{url} can't be read ({reason}). Nothing was changed.") from error


def _check(url: str) -> None:
    """Raise Refusal unless the response can't be changed in transit."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise Refusal(f"{url} is not an https address.")
