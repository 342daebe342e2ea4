"""The tab Journeys of the box of goals: what visitors did just before and just after a page or goal.

The URL names the middle as `around=page:/pricing` or `around=goal:Signup`. Without the prefix, a text that begins with
a slash is a page, any other a goal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard import language
from dashboard.charts.bar import bar
from dashboard.language import gettext as _
from dashboard.language import ngettext
from dashboard.pages import figures
from dashboard.pages.report.view import View
from dashboard.stats.model import dimensions
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Row
from dashboard.stats.protection import limits
from dashboard.stats.reports.journeys import FEWEST, Side, journeys
from schema.measures import goals as goals_of_site
from schema.measures.goals import Goal, GoalError
from schema.stores.database import Database, QueryLimitError

ROWS = 9
ALL_ROWS = 100
SUGGESTED_PAGES = 30
PAGE, GOAL = "page:", "goal:"


@dataclass(frozen=True, slots=True)
class JourneyRow:
    label: str
    url: str  # of the journeys around this page; empty: no page
    visitors: str
    share: str  # of the visitors in the middle
    bar: Markup


@dataclass(frozen=True, slots=True)
class SideList:
    title: str
    rows: list[JourneyRow]
    folded: str  # a sentence about pages with few visitors; empty: there are none
    is_cut: bool  # there are more rows


@dataclass(frozen=True, slots=True)
class JourneysTab:
    around: str  # page or name of a goal, as in the field of the form
    suggestions: list[str]
    hidden: list[tuple[str, str]]  # further fields of the form
    refusal: str = ""  # a sentence, instead of the journeys
    summary: str = ""
    sides: tuple[SideList, ...] = ()
    folders_url: str = ""
    has_folders: bool = False
    all_url: str = ""  # of the view with all rows; empty if it has them


def question(view: View) -> Query:
    """Return the query for the pages that the form suggests."""
    metrics, groups = (Metric.VISITORS,), (dimensions.PAGE,)
    return Query(view.site.id, view.period, metrics, groups, filters=view.nodes, limit=SUGGESTED_PAGES)


def journeys_tab(database: Database, view: View, goals: Sequence[Goal], pages: Sequence[Row]) -> JourneysTab:
    """Return the journeys around the middle. pages: suggestions, most visitors first. Raises ClickHouseError."""
    suggestions = [row.groups[0] for row in pages if not row.is_rest]
    around = view.parameters.get("around") or next(_defaults(view, suggestions), "")
    names = [goal.display_name for goal in goals]
    form = JourneysTab(_plain(around), [*suggestions, *names], list(view.hidden_fields(drop=("around", "all"))))
    try:
        _check(view)
    except QueryError as error:
        return _refused(form, language.of_error(error))
    if not around:
        return _refused(form, _("Nothing in this period."))
    try:
        return _filled(form, database, view, _anchor(view, goals, around))
    except GoalError:
        return _refused(form, _("There is no page or goal “%(name)s”.", name=form.around[:80]))
    except QueryLimitError:
        return _refused(
            form, _("This takes too long to count. Choose a shorter period, or a page with fewer visitors.")
        )


def _check(view: View) -> None:
    """Raise QueryError if the site has no journeys of this period."""
    if view.site.privacy.is_exempt:
        limits.check_rows(view.period, view.nodes, view.site.privacy, today=view.today)


def _anchor(view: View, goals: Sequence[Goal], around: str) -> Goal:
    """Return the goal whose events are the middle. Raises GoalError if the site has none with this name."""
    name = _plain(around)
    if around.startswith(PAGE) or (name.startswith("/") and not around.startswith(GOAL)):
        return goals_of_site.new(view.site.id, page_path=name, display_name=name[:100])
    goal = next((goal for goal in goals if goal.display_name == name), None)
    if goal is None:
        raise GoalError(name)
    return goal


def _plain(around: str) -> str:
    return around.removeprefix(PAGE).removeprefix(GOAL)


def _defaults(view: View, pages: Sequence[str]) -> Iterator[str]:
    """Yield what can be in the middle if the URL names nothing: the filtered page or goal, else the top page."""
    for chosen in view.filters:
        if chosen.op == "is" and chosen.key in ("page", "goal") and len(chosen.values) == 1:
            yield f"{chosen.key}:{chosen.values[0]}"
    yield from (PAGE + page for page in pages)


def _refused(form: JourneysTab, sentence: str) -> JourneysTab:
    return JourneysTab(form.around, form.suggestions, form.hidden, sentence)


def _filled(form: JourneysTab, database: Database, view: View, anchor: Goal) -> JourneysTab:
    by_folder = bool(view.parameters.get("folders"))
    most = ALL_ROWS if view.shows_all else ROWS
    result = journeys(
        database,
        anchor,
        view.period,
        privacy=view.site.privacy,
        today=view.today,
        filters=view.nodes,
        by_folder=by_folder,
        most=most + 1,
    )
    if not result.visitors:
        text = _("Fewer than %(number)s visitors were here. Journeys are shown from %(number)s on.", number=FEWEST)
        return _refused(form, text)
    sides = (
        _side(view, _("Just before"), _("Came in here"), result.before, whole=result.visitors, most=most),
        _side(view, _("Just after"), _("Left here"), result.after, whole=result.visitors, most=most),
    )
    is_cut = any(side.is_cut for side in sides) and not view.shows_all
    return JourneysTab(
        form.around,
        form.suggestions,
        form.hidden,
        summary=_summary(anchor, result.visitors),
        sides=sides,
        folders_url=f"{view.url(folders='' if by_folder else '1')}#goals",
        has_folders=by_folder,
        all_url=f"{view.url(all='goals')}#goals" if is_cut else "",
    )


def _summary(anchor: Goal, visitors: int) -> str:
    number = figures.exact(visitors)
    if anchor.id:
        return ngettext("%(number)s visitor reached it.", "%(number)s visitors reached it.", visitors, number=number)
    return ngettext("%(number)s visitor saw it.", "%(number)s visitors saw it.", visitors, number=number)


def _side(view: View, title: str, no_page: str, side: Side, *, whole: int, most: int) -> SideList:
    shown = side.neighbours[:most]
    largest = shown[0].visitors if shown else 1
    rows = [
        JourneyRow(
            one.page or no_page,
            f"{view.url(drop=['all'], goals='journeys', around=PAGE + one.page)}#goals" if one.page else "",
            figures.short(one.visitors),
            figures.percent(one.visitors / whole),
            Markup(bar(one.visitors / largest)),  # noqa: S704 - contains only a number
        )
        for one in shown
    ]
    folded = _(limits.REST) if side.folded and view.site.privacy.is_exempt else _folded(side.folded)
    return SideList(title, rows, folded, is_cut=len(side.neighbours) > most)


def _folded(pages: int) -> str:
    if not pages:
        return ""
    return ngettext(
        "%(number)s other, with fewer than %(fewest)s visitors",
        "%(number)s others, with fewer than %(fewest)s visitors each",
        pages,
        number=figures.exact(pages),
        fewest=FEWEST,
    )
