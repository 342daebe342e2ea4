"""Who may read a report: signed-in people, everybody for a public site, and people with a shared link.

A shared link is in the parameter `auth` of the URL, which every link of the report keeps. So reports in frames of other
sites need no cookie, and what a link shows never depends on who is signed in. Only a link with a password needs a
cookie. It proves that the password was entered, for a day, until the password changes.
"""

import functools
import hmac
from asyncio import to_thread
from collections.abc import Awaitable, Callable
from hashlib import sha256
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.access.framing import background_style, content_policy
from dashboard.access.sessions import is_https, on_site, present_session, signed_in, unless_left
from dashboard.services import services
from schema.measures import segments
from schema.measures.segments import SegmentError
from schema.people.roles import Right
from schema.people.users import Session
from schema.sites import embed_hosts, shared_links, sites
from schema.sites.shared_links import SharedLink
from schema.sites.sites import Site

ReportPage = Callable[[Request, Session | None], Response]
PASSWORD_LIVES_S = 24 * 3600


class LinkRefusedError(HTTPException):
    """A shared link that does not exist, has expired, or of which too many were tried."""


def reading(page: ReportPage) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that runs `page` for everybody who may read the report.

    The session is None for people with a shared link, which `link_of` returns, and for visitors of a public site.
    Others go to the sign-in page.
    """
    member = signed_in(page, needs=Right.VIEW)

    @functools.wraps(page)
    async def endpoint(request: Request) -> Response:
        guest = await to_thread(_guest, request)
        if guest is None:
            return await member(request)
        site, link = guest
        if link and not has_password(request, link):
            return RedirectResponse(f"/share/{quote(site.domain, safe='/:')}?{request.url.query}", 303)
        request.state.link = link
        answer = await unless_left(request, functools.partial(page, request, None))
        return framed(request, answer, site, link)

    return endpoint


def link_of(request: Request) -> SharedLink | None:
    """Return the shared link by which somebody reads a report, or None."""
    link: SharedLink | None = getattr(request.state, "link", None)
    return link


def valid_link(request: Request, slug: str, site: Site | None = None) -> tuple[Site, SharedLink]:
    """Return the site of a shared link, and the link. site: must be its site.

    Raises LinkRefusedError: 404 for a link that does not exist, 429 after many of them, 410 for one that has expired.
    """
    server = services(request)
    now, client = server.clock(), server.client_address(request.scope)
    if wait_s := server.guesses.take(client, now=now):
        raise LinkRefusedError(429, headers={"Retry-After": str(wait_s)})
    link = shared_links.by_slug(server.control, slug)
    site_of_link = sites.by_id(server.control, link.site_id, now=now) if link else None
    if link is None or site_of_link is None or (site and site.id != site_of_link.id):
        raise LinkRefusedError(404)
    server.guesses.give_back(client, now=now)
    if link.has_expired(now=now):
        raise LinkRefusedError(410)
    if not _keeps_its_segment(request, link):
        raise LinkRefusedError(404)
    return site_of_link, link


def has_password(request: Request, link: SharedLink) -> bool:
    """Return whether a link needs no password, or this browser has entered it."""
    if link.terms.password_hash is None:
        return True
    until, _dot, proof = request.cookies.get(_cookie_name(link), "").partition(".")
    is_proven = hmac.compare_digest(proof.encode(), _proof(link, until).encode())
    return is_proven and services(request).clock() < int(until)


def remember_password(request: Request, link: SharedLink, response: Response) -> None:
    """Let this browser read the report without entering the password again for a day."""
    until = str(int(services(request).clock()) + PASSWORD_LIVES_S)
    parts = [f"{_cookie_name(link)}={until}.{_proof(link, until)}", f"Max-Age={PASSWORD_LIVES_S}", "Path=/", "HttpOnly"]
    # In a frame of another site, browsers send a cookie only if it says so, and keep it apart for each of those sites.
    parts += ["Secure", "SameSite=None", "Partitioned"] if is_https(request) else ["SameSite=Lax"]
    response.headers.append("Set-Cookie", "; ".join(parts))


def framed(request: Request, response: Response, site: Site, link: SharedLink | None) -> Response:
    """Return a response for people who are not signed in: in a frame, if the URL says so, where the site allows it."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    if is_embedded(request):
        hosts = link.terms.embed_hosts if link else site.embed_hosts
        style = background_style(request.query_params.get("background", ""))
        ancestors = embed_hosts.sources(site.authority, hosts)
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["Content-Security-Policy"] = content_policy(ancestors=ancestors, style=style)
    return response


def is_embedded(request: Request) -> bool:
    """Return whether the URL asks for a page in a frame."""
    return request.query_params.get("embed") == "true"


def _guest(request: Request) -> tuple[Site, SharedLink | None] | None:
    """Return the site and the shared link of somebody who reads as a guest; None for signed-in people and others."""
    server = services(request)
    site = sites.by_domain(server.control, request.path_params["domain"], now=server.clock())
    if slug := request.query_params.get("auth", ""):
        return valid_link(request, slug, site)
    if site is None or not site.is_public:
        return None
    # A frame of another site must not show what only a signed-in person sees and can do.
    return (site, None) if is_embedded(request) or not _is_member(request, site) else None


def _is_member(request: Request, site: Site) -> bool:
    session = present_session(request)
    return session is not None and on_site(request, session, site).may(Right.VIEW)


def _keeps_its_segment(request: Request, link: SharedLink) -> bool:
    """Return whether the segment of a link still is one that a link can be limited to."""
    if link.terms.segment_id is None:
        return True
    try:
        segment = segments.by_id(services(request).control, link.site_id, link.terms.segment_id)
    except SegmentError:
        return False
    return not segments.changes_conversions(segment)


def _cookie_name(link: SharedLink) -> str:
    return f"share_{link.id}"


def _proof(link: SharedLink, until: str) -> str:
    """Return the signature of a cookie. Its key is the stored hash, so a new password invalidates all cookies."""
    key = f"{link.slug} {link.terms.password_hash}".encode()
    return hmac.new(key, f"{link.id} {until}".encode(), sha256).hexdigest()
