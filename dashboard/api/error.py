"""What a program is told that can't have what it asked for: {"error": a sentence}."""

from collections.abc import Mapping

from starlette.responses import JSONResponse
from starlette.types import Scope

PREFIX = "/api/"
_SENTENCES = {
    404: "There is no such call: /api/docs/openapi.json lists those there are.",
    413: "The request is too large.",
    500: "Internal error",
    503: "The numbers can't be read right now: ClickHouse does not answer. Try again in a minute.",
}


def is_for_program(scope: Scope) -> bool:
    """True where a request is to be answered as a program reads it, and not with a page."""
    return bool(scope["path"].startswith(PREFIX))


def answer(status: int, sentence: str = "", *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the answer for an HTTP status, with the usual sentence if none is given."""
    text = sentence or _SENTENCES.get(status, "That request makes no sense.")
    return JSONResponse({"error": text}, status, dict(headers or {}))
