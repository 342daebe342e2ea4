"""What every page of a report has: the bar, the switcher of sites, live visitors and warnings."""

import functools
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from dashboard import language
from dashboard.access.sessions import SessionPage
from dashboard.language import gettext as _
from dashboard.pages import delivery_states, privacy_warnings
from dashboard.pages.report import bar
from dashboard.pages.report.view import REMEMBERED, View, read
from dashboard.pages.settings import site_of
from dashboard.services import services
from dashboard.stats.parse.site_context import of_filters
from dashboard.stats.reports.first_day import first_day
from dashboard.stats.reports.realtime import current_visitors
from schema.measures import segments
from schema.measures.segments import Segment
from schema.people import members
from schema.people.roles import Right
from schema.people.users import Session
from schema.sites.sites import Site

MOST_SITES = 100  # in the menu; the page of all sites finds the others
YEAR_S = 366 * 24 * 3600

ViewPage = Callable[[Request, Session, View], Response]


def now_of(request: Request) -> datetime:
    """Return the time of a request, UTC."""
    return datetime.fromtimestamp(services(request).clock(), UTC)


def first_day_of(request: Request, site: Site) -> date | None:
    """Return the first local day with an event, or None before the first event."""
    return first_day(services(request).database, site.id, site.zone, privacy=site.privacy)


def view_of(
    request: Request,
    session: Session,
    site: Site,
    *,
    first: date,
    path: str = "",
    own: Collection[str] = frozenset(),
) -> View:
    """Return the view that a URL asks for, with the period that the browser had last if it names none.

    own: names of parameters that only the page itself reads.
    """
    parts = request.scope["query_string"].decode("latin-1").split("&")
    return read(
        "&".join(part for part in parts if part.partition("=")[0] not in own),
        of_filters(services(request).control, site, lambda: first, user_id=session.user.id),
        site=site,
        now=now_of(request),
        first_day=first,
        path=path,
        remembered=_remembered(request, site),
    )


def with_view(*, path: str = "", own: Collection[str] = frozenset()) -> Callable[[ViewPage], SessionPage]:
    """Give a page the view of its URL. Without data, a site has only its first page, and the others lead there.

    path: below the site; pages of tables have theirs in the URL. own: as of `view_of`.
    """

    def decorated(page: ViewPage) -> SessionPage:
        @functools.wraps(page)
        def endpoint(request: Request, session: Session) -> Response:
            site = site_of(request)
            first = first_day_of(request, site)
            if first is None:
                return RedirectResponse(f"/{site.domain}", 303)
            table = request.path_params.get("table", "")
            path_of_page = f"/{table}" if table else path
            return page(request, session, view_of(request, session, site, first=first, path=path_of_page, own=own))

        return endpoint

    return decorated


def download(page: ViewPage) -> ViewPage:
    """Refuse a file whose URL is not understood: without its filters, it would hold other numbers than those meant."""

    @functools.wraps(page)
    def checked(request: Request, session: Session, view: View) -> Response:
        if view.misunderstood:
            return PlainTextResponse("\n".join(view.misunderstood) + "\n", 400)
        return page(request, session, view)

    return checked


def values(request: Request, session: Session, view: View) -> dict[str, Any]:
    """Return the values of the template of a page of the report."""
    state = services(request)
    return {
        "site": view.site,
        "view": view,
        "bar": bar.bar(view, now_of(request), segments=_segment_names(request, session, view)),
        "sites": members.sites_of(state.control, session.user, now=state.clock())[:MOST_SITES],
        "current": shown_current(
            view.site, current_visitors(state.database, view.site.id, now_of(request), privacy=view.site.privacy)
        ),
        "problems": problems(request, session, view.site),
        "status": 400 if view.misunderstood else 200,
    }


def problems(request: Request, session: Session, site: Site) -> list[str]:
    """Return the warnings above a report: of the server, about privacy, and about what could not be sent."""
    state = services(request)
    of_site = privacy_warnings.warnings(request, site)
    unsent = delivery_states.warnings(state, site) if session.may(Right.ADMINISTER) else []
    return list(map(language.of, [*state.problems(), *of_site, *unsent]))


def name_of_segment(segment: Segment) -> str:
    """Return the name of a segment, marked if nobody else sees it."""
    return segment.name if segment.user_id is None else _("%(name)s (only for me)", name=segment.name)


def shown_current(site: Site, visitors: int) -> int | str:
    """Return the number of current visitors for people. An exempt site does not tell 0 from 9."""
    return _("<10") if site.privacy.is_exempt and not visitors else visitors


def remember(request: Request, view: View, response: Response) -> Response:
    """Keep the period and the comparison of a site in the browser, as its first page next time."""
    kept = {name: view.parameters.get(name, "") for name in REMEMBERED}
    if view.misunderstood or kept["period"] in ("", "custom") or "date" in view.parameters:
        return response
    content = "&".join(f"{name}={value}" for name, value in kept.items() if value)
    is_https = services(request).base_url.startswith("https://")
    response.set_cookie(
        _cookie_name(view.site), content, max_age=YEAR_S, secure=is_https, httponly=True, samesite="lax"
    )
    return response


def _segment_names(request: Request, session: Session, view: View) -> dict[str, str]:
    """Return the names of segments by id, if a filter uses one."""
    if not any(chosen.key == "segment" for chosen in view.filters):
        return {}
    saved = segments.list_all(services(request).control, view.site.id, user_id=session.user.id)
    return {str(segment.id): name_of_segment(segment) for segment in saved}


def _remembered(request: Request, site: Site) -> dict[str, str]:
    pairs = (part.partition("=") for part in request.cookies.get(_cookie_name(site), "").split("&"))
    return {name: value for name, _equals, value in pairs if name in REMEMBERED}


def _cookie_name(site: Site) -> str:
    return f"period_{site.id}"
