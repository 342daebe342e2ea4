"""Redirect paths that end with a slash to the same path without it."""

from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

_PLAIN = "/:@!$&'()*+,;=~"  # all others are quoted; browsers read \ as /, for example


class WithoutTrailingSlash:
    """Redirects every request whose path ends with a slash, except for the start page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (redirect(scope) or self._app)(scope, receive, send)


def redirect(scope: Scope) -> Response | None:
    """Return the redirect of a request, or None. It keeps the query, the method and the body.

    Slashes in front go too: a location such as //evil.example leads to another host.
    """
    path, query = scope["path"], scope["query_string"].decode("latin-1")
    if path == "/" or not path.endswith("/"):
        return None
    return RedirectResponse(f"/{quote(path.strip('/'), safe=_PLAIN)}{query and f'?{query}'}", 308)
