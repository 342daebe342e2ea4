"""General settings of a site: snippets to paste, and data retention."""

from collections.abc import Callable
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.language import gettext as _
from dashboard.pages import snippets, template
from dashboard.services import services
from schema.sentence import SentenceError
from schema.sites import sites
from schema.sites.sites import Site
from schema.sites.users import Session
from schema.stores.control import Control

Entry = TypeVar("Entry")


def show(request: Request, session: Session) -> Response:
    """Show the settings of the site."""
    site = site_of(request)
    base_url = services(request).base_url
    return template.page(
        "settings",
        session=session,
        site=site,
        script_tag=snippets.script_tag(site.domain, base_url),
        pinned_script_tag=snippets.pinned_script_tag(
            site.domain, base_url, integrity=services(request).script_integrity
        ),
        site_script=snippets.site_script(sites.script_id(services(request).control, site), base_url),
        pixel=snippets.pixel(site.domain, base_url),
        wordpress=snippets.wordpress(site.domain, base_url),
        proxies=[
            (proxy.name, _(proxy.place), proxy.lines(site.domain, base_url)) for proxy in snippets.PROXIES.values()
        ],
        proxied_script_tag=snippets.proxied_script_tag(site.domain),
    )


def to_list(site: Site, noun: str, *, row: int | None = None) -> Response:
    """Redirect to a list of settings. row: the one to bring into view, as in the template of lists."""
    anchor = "" if row is None else f"#row-{row}"
    return RedirectResponse(f"/{site.domain}/settings/{noun}{anchor}", 303)


def site_of(request: Request) -> Site:
    """Return the site that a path names. Raises HTTPException (404)."""
    site = sites.by_domain(services(request).control, request.path_params["domain"], now=services(request).clock())
    if site is None:
        raise HTTPException(404)
    return site


def existing(request: Request, site: Site, by_id: Callable[[Control, int, int], Entry]) -> Entry:
    """Return the entry of a list that a path names. Raises HTTPException (404)."""
    try:
        return by_id(services(request).control, site.id, request.path_params["id"])
    except (SentenceError, OverflowError):
        raise HTTPException(404) from None
