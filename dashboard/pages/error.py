"""Error pages: what went wrong, and what to do about it. They keep the navigation of the page that failed."""

import sqlite3
from asyncio import to_thread
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import language
from dashboard.access.framing import content_policy
from dashboard.access.sessions import on_site, present_session
from dashboard.language import gettext as _
from dashboard.language import later
from dashboard.pages import template
from dashboard.services import services
from schema.people.roles import Right
from schema.people.users import Session
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import ControlUnavailableError

# Status -> heading, and one sentence on what to do.
_TEXTS = {
    400: (later("Bad request"), later("Go back, reload the page and try again.")),
    403: (
        later("Form rejected"),
        later("The form is out of date or came from another site. Reload the page and try again."),
    ),
    404: (later("Page not found"), later("Check the address, or choose a site from the list of sites.")),
    405: (later("Action not allowed"), later("Go back to the list of sites and start from there.")),
    410: (later("This link has expired"), later("Ask the person who sent it to you for a new one.")),
    413: (later("Text too long"), later("Go back, shorten your text and try again.")),
    429: (later("Too many requests"), later("Wait a few minutes, then try again.")),
    500: (later("Internal error"), later("Reload the page. If that does not help, check the server's log.")),
    503: (
        later("Statistics are unavailable"),
        later(
            "ClickHouse does not answer. Reload in a minute, or check the server's log. Sillage still records visits."
        ),
    ),
}
_OTHER = (later("Something went wrong"), later("Go back, reload the page and try again."))
_NO_CONTROL = (
    later("Settings are unavailable"),
    later("%(reason)s Try again later, or contact the administrator of this server."),
)
_NOT_ALLOWED = (
    later("No access to this page"),
    later("Your role on this site does not allow this. An owner or an administrator of the site can change your role."),
)
_NOT_ALLOWED_ON_SERVER = (
    later("No access to this page"),
    later("Only owners of this server may do this. Ask one of them."),
)
_NO_LINK = (later("This link does not exist"), later("Ask the person who sent it to you for a new one."))
_MAX_DEPTH = 6  # of paths in which to look for a site


class TooLargePages:
    """Responds to oversized forms with a page, instead of the plain text of Starlette's limit."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_replaced = False

        async def send_page(message: Message) -> None:
            nonlocal is_replaced
            if message.get("status") == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                is_replaced = True
                answer = await to_thread(page, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Request(scope))
                await answer(scope, receive, send)
            elif not is_replaced:
                await send(message)

        await self._app(scope, receive, send_page)


def without_control(reason: str, request: Request | None = None) -> HTMLResponse:
    """Return the page for a control file that can't be written or read. reason: a sentence."""
    return _page(request, _NO_CONTROL, status=503, reason=reason)


def not_allowed(request: Request, right: Right) -> HTMLResponse:
    """Return the page for somebody who lacks a right."""
    return _page(request, _NOT_ALLOWED_ON_SERVER if right is Right.SERVER else _NOT_ALLOWED, status=403)


def page(status: int, request: Request | None = None) -> HTMLResponse:
    """Return the page for an HTTP status. request: the one that failed; without it, nobody is signed in."""
    return _page(request, _TEXTS.get(status, _OTHER), status=status)


def in_frame(status: int) -> HTMLResponse:
    """Return the page for a refused link. A frame of any site may show it: it has no links, and ignores sign-ins."""
    heading, advice = _TEXTS.get(status, _OTHER)
    if status == HTTPStatus.NOT_FOUND:
        heading, advice = _NO_LINK
    answer = template.page(
        "error", session=None, status=status, site=None, heading=_(heading), advice=_(advice), is_framed=True
    )
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Content-Security-Policy"] = content_policy(ancestors="*")
    return answer


def _page(request: Request | None, texts: tuple[str, str], *, status: int, **values: str) -> HTMLResponse:
    session, site = _navigation(request) if request else (None, None)
    heading, advice = _(texts[0]), _(texts[1], **values)
    return template.page("error", session=session, status=status, site=site, heading=heading, advice=advice)


def _navigation(request: Request) -> tuple[Session | None, Site | None]:
    """Return who is signed in, and the site of the page; nothing if the control file can't be read."""
    try:
        session = present_session(request)
        language.use(session.user.language if session else "")
        return _on_site(request, session) if session else (None, None)
    except (ControlUnavailableError, sqlite3.Error):
        return None, None


def _on_site(request: Request, session: Session) -> tuple[Session, Site | None]:
    """Return the session with the role on the site of the page, and that site if the person may view it."""
    site = _site(request)
    session = on_site(request, session, site)
    return session, site if session.may(Right.VIEW) else None


def _site(request: Request) -> Site | None:
    """Return the site with which the path begins. Its domain may have slashes."""
    control, now = services(request).control, services(request).clock()
    parts = request.scope["path"].strip("/").split("/")[:_MAX_DEPTH]
    starts = ("/".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((site for start in starts if (site := sites.by_domain(control, start, now=now))), None)
