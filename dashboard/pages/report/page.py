"""The report of a site: top stats, chart, goals and boxes of one view, or the snippet while there is no data."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from dashboard import language
from dashboard.pages import figures, marks, snippets, template, whole_number
from dashboard.pages.report import boxes, frame, goals_box, objections, outages, realtime, sentence, timeline
from dashboard.pages.report.goals_box import GoalsBox
from dashboard.pages.report.top_stats import top_stats
from dashboard.pages.report.view import View
from dashboard.pages.settings import site_of
from dashboard.services import services
from dashboard.stats.answer.empty_intervals import filled
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Result, Row
from dashboard.stats.protection import limits
from schema.measures import goals
from schema.measures.goals import Goal
from schema.people import members
from schema.people.users import Session
from schema.sites.sites import Site

MAX_MARKS = 5  # listed below the chart, latest first
SHORTEST_REFRESH_S, DAY_S = 15, 86_400


def show(request: Request, session: Session | None) -> Response:
    """Show the report, or the snippet while the site has no data."""
    site = site_of(request)
    first = frame.first_day_of(request, site)
    if first is None:
        return _waiting(request, session, site) if session else frame.nothing_yet()
    if request.query_params.get("period") == "realtime":
        return RedirectResponse(realtime.url_of(site, request.url.query), 303)
    view = frame.view_of(request, session, site, first=first)
    page = _page(request, session, view)
    return _refreshed(view, frame.remember(request, view, page) if session else page)


def current(request: Request, _session: Session | None) -> Response:
    """Return the number of current visitors as JSON, for the script that refreshes an open page."""
    site = site_of(request)
    count = frame.current_count(request, site, frame.bound_filters(request, site))
    is_waiting = not count and frame.first_day_of(request, site) is None
    return JSONResponse({"visitors": frame.shown_current(site, count), "is_waiting": is_waiting})


def _page(request: Request, session: Session | None, view: View) -> Response:
    all_goals = goals.list_all(services(request).control, view.site.id)
    now = frame.now_of(request)
    questions = _questions(view, all_goals) | sentence.questions(view, now, all_goals)
    refusals = refused(view, questions)
    results = services(request).ask_page(
        {name: query for name, query in questions.items() if name not in refusals}, view.site.privacy
    )
    answers = {name: _rows(questions[name], result) for name, result in results.items()}
    series, before = answers["series"], answers.get("series_before", ())
    labels = [row.groups[0] for row in series]
    control, reader = services(request).control, session.user.id if session else None
    sentences = marks.marks(control, view.site.id, view.period, labels, user_id=reader, is_guest=session is None)
    return template.page(
        "report",
        session=session,
        **frame.values(request, session, view),
        sentence=sentence.sentence(view, now, answers),
        stats=top_stats(view, answers["totals"][0], answers.get("totals_before", (None,))[0]),
        chart=timeline.chart(view, series, before, sentences),
        buckets=timeline.buckets(view, series, before) if view.parameters.get("table") else [],
        intervals=[
            (timeline.name_of_interval(interval), view.url(interval=interval.value), interval is view.interval)
            for interval in view.intervals
        ],
        marks=[
            (number, timeline.when(view, series[index]), sentence)
            for number, (index, sentence) in enumerate(sentences.items(), 1)
        ][-MAX_MARKS:],
        # What was not counted is about the whole site, and for people who can do something about it.
        refused_hits=outages.sentences(services(request), view) if session else [],
        objections=objections.sentence(services(request).database, view) if session else "",
        goals=_goals(request, session, view, all_goals, answers, refusals),
        boxes=boxes.boxes(view, answers, _visitors(view, answers), refusals=refusals),
        counted_since=_counted_since(results),
        credits=services(request).credits_due(),
    )


def _goals(
    request: Request,
    session: Session | None,
    view: View,
    all_goals: Sequence[Goal],
    answers: Mapping[str, tuple[Row, ...]],
    refusals: Mapping[str, str],
) -> GoalsBox | None:
    box = goals_box.goals_box(
        services(request), view, all_goals, answers, visitors=_visitors(view, answers), refusals=refusals
    )
    return box if session or box is None else goals_box.for_guests(box)


def _refreshed(view: View, response: Response) -> Response:
    """Let the browser load the page again every so many seconds if the URL says so, for a screen on a wall."""
    seconds = whole_number.read(view.parameters.get("refresh", ""))
    if seconds is not None:
        response.headers["Refresh"] = str(min(max(seconds, SHORTEST_REFRESH_S), DAY_S))
    return response


def _questions(view: View, all_goals: Sequence[Goal]) -> dict[str, Query]:
    """Return the queries of a report by name. They share filters, and a period or the period before it."""
    totals = Query(view.site.id, view.period, view.metrics, filters=view.nodes)
    series = replace(totals, metrics=(view.metric,), groups=(view.interval,))
    questions = {"totals": totals, "series": series}
    if view.before:
        questions["totals_before"] = replace(totals, period=view.before)
        questions["series_before"] = replace(series, period=view.before)
    return questions | goals_box.questions(view, all_goals) | boxes.questions(view)


def refused(view: View, questions: Mapping[str, Query]) -> dict[str, str]:
    """Return why some questions have no answer, by name. Only those about exempt sites may have none."""
    if not view.site.privacy.is_exempt:
        return {}
    reasons = {name: limits.refusal(query, view.site.privacy, today=view.today) for name, query in questions.items()}
    return {name: language.of(reason) for name, reason in reasons.items() if reason}


def _rows(query: Query, result: Result) -> tuple[Row, ...]:
    return filled(result, query).rows if query.interval and not query.dimensions else result.rows


def _counted_since(results: Mapping[str, Result]) -> list[tuple[str, str]]:
    """Return the goals that some days of the period do not count, each with the first day that does."""
    since = {goal: day for result in results.values() for goal, day in result.counted_since.items()}
    return [(goal, figures.full_day(day)) for goal, day in since.items()]


def _visitors(view: View, answers: Mapping[str, tuple[Row, ...]]) -> float:
    return answers["totals"][0].numbers[view.metrics.index(Metric.VISITORS)]


def _waiting(request: Request, session: Session, site: Site) -> Response:
    state = services(request)
    return template.page(
        "waiting",
        session=session,
        site=site,
        sites=members.sites_of(state.control, session.user, now=state.clock()),
        problems=frame.problems(request, session, site),
        script_tag=snippets.script_tag(site.domain, state.base_url),
    )
