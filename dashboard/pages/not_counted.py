"""What was not counted, and why: missing visitors, bots, exclusions."""

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
from dashboard.services import services
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
class RuleLine:
    """An exclusion, and how many hits it dropped."""

    note: str
    what: str  # its condition; empty if the rule was removed
    count: str


@dataclass(frozen=True, slots=True)
class ReasonLine:
    title: str
    sentence: str
    count: str
    percent: str
    bar: Markup  # relative to the largest line
    rules: list[RuleLine]


def show(request: Request, session: Session) -> Response:
    """Show the hits of a period that were not counted."""
    site, problem = site_of(request), ""
    now = datetime.fromtimestamp(services(request).clock(), UTC)
    first = _first_day(services(request).database, site, now)
    try:
        choice = picker.chosen(request.query_params, site, now=now, first_day=first)
    except QueryError as error:
        problem, choice = str(error), picker.default(request.query_params, site, now=now, first_day=first)
    return _page(request, session, site=site, choice=choice, problem=problem)


def _first_day(database: Database, site: Site, now: datetime) -> date:
    """Return the first day with an event or a drop."""
    days = first_day(database, site.id, site.zone), first_drop(database, site.id)
    return min((day for day in days if day), default=now.astimezone(site.zone).date())


def _page(request: Request, session: Session, *, site: Site, choice: Choice, problem: str) -> Response:
    dropped = drops(services(request).database, site.id, choice.period)
    lines = _lines(dropped, _rules(services(request).control))
    total = sum(drop.count for drop in dropped)
    return template.page(
        "not_counted",
        session=session,
        status=400 if problem else 200,
        site=site,
        problem=problem,
        problems=services(request).problems(),
        menu=picker.menu(f"/{site.domain}/not-counted", choice.period),
        report_url=picker.address(f"/{site.domain}", choice.period),
        period_days=picker.days_of(choice.period),
        total=figures.exact(total),
        is_one=total == 1,
        lines=lines,
        chart=_chart(dropped, choice.period),
    )


def _rules(control: Control) -> dict[int, Exclusion]:
    return {rule.id: rule for rule in exclusions.list_all(control)}


def _lines(dropped: Sequence[Drop], rules: dict[int, Exclusion]) -> list[ReasonLine]:
    """Return one line per reason, most frequent first."""
    counts: Counter[str] = Counter()
    for drop in dropped:
        counts[drop.reason] += drop.count
    ranked = counts.most_common()
    return [
        ReasonLine(
            title=wording(reason).title,
            sentence=wording(reason).sentence,
            count=figures.exact(count),
            percent=figures.percent(count / counts.total()),
            bar=Markup(bar(count / ranked[0][1])),  # noqa: S704 - contains only a number
            rules=_rule_lines(dropped, rules) if reason == EXCLUDED else [],
        )
        for reason, count in ranked
    ]


def _rule_lines(dropped: Sequence[Drop], rules: dict[int, Exclusion]) -> list[RuleLine]:
    counts: Counter[int] = Counter()
    for drop in dropped:
        if drop.reason == EXCLUDED:
            counts[drop.rule] += drop.count
    return [_rule(rules.get(rule_id), figures.exact(count)) for rule_id, count in counts.most_common()]


def _rule(rule: Exclusion | None, count: str) -> RuleLine:
    if rule is None:
        return RuleLine("Removed rule", "", count)
    return RuleLine(rule.rule.note or "No note", rule.described, count)


def _chart(dropped: Sequence[Drop], period: Period) -> Markup:
    interval = intervals(period)[0]
    spans = buckets(period, interval)
    points = [
        Point(
            count,
            timeline.short_label(bucket.label, interval),
            f"{timeline.long_label(bucket.label, interval)}: {figures.exact(count)} not counted",
        )
        for bucket, count in zip(spans, by_bucket(dropped, spans), strict=True)
    ]
    svg = line(
        points,
        title=f"Not counted, by {interval.value}",
        description=f"{picker.days_of(period)}. {timeline.highest(points)}",
        is_unfinished=period.until is not None,
        number=figures.short,
    )
    return Markup(svg)  # noqa: S704 - charts escape their texts
