"""The weekly or monthly report of a site: what the mail says, as finished values in one language."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from babel.dates import format_date

from dashboard import language
from dashboard.language import gettext as _
from dashboard.language import locale, ngettext
from dashboard.mail import due
from dashboard.pages import figures
from dashboard.pages.report.boxes import row_of
from dashboard.pages.report.labels import label_of
from dashboard.pages.report.tables import TABLES, Breakdown
from dashboard.pages.report.top_stats import Stat, top_stats
from dashboard.pages.report.view import METRICS, View
from dashboard.services import Services
from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Period
from dashboard.stats.model.query import MAX_LIMIT, Query
from dashboard.stats.model.result import Row
from dashboard.stats.protection import limits
from dashboard.stats.reports.first_day import first_day
from schema.mail.subscriptions import Kind
from schema.measures import goals
from schema.measures.goals import Goal
from schema.sites.sites import Site

ROWS = 5
_PAGES, _SOURCES = TABLES["pages"]["top"], TABLES["sources"]["sources"]
_BOXES = {"pages": _PAGES, "sources": _SOURCES}


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    number: str
    share: str  # of all visitors; empty if unknown
    width: int  # percent of the longest bar
    url: str = ""  # of the report filtered by it; empty: none


@dataclass(frozen=True, slots=True)
class Box:
    title: str
    lines: Sequence[Line]
    note: str = ""  # instead of lines


@dataclass(frozen=True, slots=True)
class Report:
    kind: Kind
    title: str  # of the site
    days: str
    sentence: str  # also the subject
    note: str  # about rounding; empty: the figures are exact
    stats: Sequence[Stat]
    boxes: Sequence[Box]
    url: str  # of the whole report


def of_days(services: Services, site: Site, kind: Kind, *, first: date, last: date) -> Report:
    """Return the report of a week or month, in the language of the context. Raises as a query does."""
    view = _view(services, site, kind, first, last)
    every = goals.list_all(services.control, site.id)
    questions = _questions(view, every)
    refusals = {
        name: language.of(reason)
        for name, query in questions.items()
        if (reason := limits.refusal(query, site.privacy, today=view.today))
    }
    results = services.ask_page({name: one for name, one in questions.items() if name not in refusals}, site.privacy)
    answers = {name: result.rows for name, result in results.items()}
    now, old = answers["totals"][0], answers.get("totals_before", (None,))[0]
    visitors = now.numbers[0]
    boxes = [_box(view, name, answers.get(name, ()), visitors, refusals.get(name, "")) for name in _BOXES]
    if every:
        boxes.append(_goals(view, answers.get("goals", ()), refusals.get("goals", "")))
    return Report(
        kind=kind,
        title=site.title,
        days=figures.days(view.period),
        sentence=_sentence(view, kind, visitors, old.numbers[0] if old else 0),
        note=_note(site),
        stats=[replace(stat, url=services.base_url + stat.url) for stat in top_stats(view, now, old)],
        boxes=[_with_addresses(box, services.base_url) for box in boxes],
        url=services.base_url + view.url(),
    )


def _view(services: Services, site: Site, kind: Kind, first: date, last: date) -> View:
    today = datetime.fromtimestamp(services.clock(), UTC).astimezone(site.zone).date()
    began = first_day(services.database, site.id, site.zone, privacy=site.privacy) or today
    day_before, end_before = due.before(kind, first)
    if kind is Kind.WEEKLY:
        parameters = {"period": "custom", "from": str(first), "to": str(last)}
    else:
        parameters = {"period": "month", "date": str(first)}
    return View(
        site,
        Period("custom", first, last, site.zone),
        Period("custom", day_before, end_before, site.zone) if began <= end_before else None,
        began,
        today,
        parameters=parameters,
    )


def _questions(view: View, every: Sequence[Goal]) -> dict[str, Query]:
    totals = Query(view.site.id, view.period, METRICS)
    questions = {"totals": totals}
    if view.before:
        questions["totals_before"] = replace(totals, period=view.before)
    for name, table in _BOXES.items():
        questions[name] = Query(
            view.site.id,
            view.period,
            (Metric.VISITORS,),
            (table.dimension,),
            # The rest of an exempt site is known from all rows. Visits without a source are not listed.
            limit=MAX_LIMIT if view.site.privacy.is_exempt else ROWS + 1,
        )
    if every:
        metrics = (Metric.VISITORS, Metric.CONVERSION_RATE)
        questions["goals"] = Query(view.site.id, view.period, metrics, (dimensions.GOAL,), goals=tuple(every))
    return questions


def _sentence(view: View, kind: Kind, new: float, old: float) -> str:
    when = _("Last week") if kind is Kind.WEEKLY else _("In %(month)s", month=_month(view.period.first))
    site = view.site.title
    if not new and view.site.privacy.is_exempt:
        return _("%(when)s, %(site)s had fewer than ten visitors.", when=when, site=site)
    if not new:
        return _("%(when)s, %(site)s had no visitors.", when=when, site=site)
    text = ngettext(
        "%(when)s, %(site)s had %(number)s visitor",
        "%(when)s, %(site)s had %(number)s visitors",
        new,
        number=figures.exact(new),
        when=when,
        site=site,
    )
    return text + _comparison(kind, new, old) + "."


def _comparison(kind: Kind, new: float, old: float) -> str:
    if not old:
        return ""
    points = round((new - old) * 100 / old)
    size = figures.of_percent(abs(points), "#,##0")
    is_weekly = kind is Kind.WEEKLY
    if points == 0:
        return _(", as many as the week before") if is_weekly else _(", as many as the month before")
    if points > 0:
        text = _(", %(size)s more than the week before") if is_weekly else _(", %(size)s more than the month before")
    else:
        text = _(", %(size)s less than the week before") if is_weekly else _(", %(size)s less than the month before")
    return text % {"size": size}


def _month(first: date) -> str:
    return format_date(first, "MMMM y", locale=locale())


def _note(site: Site) -> str:
    if not site.privacy.is_exempt:
        return ""
    return _("Figures are rounded to the nearest ten; groups under ten are in Other (<10).")


def _box(view: View, name: str, rows: Sequence[Row], visitors: float, refusal: str) -> Box:
    table = _BOXES[name]
    title = _(table.title)
    if refusal:
        return Box(title, (), refusal)
    shown = [row for row in rows if row.groups[0] and not row.is_rest][:ROWS]
    shown += [row for row in rows if row.is_rest]
    largest = max((row.numbers[0] for row in shown), default=0)
    lines = [_line(view, table, row, visitors, largest) for row in shown]
    return Box(title, lines, "" if lines else _("None in these days."))


def _line(view: View, table: Breakdown, row: Row, visitors: float, largest: float) -> Line:
    shown = row_of(view, table, row, visitors=visitors, largest=largest)
    return Line(shown.label, shown.visitors, shown.percent, _width(row.numbers[0], largest), shown.url)


def _goals(view: View, rows: Sequence[Row], refusal: str) -> Box:
    title = _("Goals")
    if refusal:
        return Box(title, (), refusal)
    reached = [row for row in rows if row.is_rest or row.numbers[0]]
    shown = [row for row in reached if not row.is_rest][:ROWS] + [row for row in reached if row.is_rest]
    largest = max((row.numbers[0] for row in shown), default=0)
    lines = [
        Line(
            label_of(dimensions.GOAL, row.groups[0]),
            figures.of_metric(Metric.VISITORS, row.metrics[0]),
            "" if row.metrics[1] is None else figures.of_metric(Metric.CONVERSION_RATE, row.metrics[1]),
            _width(row.numbers[0], largest),
            "" if row.is_rest else view.with_filter("goal", row.groups[0]),
        )
        for row in shown
    ]
    return Box(title, lines, "" if lines else _("No goal was reached in these days."))


def _with_addresses(box: Box, base_url: str) -> Box:
    lines = [replace(line, url=base_url + line.url) if line.url else line for line in box.lines]
    return replace(box, lines=lines)


def _width(number: float, largest: float) -> int:
    return max(round(100 * min(number / largest, 1)), 1) if largest and number else 0
