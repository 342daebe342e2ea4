"""The first sentence of a report: yesterday against the same weekday before, and what gained most.

It is made by rule from questions about eight days, and about values on their two ends alone: a site has thousands of
pages. It is the summary of the chart for screen readers.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from babel.dates import format_date
from markupsafe import Markup, escape

from dashboard.language import gettext as _
from dashboard.language import locale, ngettext
from dashboard.pages import figures
from dashboard.pages.report import left_out
from dashboard.pages.report.filters import key_of
from dashboard.pages.report.labels import label_of
from dashboard.pages.report.view import View
from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import MAX_LIMIT, Query
from dashboard.stats.model.result import Row
from schema.measures.goals import Goal

WEEK = timedelta(days=7)
SMALLEST_GAIN = 2  # visitors; a single one more is chance
_MOVERS = (dimensions.SOURCE, dimensions.PAGE)
_BEFORE = "_before"  # in the names of questions about the day a week before
_NAMES = {dimensions.SOURCE: "sentence_sources", dimensions.PAGE: "sentence_pages"}


def questions(view: View, now: datetime, goals: Sequence[Goal]) -> dict[str, Query]:
    """Return the queries of the sentence by name; none for a site that began today."""
    yesterday = _yesterday(view, now)
    if yesterday < view.first_day:
        return {}
    eight_days = Period("custom", yesterday - WEEK, yesterday, view.site.zone)
    totals = Query(view.site.id, eight_days, (Metric.VISITORS,), (Interval.DAY,), filters=view.nodes)
    named = {"sentence": totals}
    movers = [dimension for dimension in _MOVERS if left_out.box_of(dimension) not in view.left_out]
    for dimension in movers if view.first_day <= yesterday - WEEK else ():
        for suffix, day in (("", yesterday), (_BEFORE, yesterday - WEEK)):
            named[_NAMES[dimension] + suffix] = Query(
                view.site.id,
                Period("custom", day, day, view.site.zone),
                (Metric.VISITORS,),
                (dimension,),
                filters=view.nodes,
                limit=MAX_LIMIT,
            )
    if goals and left_out.GOALS not in view.left_out:
        one_day = Period("yesterday", yesterday, yesterday, view.site.zone)
        named["sentence_goals"] = Query(
            view.site.id,
            one_day,
            (Metric.VISITORS,),
            (dimensions.GOAL,),
            filters=view.nodes,
            goals=tuple(goals),
            limit=1,
        )
    return named


def sentence(view: View, now: datetime, answers: Mapping[str, tuple[Row, ...]]) -> Markup:
    """Return the sentence with its links, or nothing for a site that began today."""
    if "sentence" not in answers:
        return Markup("")
    yesterday = _yesterday(view, now)
    return Markup(" ").join([_visitors(view, yesterday, answers["sentence"]), *_more(view, yesterday, answers)])


def _visitors(view: View, yesterday: date, rows: Sequence[Row]) -> Markup:
    counts = {row.groups[0]: row.numbers[0] for row in rows}
    new, old = counts.get(str(yesterday), 0), counts.get(str(yesterday - WEEK), 0)
    link = _link(_("Yesterday"), view.of_period({"period": "yesterday"}))
    if not new and view.site.privacy.is_exempt:
        return _filled(_("%(yesterday)s brought fewer than ten visitors."), yesterday=link)
    if not new:
        return _filled(_("%(yesterday)s brought no visitors."), yesterday=link)
    text = ngettext(
        "%%(yesterday)s brought %(number)s visitor",
        "%%(yesterday)s brought %(number)s visitors",
        new,
        number=figures.exact(new),
    )
    return _filled(text + _comparison(view, yesterday, new, old) + ".", yesterday=link)


def _comparison(view: View, yesterday: date, new: float, old: float) -> str:
    """Return how much more that was than a week before; empty if the site was not there."""
    before = yesterday - WEEK
    if before < view.first_day or not old:
        return ""
    weekday, points = format_date(before, "EEEE", locale=locale()), round((new - old) * 100 / old)
    size = figures.of_percent(abs(points), "#,##0").replace("%", "%%")
    if points == 0:
        return _(", as many as the %(weekday)s before", weekday=weekday)
    if points > 0:
        return _(", %(size)s more than the %(weekday)s before", size=size, weekday=weekday)
    return _(", %(size)s less than the %(weekday)s before", size=size, weekday=weekday)


def _more(view: View, yesterday: date, answers: Mapping[str, tuple[Row, ...]]) -> Iterator[Markup]:
    for row in answers.get("sentence_goals", ()):
        name = row.groups[0]
        text = ngettext(
            "%(number)s visitor reached %%(goal)s.",
            "%(number)s visitors reached %%(goal)s.",
            row.numbers[0],
            number=figures.exact(row.numbers[0]),
        )
        yield _filled(text, goal=_link(name, _of_yesterday(view, dimensions.GOAL, name)))
    movers = [mover for dimension in _MOVERS if (mover := _mover(view, yesterday, dimension, answers))]
    if movers:
        yield _filled(_("Gained most: %(movers)s."), movers=escape(_(" and ")).join(movers))


def _mover(view: View, yesterday: date, dimension: Dimension, answers: Mapping[str, tuple[Row, ...]]) -> Markup | None:
    """Return a link to the value that gained the most visitors over a week, or None if none gained enough."""
    new, old = (answers.get(_NAMES[dimension] + suffix, ()) for suffix in ("", _BEFORE))
    if view.first_day > yesterday - WEEK or MAX_LIMIT in (len(new), len(old)):  # some values are not known
        return None
    before = {row.groups[0]: row.numbers[0] for row in old}
    gains = {row.groups[0]: row.numbers[0] - before.get(row.groups[0], 0) for row in new if not row.is_rest}
    best = max(gains, key=gains.__getitem__, default="")
    if not best or gains[best] < SMALLEST_GAIN:
        return None
    link = _link(label_of(dimension, best), _of_yesterday(view, dimension, best))
    return _filled("%(link)s (+%(gain)s)", link=link, gain=figures.exact(gains[best]))


def _of_yesterday(view: View, dimension: Dimension, value: str) -> str:
    return view.of_period({"period": "yesterday"}, adding=(key_of(dimension), value))


def _yesterday(view: View, now: datetime) -> date:
    return now.astimezone(view.site.zone).date() - timedelta(days=1)


def _link(text: str, url: str) -> Markup:
    return Markup('<a href="{}"><bdi>{}</bdi></a>').format(url, text)


def _filled(text: str, **values: object) -> Markup:
    """Return a translated text with values; they are escaped unless they are markup."""
    return Markup(escape(text)) % values  # noqa: S704 - the text is escaped
