"""What every page of a report has: the bar, the switcher of sites, live visitors and warnings."""

import functools
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from dashboard import language
from dashboard.access.framing import background_style
from dashboard.access.reading import is_embedded, link_of
from dashboard.language import gettext as _
from dashboard.pages import delivery_states, privacy_warnings, template
from dashboard.pages.report import bar, filters
from dashboard.pages.report.filters import ChosenFilter
from dashboard.pages.report.view import REMEMBERED, View, read
from dashboard.pages.settings import site_of
from dashboard.services import services
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import Filter, Reaches, leaves
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Period
from dashboard.stats.model.query import Query
from dashboard.stats.parse.site_context import SiteContext, of_filters
from dashboard.stats.protection import limits
from dashboard.stats.reports import last_minutes
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

Reader = TypeVar("Reader", bound=Session | None)  # None: somebody with a shared link, or on a public site


@dataclass(frozen=True, slots=True)
class Look:
    """How a report looks to people who are not signed in."""

    theme: str  # light, dark; empty: that of the browser
    style: str  # content of the style element in a frame; empty: none


def now_of(request: Request) -> datetime:
    """Return the time of a request, UTC."""
    return datetime.fromtimestamp(services(request).clock(), UTC)


def first_day_of(request: Request, site: Site) -> date | None:
    """Return the first local day with an event, or None before the first event."""
    return first_day(services(request).database, site.id, site.zone, privacy=site.privacy)


def view_of(
    request: Request,
    session: Session | None,
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
        context_of(request, session, site, first=first),
        site=site,
        now=now_of(request),
        first_day=first,
        path=path,
        remembered=_remembered(request, site) if session else {},
        bound=bound_filters(request, site),
        left_out=link.terms.left_out if (link := link_of(request)) else frozenset(),
    )


def context_of(request: Request, session: Session | None, site: Site, *, first: date | None = None) -> SiteContext:
    """Return what the filters of a reader may name. Saved segments are for signed-in people."""
    user_id = session.user.id if session else None
    context = of_filters(services(request).control, site, lambda: first, user_id=user_id)
    return context if session else replace(context, segments=dict)


def bound_filters(request: Request, site: Site) -> tuple[Filter, ...]:
    """Return the filters of the segment that a shared link is limited to; none without."""
    link = link_of(request)
    if link is None or link.terms.segment_id is None:
        return ()
    try:
        return segment_filters(request, site, link.terms.segment_id)
    except QueryError:  # the privacy profile or the segment has changed since
        raise HTTPException(404) from None


def segment_filters(request: Request, site: Site, segment_id: int) -> tuple[Filter, ...]:
    """Return the filters of a segment. Raises QueryError if the site can't limit every page of a report to them."""
    segment = ChosenFilter("is", "segment", (str(segment_id),))
    nodes = filters.parsed([segment], of_filters(services(request).control, site))
    if any(isinstance(leaf, Reaches) or leaf.dimension.is_prop for leaf in leaves(nodes)):
        # The segment names another segment, which is about a goal or property: see schema/measures/segments.py.
        raise QueryError("A link can't be limited to a segment that uses one with a goal or property.")
    if site.privacy.is_exempt:
        today = site.day_of(services(request).clock())
        day_before = Period("day", today - timedelta(days=1), today - timedelta(days=1), site.zone)
        query = Query(site.id, day_before, (Metric.VISITORS,), filters=nodes)
        limits.check(query, site.privacy, today=today)
        limits.check_rows_of_now(nodes, site.privacy)
    return nodes


def current_count(request: Request, site: Site, bound: tuple[Filter, ...]) -> int:
    """Return the number of current visitors. bound: filters of a shared link."""
    database, now = services(request).database, now_of(request)
    if not bound:
        return current_visitors(database, site.id, now, privacy=site.privacy)
    period = last_minutes.period(site.zone, now)
    return last_minutes.last_minutes(database, site.id, period, bound, privacy=site.privacy).current.visitors


def with_view(
    *, path: str = "", own: Collection[str] = frozenset()
) -> Callable[[Callable[[Request, Reader, View], Response]], Callable[[Request, Reader], Response]]:
    """Give a page the view of its URL. Without data, a site has only its first page, and the others lead there.

    path: below the site; pages of tables have theirs in the URL. own: as of `view_of`.
    """

    def decorated(page: Callable[[Request, Reader, View], Response]) -> Callable[[Request, Reader], Response]:
        @functools.wraps(page)
        def endpoint(request: Request, session: Reader) -> Response:
            site = site_of(request)
            first = first_day_of(request, site)
            if first is None:
                return RedirectResponse(f"/{site.domain}", 303) if session else nothing_yet()
            table = request.path_params.get("table", "")
            path_of_page = f"/{table}" if table else path
            return page(request, session, view_of(request, session, site, first=first, path=path_of_page, own=own))

        return endpoint

    return decorated


def download(page: Callable[[Request, Reader, View], Response]) -> Callable[[Request, Reader, View], Response]:
    """Refuse a file whose URL is not understood: without its filters, it would hold other numbers than those meant."""

    @functools.wraps(page)
    def checked(request: Request, session: Reader, view: View) -> Response:
        if view.misunderstood:
            return PlainTextResponse("\n".join(view.misunderstood) + "\n", 400)
        return page(request, session, view)

    return checked


def nothing_yet() -> Response:
    """Return the page of a site without data, for people who are not signed in."""
    return template.page(
        "error",
        session=None,
        site=None,
        status=200,
        heading=_("No visits yet"),
        advice=_("This site has not counted a visit yet. Come back later."),
    )


def values(request: Request, session: Session | None, view: View) -> dict[str, Any]:
    """Return the values of the template of a page of the report."""
    state = services(request)
    return {
        "site": view.site,
        "view": view,
        "bar": bar.bar(view, now_of(request), segments=_segment_names(request, session, view)),
        "sites": members.sites_of(state.control, session.user, now=state.clock())[:MOST_SITES] if session else [],
        "current": shown_current(view.site, current_count(request, view.site, view.bound)),
        "problems": problems(request, session, view.site) if session else [],
        "look": _look(request, view),
        "status": 400 if view.misunderstood else 200,
    }


def problems(request: Request, session: Session, site: Site) -> list[str]:
    """Return the warnings above a report: of the server, about privacy, and about what could not be sent."""
    state = services(request)
    of_site = privacy_warnings.warnings(request, site)
    unsent = delivery_states.warnings(state, site) if session.may(Right.ADMINISTER) else []
    return list(map(language.of, [*state.problems(), *of_site, *unsent]))


def _look(request: Request, view: View) -> Look:
    theme = view.parameters.get("theme", "")
    style = background_style(view.parameters.get("background", "")) if is_embedded(request) else ""
    return Look("" if theme == "system" else theme, style)


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


def _segment_names(request: Request, session: Session | None, view: View) -> dict[str, str]:
    """Return the names of segments by id, if a filter uses one."""
    if session is None or not any(chosen.key == "segment" for chosen in view.filters):
        return {}
    saved = segments.list_all(services(request).control, view.site.id, user_id=session.user.id)
    return {str(segment.id): name_of_segment(segment) for segment in saved}


def _remembered(request: Request, site: Site) -> dict[str, str]:
    pairs = (part.partition("=") for part in request.cookies.get(_cookie_name(site), "").split("&"))
    return {name: value for name, _equals, value in pairs if name in REMEMBERED}


def _cookie_name(site: Site) -> str:
    return f"period_{site.id}"
