"""What a report lacks because hits could not be stored: how many, when, and why."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from babel.dates import format_time

from dashboard.language import gettext as _
from dashboard.language import later, locale, ngettext
from dashboard.pages import figures
from dashboard.pages.report.view import View
from dashboard.services import Services
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.query import Query
from dashboard.stats.protection import rounding
from schema.sites import refused_hits
from schema.sites.refused_hits import MINUTE_S, Cause, Outage

MOST_OUTAGES = 3  # that get a sentence each, the latest
CAUSES = {
    Cause.LIMIT: later("while ClickHouse did not accept events and the spool was full"),
    Cause.DISK_FULL: later("while the disk was full"),
    Cause.DISK: later("while the disk could not be written"),
}


def sentences(state: Services, view: View) -> list[str]:
    """Return a sentence for each outage of the period, and how much of the period arrived; none without outages.

    A filter leaves the share out: nothing is stored of these hits that a filter could match.
    """
    period, site = view.period, view.site
    lacking = refused_hits.outages(state.control, site.id, start=period.start.timestamp(), end=period.end.timestamp())
    if site.privacy.is_exempt:
        return _of_exempt(lacking, view)
    texts = [_when(outage, view) for outage in lacking[-MOST_OUTAGES:]]
    hits = sum(outage.hits for outage in lacking)
    if len(lacking) > MOST_OUTAGES:
        texts.insert(0, _in_all(hits))
    return [_arrived(state, view, hits), *texts] if lacking and not view.nodes else texts


def _arrived(state: Services, view: View, refused: int) -> str:
    query = Query(view.site.id, view.period, (Metric.EVENTS,))
    events = float(state.ask(query, view.site.privacy).rows[0].numbers[0] or 0)
    return _("%(percent)s of events arrived.", percent=share(events, refused))


def share(arrived: float, refused: int) -> str:
    """Return the share of what arrived: 99.98%. It is rounded down: what lacks something is not 100%."""
    hundredths = int(arrived / (arrived + refused) * 10_000)
    return figures.of_percent(hundredths / 100)


def _when(outage: Outage, view: View) -> str:
    start, end = (datetime.fromtimestamp(at, UTC).astimezone(view.site.zone) for at in (outage.start, outage.end))
    values = {
        "number": figures.exact(outage.hits),
        "when": figures.moment(start),
        "until": figures.moment(end) if start.date() != end.date() else format_time(end, "HH:mm", locale=locale()),
        "why": reasons(outage.causes),
    }
    if outage.end - outage.start == MINUTE_S:
        return ngettext(
            "%(number)s hit was refused on %(when)s, %(why)s.",
            "%(number)s hits were refused on %(when)s, %(why)s.",
            outage.hits,
            **values,
        )
    return ngettext(
        "%(number)s hit was refused from %(when)s to %(until)s, %(why)s.",
        "%(number)s hits were refused from %(when)s to %(until)s, %(why)s.",
        outage.hits,
        **values,
    )


def reasons(causes: frozenset[Cause]) -> str:
    """Return why hits were refused, as the end of a sentence."""
    return _(" and ").join(_(CAUSES[cause]) for cause in sorted(causes))


def _in_all(hits: int) -> str:
    return _("%(number)s hits were refused in this period. The latest:", number=figures.exact(hits))


def _of_exempt(lacking: Sequence[Outage], view: View) -> list[str]:
    """Return a sentence for each day, with rounded numbers and without the time."""
    days: dict[date, list[Outage]] = {}
    for outage in lacking:
        days.setdefault(view.site.day_of(outage.start), []).append(outage)
    return [_on_day(day, days[day]) for day in sorted(days)[-MOST_OUTAGES:]]


def _on_day(day: date, lacking: Sequence[Outage]) -> str:
    hits = sum(outage.hits for outage in lacking)
    values = {
        "day": figures.full_day(day),
        "why": reasons(frozenset[Cause]().union(*(outage.causes for outage in lacking))),
    }
    if shown := rounding.shown(hits, hits):
        return _("About %(number)s hits were refused on %(day)s, %(why)s.", number=figures.exact(shown), **values)
    return _("A few hits were refused on %(day)s, %(why)s.", **values)
