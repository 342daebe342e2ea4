"""Routes of the pages below the collector's path: opt-out, device exclusion, and "Am I excluded?".

Opting out sets one cookie with the same value for everyone. The cookie has no Path attribute, so browsers use the path
of the collector on the site's own web server. They send it only with hits and with these pages.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from ingest.pages import visitor_pages
from ingest.request.own_request import OwnRequest
from schema.exclusions.rules import Exclusion
from schema.exclusions.what_if import Trial, TrialResult
from schema.privacy import opt_out
from schema.privacy.signed_links import LinkError, Purpose
from schema.sites.sites import Site

MAX_FORM_BYTES = 4096
RETRY_AFTER_S = 60  # by then the limit of a client is full again
_FORM_LIMIT = Middleware(RequestBodyLimitMiddleware, max_body_size=MAX_FORM_BYTES)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What these pages need from the rest of the server."""

    site_of_host: Callable[[str], Site | None]  # the site with pages on a host
    site_of_link: Callable[[Purpose, str], Site]  # raises LinkError
    own_request: Callable[[Request], OwnRequest]
    simulate: Callable[[Trial], TrialResult]
    is_within_limit: Callable[[OwnRequest], bool]  # counts the request as a hit of its client
    forget: Callable[[Site, OwnRequest], Awaitable[bool]]  # deletes a browser's visits of today; False if it can't now


def routes(wiring: Wiring) -> Mount:
    """Return the routes of the pages."""

    async def opting_out(request: Request) -> Response:
        return await _opting_out(request, wiring)

    async def check(request: Request) -> Response:
        return _check(request, wiring)

    names = [path.removeprefix(opt_out.PAGES) for path in (opt_out.OPT_OUT, opt_out.DEVICE, opt_out.CHECK)]
    pages = [
        Route(names[0], opting_out, methods=["GET", "POST"]),
        Route(names[1], opting_out, methods=["GET", "POST"]),
        Route(names[2], check),
        *(Route(f"{name}/", _without_slash, methods=["GET", "POST"]) for name in names),
    ]
    # Starlette's own redirects lead to any host that a request names.
    return Mount(
        opt_out.PAGES,
        app=Router(pages, redirect_slashes=False),
        middleware=[Middleware(QuietDisconnects), _FORM_LIMIT],
    )


async def _without_slash(request: Request) -> Response:
    """Redirect to the page, with a relative URL because the site's web server may use another path."""
    name = request.scope["path"].rstrip("/").rpartition("/")[2]
    query = request.scope["query_string"].decode("latin-1")
    return RedirectResponse(f"../{name}?{query}" if query else f"../{name}", 307)


class QuietDisconnects:
    """Ends a request quietly if its client disconnects."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(ClientDisconnect):
            await self._app(scope, receive, send)


async def _opting_out(request: Request, wiring: Wiring) -> Response:
    """Show or change whether the browser is counted, on the public page or with a link for staff."""
    own = wiring.own_request(request)
    form = dict(await request.form(max_files=0, max_fields=4)) if request.method == "POST" else {}
    link = str(form.get("link") or request.query_params.get("link", ""))
    site = wiring.site_of_host(own.host)
    if site is None:
        return _refused(own, "unknown_site", path=request.scope["path"])
    if request.scope["path"] == opt_out.DEVICE:
        try:
            wiring.site_of_link(Purpose.DEVICE, link)
        except LinkError as error:
            return _refused(own, "expired" if error.is_over else "incomplete")
    if request.method == "POST":
        if not own.is_of_own_page:
            return _refused(own, "other_site")
        if form.get("do") == "forget" and not wiring.is_within_limit(own):
            return _refused(own, "rate_limit", status=429)
        language = _language(request)
        return await _changed(str(form.get("do", "")), own, site, wiring, link=link, language=language)
    return _page(
        "opt_out",
        own,
        host=own.host,
        link=link if request.scope["path"] == opt_out.DEVICE else "",
        is_out=own.has_opted_out,
        objects=_objects(own, site),
        language=_language(request),
        other_url=_url_in_the_other_language(request, own, link=link),
        forgotten=request.query_params.get("forgotten", ""),
    )


def _language(request: Request) -> str:
    """Return the language that the URL names; empty: that of the browser."""
    language = request.query_params.get("lang", "")
    return language if language in visitor_pages.LANGUAGES else ""


def _url_in_the_other_language(request: Request, own: OwnRequest, *, link: str) -> str:
    shown = _language(request) or visitor_pages.language_of(own.language)
    (other,) = (language for language in visitor_pages.LANGUAGES if language != shown)
    return f"?{urlencode({'lang': other, **({'link': link} if link else {})})}"


async def _changed(choice: str, own: OwnRequest, site: Site, wiring: Wiring, *, link: str, language: str) -> Response:
    """Set or delete the cookie, and redirect to the page."""
    query = {name: value for name, value in (("link", link), ("lang", language)) if value}
    if choice == "forget":
        query["forgotten"] = "yes" if await wiring.forget(site, own) else "no"
    age_s = 0 if choice == "in" else opt_out.MAX_AGE_S
    cookie = f"{opt_out.COOKIE}={opt_out.VALUE}; Max-Age={age_s}; HttpOnly; Secure; SameSite=Lax"
    headers = {"location": f"?{urlencode(query)}", "cache-control": "no-store", "set-cookie": cookie}
    return Response(status_code=303, headers=headers)


def _check(request: Request, wiring: Wiring) -> Response:
    """Show whether a visit from this browser is counted, and which rule decides."""
    own = wiring.own_request(request)
    try:
        site = wiring.site_of_link(Purpose.CHECK, request.query_params.get("link", ""))
    except LinkError as error:
        return _refused(own, "expired" if error.is_over else "incomplete")
    trial = Trial(
        site.id,
        address=own.shown_address,
        user_agent=own.user_agent,
        page_host=own.host if wiring.site_of_host(own.host) else site.host,
        headers=own.headers,
    )
    finding = wiring.simulate(trial)
    values: dict[str, Any] = {
        "site": site.domain,
        "is_out": own.has_opted_out,
        "objects": _objects(own, site),
        "excluded_by": _named(finding.excluded_by),
        "kept_by": _named(finding.kept_by),
        "would_be_by": _named(finding.would_be_by),
        "reason": finding.reason,
        "address": own.shown_address,
        "family": own.family,
        "country": finding.country,
        "hops": [hop._asdict() for hop in own.hops],
        "hidden": own.is_private,
        "headers": own.headers,
    }
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse(values, headers={"cache-control": "no-store"})
    return _page("check", own, **values)


def _objects(own: OwnRequest, site: Site) -> bool:
    """Return whether the browser asks not to be measured, and the site obeys."""
    privacy = site.privacy
    return (own.has_gpc and privacy.obeys_gpc) or (own.has_dnt and privacy.honors_dnt)


def _named(rule: Exclusion | None) -> str:
    return "" if rule is None else rule.name


def _refused(own: OwnRequest, reason: str, *, status: int = 400, path: str = "") -> Response:
    answer = _page("refused", own, status=status, reason=reason, host=own.host or "?", path=path, pages=opt_out.PAGES)
    if status == 429:
        answer.headers["retry-after"] = str(RETRY_AFTER_S)
    return answer


def _page(name: str, own: OwnRequest, *, status: int = 200, language: str = "", **values: Any) -> Response:
    """Return a page in a language, or in the browser's."""
    text = visitor_pages.page(name, language=language or visitor_pages.language_of(own.language), **values)
    return Response(text, status, headers=visitor_pages.HEADERS)
