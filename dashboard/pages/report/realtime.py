"""The page of the last half hour: who is on the site, what they read, and which goals they reach.

Its script asks for it again every REFRESH_S seconds. It costs three statements.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.charts.bars import Bar, bars
from dashboard.language import gettext as _
from dashboard.language import ngettext
from dashboard.pages import figures, template
from dashboard.pages.report import frame, left_out
from dashboard.pages.report.boxes import ROWS, Box, row_of
from dashboard.pages.report.tables import TABLES, Breakdown
from dashboard.pages.report.view import REALTIME, View
from dashboard.pages.settings import site_of
from dashboard.services import services
from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Row
from dashboard.stats.protection import limits
from dashboard.stats.reports import last_minutes
from dashboard.stats.reports.last_minutes import Count, LastMinutes
from schema.measures import goals
from schema.measures.goals import Goal
from schema.people.users import Session
from schema.sites.sites import Site

REFRESH_S = 15
_LABEL_EVERY = 5  # minutes
_OF_PERIODS = frozenset({"period", "date", "from", "to", "interval", "metric", "comparison", "match_day_of_week"})
_BOXES = (
    ("pages", "page", TABLES["pages"]["top"]),
    ("sources", "source", TABLES["sources"]["sources"]),
    ("places", "country", TABLES["places"]["countries"]),
)


@dataclass(frozen=True, slots=True)
class Stat:
    name: str
    span: str
    value: str
    exact: str


@dataclass(frozen=True, slots=True)
class GoalRow:
    name: str
    url: str
    visitors: str
    total: str


def show(request: Request, session: Session | None) -> Response:
    """Show the last half hour of a site."""
    state, now = services(request), frame.now_of(request)
    view = _view(request, session, site_of(request), now)
    last = last_minutes.last_minutes(state.database, view.site.id, view.period, view.nodes, privacy=view.site.privacy)
    return template.page(
        "realtime",
        session=session,
        **frame.values(request, session, view),
        refresh_s=REFRESH_S,
        updated=f"{now.astimezone(view.site.zone):%H:%M:%S}",
        stats=stats(view, last),
        chart=chart(view, last),
        boxes=list(boxes(view, last)),
        goals=_goals(request, view),
    )


def url_of(site: Site, query_string: str) -> str:
    """Return the URL of the page for the query string of a report: with its filters, without its period."""
    parts = [part for part in query_string.split("&") if part and part.partition("=")[0] not in _OF_PERIODS]
    return quote(f"/{site.domain}{REALTIME}", safe="/:") + (f"?{'&'.join(parts)}" if parts else "")


def stats(view: View, last: LastMinutes) -> list[Stat]:
    """Return the numbers at the top; with a filter on a goal, those of its conversions."""
    now, half_hour = _("last 5 minutes"), _("last 30 minutes")
    numbers = [(_("Current visitors"), now, last.current.visitors)]
    if view.has_goal:
        numbers += [
            (_("Conversions"), half_hour, last.total.visitors),
            (_("Total conversions"), half_hour, last.total.events),
        ]
    else:
        numbers += [
            (_("Visitors"), half_hour, last.total.visitors),
            (_("Page views"), half_hour, last.total.pageviews),
        ]
    if view.site.privacy.is_exempt:
        return [_protected(name, span, number) for name, span, number in numbers]
    return [Stat(name, span, figures.short(number), figures.exact(number)) for name, span, number in numbers]


def _protected(name: str, span: str, number: int) -> Stat:
    """Return a number of an exempt site, which does not tell 0 from 9."""
    return Stat(
        name, span, figures.short(number) if number else _("<10"), figures.exact(number) if number else _("<10")
    )


def chart(view: View, last: LastMinutes) -> Markup:
    """Return a bar per minute."""
    starts = [start.astimezone(view.site.zone) for start in last_minutes.starts(view.period)]
    drawn = [_bar(number, start, count) for number, (start, count) in enumerate(zip(starts, last.minutes, strict=True))]
    name = _("Conversions by minute") if view.has_goal else _("Visitors by minute")
    empty = _few() if view.site.privacy.is_exempt else _("Nobody in the last 30 minutes.")
    return Markup(bars(drawn, title=name, description=_highest(drawn, empty)))  # noqa: S704 - charts escape their texts


def boxes(view: View, last: LastMinutes) -> Iterator[Box]:
    """Yield the boxes of the last five minutes."""
    for name, kind, table in _BOXES:
        if name in view.left_out:
            continue
        yield _box(view, name, table, last.rows[kind], last.current.visitors)


def _view(request: Request, session: Session | None, site: Site, now: datetime) -> View:
    """Return the view of the URL. The first day of the site does not matter here, so nobody asks for it."""
    period = last_minutes.period(site.zone, now)
    view = frame.view_of(request, session, site, first=period.first, path=REALTIME)
    kept = {name: value for name, value in view.parameters.items() if name not in _OF_PERIODS}
    return replace(view, period=period, before=None, parameters=kept)


def _bar(number: int, start: datetime, count: Count) -> Bar:
    ago = last_minutes.MINUTES - number
    end = start + timedelta(minutes=1)
    visitors = ngettext(
        "%(number)s visitor", "%(number)s visitors", count.visitors, number=figures.exact(count.visitors)
    )
    return Bar(
        count.visitors,
        _("−%(minutes)d min", minutes=ago) if number % _LABEL_EVERY == 0 else "",
        _("%(when)s: %(text)s", when=f"{start:%H:%M:%S} – {end:%H:%M:%S}", text=visitors),
    )


def _highest(drawn: Sequence[Bar], empty: str) -> str:
    top = max(drawn, key=lambda bar: bar.value)
    return top.text if top.value else empty


def _box(view: View, name: str, table: Breakdown, counts: Sequence[Count], visitors: int) -> Box:
    largest = counts[0].visitors if counts else 0
    rows = [_row(count, visitors) for count in counts[:ROWS]]
    refusal = limits.refusal_of(table.dimension, view.site.privacy)
    return Box(
        id=name,
        title=_(table.title),
        tabs=[],
        campaign_tabs=[],
        column=_("Conversions") if view.has_goal else _("Visitors"),
        rows=[row_of(view, table, row, visitors=visitors, largest=largest) for row in rows],
        all_url="",
        all_text="",
        empty=_few() if view.site.privacy.is_exempt else _("Nobody in the last 5 minutes."),
        refusal=language.of(refusal) if refusal else "",
    )


def _row(count: Count, visitors: int) -> Row:
    if count.value == limits.REST:
        return Row((count.value,), (None, None), is_rest=True)
    return Row((count.value,), (count.visitors, 100 * count.visitors / visitors if visitors else 0))


def _few() -> str:
    return _("Fewer than ten visitors.")


def _goals(request: Request, view: View) -> list[GoalRow]:
    """Return the goals that visitors reached in the half hour, most visitors first."""
    every = [] if left_out.GOALS in view.left_out else goals.list_all(services(request).control, view.site.id)
    if not every or view.site.privacy.is_exempt:  # in half an hour, few visitors reach a goal
        return []
    return [_goal(view, row) for row in services(request).ask(_question(view, every), view.site.privacy).rows]


def _question(view: View, every: Sequence[Goal]) -> Query:
    metrics = (Metric.VISITORS, Metric.EVENTS)
    return Query(
        view.site.id, view.period, metrics, (dimensions.GOAL,), filters=view.nodes, goals=tuple(every), limit=ROWS
    )


def _goal(view: View, row: Row) -> GoalRow:
    visitors, total = row.metrics
    return GoalRow(
        row.groups[0],
        view.with_filter("goal", row.groups[0]),
        figures.of_metric(Metric.VISITORS, visitors),
        figures.of_metric(Metric.EVENTS, total),
    )
