"""What was not counted, and why: missing visitors, bots, exclusions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.charts.bar import bar
from dashboard.charts.line import Point, line
from dashboard.language import gettext as _
from dashboard.language import later
from dashboard.pages import figures, template
from dashboard.pages.reasons import EXCLUDED, REDACTIONS, wording
from dashboard.pages.report import frame
from dashboard.pages.report.view import View
from dashboard.pages.settings import site_of
from dashboard.services import services
from dashboard.stats.model.buckets import buckets
from dashboard.stats.model.period import WITHIN_A_DAY, Interval, Period, without_minutes
from dashboard.stats.reports.drops import Drop, by_bucket, drops, first_drop
from dashboard.stats.reports.first_day import first_day
from dashboard.stats.reports.redactions import redactions
from schema.exclusions import rules as exclusions
from schema.exclusions.rules import Exclusion
from schema.people.users import Session
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database

_TITLES = {
    Interval.HOUR: later("Not counted, by hour"),
    Interval.DAY: later("Not counted, by day"),
    Interval.WEEK: later("Not counted, by week"),
    Interval.MONTH: later("Not counted, by month"),
}


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
    site = site_of(request)
    first = _first_day(services(request).database, site, frame.now_of(request))
    view = frame.view_of(request, session, site, first=first, path="/not-counted")
    return _page(request, session, view)


def _first_day(database: Database, site: Site, now: datetime) -> date:
    """Return the first day with an event or a drop."""
    privacy = site.privacy
    days = (
        first_day(database, site.id, site.zone, privacy=privacy),
        first_drop(database, site.id, privacy=privacy),
    )
    return min((day for day in days if day), default=now.astimezone(site.zone).date())


def _page(request: Request, session: Session, view: View) -> Response:
    dropped = drops(services(request).database, view.site.id, view.period, privacy=view.site.privacy)
    lines = _lines(dropped, _rules(services(request).control))
    total = sum(drop.count for drop in dropped)
    return template.page(
        "not_counted",
        session=session,
        **frame.values(request, session, view),
        report_url=view.url(""),
        period_days=figures.days(view.period),
        total=figures.exact(total),
        number=total,
        lines=lines,
        redactions=_redactions(services(request).database, view),
        chart=_chart(dropped, view.period, _interval(view)),
    )


def _redactions(database: Database, view: View) -> list[tuple[str, str, str]]:
    """Return the name, the placeholder and the number of events of what was replaced in counted events."""
    rows = redactions(database, view.site.id, view.period, privacy=view.site.privacy)
    return [(_(REDACTIONS[kind]), f":{kind}", figures.exact(count)) for kind, count in rows]


def _interval(view: View) -> Interval:
    """Return the interval of the chart. Hits have hours at best, and those of an exempt site have days."""
    is_by_day = view.site.privacy.is_exempt and view.interval in WITHIN_A_DAY
    return Interval.DAY if is_by_day else without_minutes(view.interval)


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
        return RuleLine(_("Removed rule"), "", count)
    return RuleLine(rule.rule.note or _("No note"), language.of(rule.sentence), count)


def _chart(dropped: Sequence[Drop], period: Period, interval: Interval) -> Markup:
    spans = buckets(period, interval)
    points = [
        Point(
            count,
            figures.below_axis(bucket.label, interval),
            _(
                "%(when)s: %(count)s not counted",
                when=figures.bucket(bucket.label, interval),
                count=figures.exact(count),
            ),
        )
        for bucket, count in zip(spans, by_bucket(dropped, spans), strict=True)
    ]
    svg = line(
        points,
        title=_(_TITLES[interval]),
        description=f"{figures.days(period)}. {_highest(points)}",
        is_unfinished=period.until is not None,
        number=figures.short,
    )
    return Markup(svg)  # noqa: S704 - charts escape their texts


def _highest(points: Sequence[Point]) -> str:
    return _("Highest on %(text)s.", text=max(points, key=lambda point: point.value or 0).text)
