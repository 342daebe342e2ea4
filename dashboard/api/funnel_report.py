"""The visitors of each step of a funnel, as JSON."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from dashboard.api.call import Answer, Call, existing
from dashboard.api.inputs import OfSite, about
from dashboard.stats.parse import filters_v1, site_context, v1
from dashboard.stats.reports.funnel import Passage, Within, passage
from schema.measures import funnels
from schema.measures.funnels import Funnel

_OfStats = Annotated[str, about("As in version 1 of the Stats API")]


class ReportQuery(OfSite, frozen=True, kw_only=True):
    """The visitors to report."""

    period: _OfStats | None = None
    date: _OfStats | None = None
    filters: _OfStats | None = None
    within: Annotated[Within, about("The time for all steps", refusal=f"must be {' or '.join(Within)}")] = Within.DAY


def report(call: Call, query: ReportQuery) -> Answer:
    """Return the visitors of each step of a funnel. Period and filters are those of the Stats API, version 1."""
    site = call.site()
    funnel = existing(funnels.by_id, call.control, site.id, call.request.path_params["id"])
    server = call.server
    context = site_context.of_site(call.control, server.database, site)
    texts = {name: text for name in ("period", "date", "filters") if (text := getattr(query, name)) is not None}
    now = datetime.fromtimestamp(server.clock(), UTC)
    result = passage(
        server.database,
        funnel,
        v1.period(texts, context, now),
        privacy=site.privacy,
        today=now.astimezone(site.zone).date(),
        filters=filters_v1.parse(texts.get("filters", ""), context),
        within=query.within,
    )
    return _shown(funnel, result)


def _shown(funnel: Funnel, result: Passage) -> dict[str, Any]:
    everybody, entering = result.all_visitors, result.visitors[0]
    previous_visitors = (entering, *result.visitors)
    return {
        "id": funnel.id,
        "name": funnel.name,
        "strict_order": funnel.is_strict,
        "all_visitors": everybody,
        "entering_visitors": entering,
        "entering_visitors_percentage": percentage(entering, everybody),
        "never_entering_visitors": everybody - entering,
        "never_entering_visitors_percentage": percentage(everybody - entering, everybody),
        "steps": [
            {
                "label": goal.display_name,
                "visitors": visitors,
                "conversion_rate": percentage(visitors, entering),
                "conversion_rate_step": percentage(visitors, previous) if number else "0",
                "dropoff": previous - visitors,
                "dropoff_percentage": percentage(previous - visitors, previous),
            }
            for number, (goal, visitors, previous) in enumerate(
                zip(funnel.steps, result.visitors, previous_visitors, strict=False)
            )
        ],
    }


def percentage(part: int, whole: int) -> str:
    """Return a share in percent with two decimals, without ".00": "12.50", "100", "0"."""
    if not whole:
        return "0"
    text = f"{(Decimal(100) * part / whole).quantize(Decimal('0.01')):f}"
    return text.removesuffix(".00")
