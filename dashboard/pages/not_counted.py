"""What was not counted, and why: for whoever misses visitors, or wonders how many bots there are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from dashboard.charts.bar import bar
from dashboard.charts.line import Point, line
from dashboard.pages import figures, picker, template, timeline
from dashboard.pages.picker import Choice
from dashboard.pages.reasons import EXCLUDED, wording
from dashboard.pages.settings import site_of
from dashboard.stats.model.buckets import buckets
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.period import Period, intervals
from dashboard.stats.reports.drops import Drop, by_bucket, drops, first_drop
from dashboard.stats.reports.first_day import first_day
from schema.exclusions import rules as exclusions
from schema.exclusions.rules import Exclusion
from schema.sites.sites import Site
from schema.sites.users import Session
from schema.stores.control import Control
from schema.stores.database import Database


@dataclass(frozen=True, slots=True)
class Rule:
    """An exclusion that kept hits out."""

    note: str
    what: str  # it looks at; empty: it was removed since
    count: str


@dataclass(frozen=True, slots=True)
class Line:
    title: str
    sentence: str
    count: str
    percent: str
    bar: Markup  # against the greatest line
    rules: list[Rule]


def show(request: Request, session: Session) -> Response:
    """Show the hits of a period that were not counted."""
    site, problem = site_of(request), ""
    now = datetime.fromtimestamp(request.app.state.clock(), UTC)
    first = _first_day(request.app.state.database, site, now)
    try:
        choice = picker.chosen(request.query_params, site, now=now, first_day=first)
    except QueryError as error:
        problem, choice = str(error), picker.default(request.query_params, site, now=now, first_day=first)
    return _page(request, session, site=site, choice=choice, problem=problem)


def _first_day(database: Database, site: Site, now: datetime) -> date:
    """Return since when anything is known of a site."""
    known = first_day(database, site.id, site.zone), first_drop(database, site.id)
    return min((day for day in known if day), default=now.astimezone(site.zone).date())


def _page(request: Request, session: Session, *, site: Site, choice: Choice, problem: str) -> Response:
    found = drops(request.app.state.database, site.id, choice.period)
    lines = _lines(found, _rules(request.app.state.control))
    total = sum(drop.count for drop in found)
    return template.page(
        "not_counted",
        session=session,
        status=400 if problem else 200,
        site=site,
        problem=problem,
        problems=request.app.state.problems(),
        menu=picker.menu(f"/{site.domain}/not-counted", choice.period),
        report_url=picker.address(f"/{site.domain}", choice.period),
        period_days=picker.days_of(choice.period),
        total=figures.exact(total),
        is_one=total == 1,
        lines=lines,
        chart=_chart(found, choice.period),
    )


def _rules(control: Control) -> dict[int, Exclusion]:
    return {rule.id: rule for rule in exclusions.list_all(control)}


def _lines(found: Sequence[Drop], rules: dict[int, Exclusion]) -> list[Line]:
    """Return a line a reason, the most frequent first."""
    counts: Counter[str] = Counter()
    for drop in found:
        counts[drop.reason] += drop.count
    ranked = counts.most_common()
    return [
        Line(
            title=wording(reason).title,
            sentence=wording(reason).sentence,
            count=figures.exact(count),
            percent=figures.percent(count / counts.total()),
            bar=Markup(bar(count / ranked[0][1])),  # noqa: S704 - made of a number
            rules=_rule_lines(found, rules) if reason == EXCLUDED else [],
        )
        for reason, count in ranked
    ]


def _rule_lines(found: Sequence[Drop], rules: dict[int, Exclusion]) -> list[Rule]:
    counts: Counter[int] = Counter()
    for drop in found:
        if drop.reason == EXCLUDED:
            counts[drop.rule] += drop.count
    return [_rule(rules.get(number), figures.exact(count)) for number, count in counts.most_common()]


def _rule(rule: Exclusion | None, count: str) -> Rule:
    if rule is None:
        return Rule("A rule that was removed", "", count)
    return Rule(rule.rule.note or "Without a note", rule.described, count)


def _chart(found: Sequence[Drop], period: Period) -> Markup:
    interval = intervals(period)[0]
    pieces = buckets(period, interval)
    points = [
        Point(
            count,
            timeline.short_label(piece.label, interval),
            f"{timeline.long_label(piece.label, interval)}: {figures.exact(count)} not counted",
        )
        for piece, count in zip(pieces, by_bucket(found, pieces), strict=True)
    ]
    drawn = line(
        points,
        title=f"Not counted, by {interval.value}",
        description=f"{picker.days_of(period)}. {timeline.highest(points)}",
        is_unfinished=period.until is not None,
        number=figures.short,
    )
    return Markup(drawn)  # noqa: S704 - charts escape every text they are given
