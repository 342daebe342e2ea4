"""The tab Funnels of the box of goals: how many visitors reached each step of a funnel, and how many left before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from dashboard import language
from dashboard.charts.column import column
from dashboard.language import gettext as _
from dashboard.pages import figures
from dashboard.pages.report.boxes import Tab
from dashboard.pages.report.view import View
from dashboard.stats.model.error import QueryError
from dashboard.stats.reports.funnel import Passage, passage
from schema.measures.funnels import Funnel
from schema.stores.database import Database


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    url: str  # of the view filtered by the goal
    visitors: str
    of_first: str
    of_previous: str  # empty for the first step
    drop: str  # visitors who reached the step before and not this one; empty for the first step
    column: Markup


@dataclass(frozen=True, slots=True)
class FunnelTab:
    choice: list[Tab]  # the funnels of the site, if there are several
    name: str = ""
    summary: str = ""
    steps: tuple[Step, ...] = ()
    refusal: str = ""  # a sentence, instead of the steps
    refusal_url: str = ""  # of the view without the filters that the sentence is about


def funnel_tab(database: Database, view: View, funnels: Sequence[Funnel]) -> FunnelTab:
    """Return the funnel that the URL names, or else the first. Raises ClickHouseError, QueryLimitError."""
    if not funnels:
        return FunnelTab([])
    funnel = chosen(view, funnels)
    choice = [_tab(view, one, is_open=one is funnel) for one in funnels] if len(funnels) > 1 else []
    try:
        result = passage(database, funnel, view.period, privacy=view.site.privacy, today=view.today, filters=view.nodes)
    except QueryError as error:
        if view.site.privacy.is_exempt:
            return FunnelTab(choice, funnel.name, refusal=language.of_error(error))
        refusal = _("A funnel cannot be filtered by a goal or a page: its steps are goals already.")
        return FunnelTab(choice, funnel.name, refusal=refusal, refusal_url=_without_steps(view))
    return FunnelTab(choice, funnel.name, _summary(result), tuple(steps(view, funnel, result)))


def chosen(view: View, funnels: Sequence[Funnel]) -> Funnel:
    """Return the funnel that the URL names, or else the first."""
    return next((funnel for funnel in funnels if str(funnel.id) == view.parameters.get("funnel")), funnels[0])


def steps(view: View, funnel: Funnel, result: Passage) -> list[Step]:
    """Return the steps with their numbers as text."""
    first = result.visitors[0]
    drops = ["", *(_drop(before, after) for before, after in pairwise(result.visitors))]
    rates = ["", *(figures.percent(_share(after, before)) for before, after in pairwise(result.visitors))]
    return [
        Step(
            goal.display_name,
            view.with_filter("goal", goal.display_name),
            figures.exact(visitors),
            figures.percent(_share(visitors, first)),
            rate,
            drop,
            Markup(column(_share(visitors, first))),  # noqa: S704 - contains only a number
        )
        for goal, visitors, rate, drop in zip(funnel.steps, result.visitors, rates, drops, strict=True)
    ]


def _summary(result: Passage) -> str:
    first, last = result.visitors[0], result.visitors[-1]
    return _(
        "%(first)s of %(all)s visitors began (%(began)s), %(last)s reached the end (%(ended)s of them).",
        first=figures.exact(first),
        all=figures.exact(result.all_visitors),
        began=figures.percent(_share(first, result.all_visitors)),
        last=figures.exact(last),
        ended=figures.percent(_share(last, first)),
    )


def _drop(before: int, after: int) -> str:
    lost = before - after
    return _("−%(number)s (%(share)s)", number=figures.exact(lost), share=figures.percent(_share(lost, before)))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0


def _tab(view: View, funnel: Funnel, *, is_open: bool) -> Tab:
    return Tab(funnel.name, f"{view.url(goals='funnels', funnel=str(funnel.id))}#goals", is_open)


def _without_steps(view: View) -> str:
    """Return the URL of the view without filters by goal or page, or without segments that contain one."""
    keys = {chosen.key for chosen in view.filters}
    dropped = {"goal", "page"} if keys & {"goal", "page"} else {"segment"}
    return f"{view.with_filters([chosen for chosen in view.filters if chosen.key not in dropped])}#goals"
