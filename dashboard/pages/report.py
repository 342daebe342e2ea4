"""The report of a site: what its visitors did in a period, or the snippet to install while there is no data."""

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard.pages import boxes, headline, marks, picker, snippets, template, timeline
from dashboard.pages.picker import Choice
from dashboard.pages.settings import site_of
from dashboard.services import services
from dashboard.stats.answer.empty_intervals import filled
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import intervals
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Result, Row
from dashboard.stats.reports.first_day import first_day
from dashboard.stats.reports.realtime import current_visitors
from schema.sites import sites
from schema.sites.sites import Site
from schema.sites.users import Session
from schema.stores.database import READ_HANDLES

MAX_MARKS = 5  # listed below the chart, latest first


def show(request: Request, session: Session) -> Response:
    """Show the report, or the snippet while the site has no data."""
    site, now = site_of(request), _now(request)
    database = services(request).database
    first = first_day(database, site.id, site.zone)
    if first is None:
        return _waiting(request, session, site)
    problem = ""
    try:
        choice = picker.chosen(request.query_params, site, now=now, first_day=first)
    except QueryError as error:
        problem, choice = str(error), picker.default(request.query_params, site, now=now, first_day=first)
    return _page(request, session, site=site, choice=choice, problem=problem)


def current(request: Request, _session: Session) -> Response:
    """Return the number of current visitors as JSON, for the script that refreshes an open page."""
    site, now = site_of(request), _now(request)
    database = services(request).database
    count = current_visitors(database, site.id, now)
    is_waiting = not count and first_day(database, site.id, site.zone) is None
    return JSONResponse({"visitors": count, "is_waiting": is_waiting})


def _queries(site: Site, choice: Choice) -> dict[object, Query]:
    """Return the queries of a report by name, and of its boxes by dimension."""
    period, before, interval = choice.period, choice.before, intervals(choice.period)[0]
    queries: dict[object, Query] = {
        "totals": Query(site.id, period, picker.METRICS),
        "series": Query(site.id, period, (choice.metric,), (interval,)),
    }
    if before:
        queries["totals_before"] = Query(site.id, before, picker.METRICS)
        queries["series_before"] = Query(site.id, before, (choice.metric,), (interval,))
    for dimension in boxes.HEADINGS:
        queries[dimension] = Query(site.id, period, (Metric.VISITORS,), (dimension,), limit=boxes.ROWS)
    return queries


def _answers(ask: Callable[[Query], Result], queries: dict[object, Query]) -> dict[object, tuple[Row, ...]]:
    """Return the rows of every query. As many queries run at a time as there are handles."""
    with ThreadPoolExecutor(READ_HANDLES) as threads:
        rows = threads.map(functools.partial(_rows, ask), queries.values())
        return dict(zip(queries, rows, strict=True))


def _rows(ask: Callable[[Query], Result], query: Query) -> tuple[Row, ...]:
    result = ask(query)
    return filled(result, query).rows if query.interval else result.rows


def _page(request: Request, session: Session, *, site: Site, choice: Choice, problem: str) -> Response:
    database = services(request).database
    answers = _answers(services(request).ask, _queries(site, choice))
    totals, totals_before = answers["totals"][0], answers.get("totals_before", (None,))[0]
    visitors = totals.numbers[picker.METRICS.index(Metric.VISITORS)]
    interval, series = intervals(choice.period)[0], answers["series"]
    sentences = marks.marks(services(request).control, site.id, choice.period, [row.groups[0] for row in series])
    return template.page(
        "report",
        session=session,
        status=400 if problem else 200,
        site=site,
        other_sites=_others(request, site),
        current=current_visitors(database, site.id, _now(request)),
        problem=problem,
        problems=services(request).problems(),
        period=choice.period,
        period_days=picker.days_of(choice.period),
        period_before=picker.days_of(choice.before) if choice.before else "",
        menu=picker.menu(f"/{site.domain}", choice.period, metric=choice.metric.value),
        not_counted_url=picker.address(f"/{site.domain}/not-counted", choice.period),
        stats=headline.stats(site, choice, totals, totals_before),
        chart=timeline.chart(choice, interval, series, answers.get("series_before", ()), sentences),
        marks=[
            (timeline.long_label(series[index].groups[0], interval), sentences[index])
            for index in sorted(sentences, reverse=True)[:MAX_MARKS]
        ],
        chart_name=headline.NAMES[choice.metric],
        boxes=boxes.boxes(answers, visitors),
        credits=services(request).credits_due(),
    )


def _waiting(request: Request, session: Session, site: Site) -> Response:
    return template.page(
        "waiting",
        session=session,
        site=site,
        other_sites=_others(request, site),
        problems=services(request).problems(),
        script_tag=snippets.script_tag(site.domain, services(request).base_url),
    )


def _others(request: Request, site: Site) -> list[Site]:
    return [
        other
        for other in sites.list_all(services(request).control, now=services(request).clock())
        if other.id != site.id
    ]


def _now(request: Request) -> datetime:
    return datetime.fromtimestamp(services(request).clock(), UTC)
