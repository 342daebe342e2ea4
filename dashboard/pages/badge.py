"""The badge of a public site: how many visitors it had in the last 30 days, as a picture for any page."""

from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.charts import badge
from dashboard.language import gettext as _
from dashboard.pages import figures
from dashboard.pages.settings import site_of
from dashboard.services import services
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import parse
from dashboard.stats.model.query import Query
from schema.sites.sites import Site

LIVES_S = 3600


def show(request: Request) -> Response:
    """Return the badge. Only public sites have one. `lang` chooses the language."""
    site = site_of(request)
    if not site.is_public:
        raise HTTPException(404)
    code = request.query_params.get("lang", "")
    language.use(code if code in language.NAMES else "en")
    visitors = _visitors(request, site)
    is_few = site.privacy.is_exempt and not visitors
    picture = badge.badge(_("visitors in 30 days"), _("<10") if is_few else figures.short(visitors))
    headers = {"Cache-Control": f"public, max-age={LIVES_S}", "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(picture, media_type="image/svg+xml", headers=headers)


def _visitors(request: Request, site: Site) -> float:
    """Return the number, computed once an hour: a badge is on every page of a site."""
    server = services(request)
    now = server.clock()
    until, visitors = server.badge_counts.get(site.id, (0.0, 0.0))
    if now >= until:
        moment = datetime.fromtimestamp(now, UTC)
        period = parse("30d", zone=site.zone, now=moment, first_day=site.day_of(now))
        query = Query(site.id, period, (Metric.VISITORS,))
        visitors = server.ask(query, site.privacy).rows[0].numbers[0]
        server.badge_counts[site.id] = (now + LIVES_S, visitors)
    return visitors
