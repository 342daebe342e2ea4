"""The style sheet, the script and the logo, each under a URL that changes with its content."""

import functools
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

DIRECTORY = Path(__file__).parents[1] / "static"
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@functools.cache
def content(name: str) -> bytes:
    """Return a file of dashboard/static. Raises FileNotFoundError."""
    return (DIRECTORY / name).read_bytes()


@functools.cache
def url(name: str) -> str:
    """Return the path of a file, with a digest of its content."""
    return f"/static/{_digest(name)}/{name}"


def file(request: Request) -> Response:
    """Return a file that browsers may cache for a year: its URL changes with its content."""
    name = request.path_params["name"]
    if name not in _names() or request.path_params["digest"] != _digest(name):
        raise HTTPException(404)
    return Response(
        content(name),
        media_type=MEDIA_TYPES[Path(name).suffix],
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


def _digest(name: str) -> str:
    return sha256(content(name)).hexdigest()[:12]


@functools.cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in DIRECTORY.iterdir() if path.suffix in MEDIA_TYPES)
