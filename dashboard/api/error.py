"""Error answers of the APIs: {"error": a sentence}."""

from collections.abc import Mapping

from starlette.responses import JSONResponse
from starlette.types import Scope

PREFIX = "/api/"
_SENTENCES = {
    404: "There is no such endpoint: /api/docs/openapi.json lists all endpoints.",
    413: "The request is too large.",
    500: "Internal error",
    503: "Statistics are unavailable: ClickHouse does not respond. Try again in a minute.",
}


def is_for_program(scope: Scope) -> bool:
    """True if a request expects a JSON error and not a page."""
    return bool(scope["path"].startswith(PREFIX))


def answer(status: int, sentence: str = "", *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the answer for an HTTP status, with the status's own sentence by default."""
    text = sentence or _SENTENCES.get(status, "The request is invalid.")
    return JSONResponse({"error": text}, status, dict(headers or {}))
