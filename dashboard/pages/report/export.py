"""The whole report as a ZIP of CSV files, with Plausible's file names and columns, so that spreadsheets go on working.

Under a goal filter, lists have conversions and their rate. The sheet of facts: Plausible's dashboard export.
"""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from dashboard.pages.report import csv_file, frame, left_out
from dashboard.pages.report.view import View
from dashboard.services import services
from dashboard.stats.answer.empty_intervals import filled
from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import WITHIN_A_DAY
from dashboard.stats.model.query import MAX_LIMIT, Query
from dashboard.stats.model.result import Result
from dashboard.stats.protection import limits
from schema.measures import custom_props, goals
from schema.measures.goals import Goal
from schema.people.users import Session
from schema.records.csv_cell import guarded

_OF_VISITS = {"visitors": Metric.VISITORS, "bounce_rate": Metric.BOUNCE_RATE, "visit_duration": Metric.VISIT_DURATION}
_VISITORS = {"visitors": Metric.VISITORS}
_CONVERSIONS = {"conversions": Metric.VISITORS, "conversion_rate": Metric.GROUP_CONVERSION_RATE}
_OVER_TIME = {
    "visitors": Metric.VISITORS,
    "pageviews": Metric.PAGEVIEWS,
    "visits": Metric.VISITS,
    "views_per_visit": Metric.VIEWS_PER_VISIT,
    "bounce_rate": Metric.BOUNCE_RATE,
    "visit_duration": Metric.VISIT_DURATION,
}
_OF_PAGE_OVER_TIME = {name: metric for name, metric in _OVER_TIME.items() if metric is not Metric.VIEWS_PER_VISIT} | {
    "scroll_depth": Metric.SCROLL_DEPTH
}
_OF_GOAL_OVER_TIME = {
    "unique_conversions": Metric.VISITORS,
    "total_conversions": Metric.EVENTS,
    "conversion_rate": Metric.CONVERSION_RATE,
}
_OF_GOALS = {"unique_conversions": Metric.VISITORS, "total_conversions": Metric.EVENTS}
_OF_PROPS = {"visitors": Metric.VISITORS, "events": Metric.EVENTS, "percentage": Metric.PERCENTAGE}


@dataclass(frozen=True, slots=True)
class File:
    """A breakdown: its columns are `names`, for the dimensions, and those of `metrics`."""

    dimensions: tuple[Dimension, ...]
    metrics: Mapping[str, Metric]
    names: tuple[str, ...] = ("name",)


FILES: Mapping[str, File] = MappingProxyType(
    {
        "sources": File((dimensions.SOURCE,), _OF_VISITS),
        "channels": File((dimensions.CHANNEL,), _OF_VISITS),
        "utm_mediums": File((dimensions.UTM_MEDIUM,), _OF_VISITS),
        "utm_sources": File((dimensions.UTM_SOURCE,), _OF_VISITS),
        "utm_campaigns": File((dimensions.UTM_CAMPAIGN,), _OF_VISITS),
        "utm_contents": File((dimensions.UTM_CONTENT,), _OF_VISITS),
        "utm_terms": File((dimensions.UTM_TERM,), _OF_VISITS),
        "referrers": File((dimensions.REFERRER,), _OF_VISITS),
        "pages": File(
            (dimensions.PAGE,),
            {
                "visitors": Metric.VISITORS,
                "pageviews": Metric.PAGEVIEWS,
                "bounce_rate": Metric.BOUNCE_RATE,
                "time_on_page": Metric.TIME_ON_PAGE,
                "scroll_depth": Metric.SCROLL_DEPTH,
            },
        ),
        "entry_pages": File(
            (dimensions.ENTRY_PAGE,),
            {
                "unique_entrances": Metric.VISITORS,
                "total_entrances": Metric.VISITS,
                "bounce_rate": Metric.BOUNCE_RATE,
                "visit_duration": Metric.VISIT_DURATION,
            },
        ),
        "exit_pages": File((dimensions.EXIT_PAGE,), {"unique_exits": Metric.VISITORS, "total_exits": Metric.VISITS}),
        "countries": File((dimensions.COUNTRY,), _VISITORS),
        "regions": File((dimensions.NAMED_REGION,), _VISITORS),
        "cities": File((dimensions.NAMED_CITY,), _VISITORS),
        "browsers": File((dimensions.BROWSER,), _VISITORS),
        "browser_versions": File((dimensions.BROWSER, dimensions.BROWSER_VERSION), _VISITORS, ("name", "version")),
        "operating_systems": File((dimensions.OS,), _VISITORS),
        "operating_system_versions": File((dimensions.OS, dimensions.OS_VERSION), _VISITORS, ("name", "version")),
        "devices": File((dimensions.DEVICE,), _VISITORS),
    }
)
_EXITS = "exit_pages"


@frame.with_view()
@frame.download
def show(request: Request, _session: Session | None, view: View) -> Response:
    """Return the ZIP of a view."""
    site = view.site
    control = services(request).control
    files = contents(
        view,
        partial(_ask, request, view),
        all_goals=goals.list_all(control, site.id),
        props=custom_props.allowed(control, site.id),
    )
    name = f"Sillage export {site.domain} {view.period.first} to {view.period.last}.zip"
    return Response(_zipped(files), media_type="application/zip", headers=csv_file.attachment(name))


def _ask(request: Request, view: View, query: Query) -> Result:
    return services(request).ask(query, view.site.privacy)


def contents(
    view: View, ask: Callable[[Query], Result], *, all_goals: Sequence[Goal], props: Sequence[str]
) -> dict[str, str]:
    """Return the files by name. props: keys of the properties to export."""
    files = {"visitors.csv": _over_time(view, ask)}
    for name, file in FILES.items():
        if left_out.box_of(file.dimensions[0]) in view.left_out:
            continue
        if is_refused(view, _query(view, file.dimensions, _CONVERSIONS if view.has_goal else file.metrics)):
            continue
        files[f"{name}.csv"] = (
            _exits(view, ask, file) if name == _EXITS and not view.has_goal else _list(view, ask, file)
        )
    if left_out.GOALS in view.left_out:
        return files
    query = _query(view, (dimensions.GOAL,), _OF_GOALS, goals=tuple(all_goals))
    if all_goals and not is_refused(view, query):
        files["conversions.csv"] = csv_file.text_of(["name", *_OF_GOALS], csv_file.lines_of(query, ask(query).rows))
    if props and not view.site.privacy.is_exempt:
        files["custom_props.csv"] = _props(view, ask, props)
    return files


def is_refused(view: View, query: Query) -> bool:
    """True if the site has no such numbers, so that the ZIP lacks the file."""
    return limits.refusal(query, view.site.privacy, today=view.today) is not None


def _over_time(view: View, ask: Callable[[Query], Result]) -> str:
    columns = _OF_GOAL_OVER_TIME if view.has_goal else _OF_PAGE_OVER_TIME if view.has_page else _OVER_TIME
    query = Query(view.site.id, view.period, tuple(columns.values()), (view.interval,), filters=view.nodes)
    rows = filled(ask(query), query).rows
    has_time = view.interval in WITHIN_A_DAY
    lines = [
        [row.groups[0] if has_time else row.groups[0][:10], *map(csv_file.number_cell, row.metrics)] for row in rows
    ]
    return csv_file.text_of(["date", *columns], lines)


def _list(view: View, ask: Callable[[Query], Result], file: File) -> str:
    columns = _CONVERSIONS if view.has_goal else file.metrics
    query = _query(view, file.dimensions, columns)
    return csv_file.text_of([*file.names, *columns], csv_file.lines_of(query, ask(query).rows))


def _exits(view: View, ask: Callable[[Query], Result], file: File) -> str:
    """Return exit pages with their rate: exits among the page views of the page."""
    query = _query(view, file.dimensions, file.metrics)
    seen = _query(view, (dimensions.PAGE,), {"pageviews": Metric.PAGEVIEWS})
    views = {row.groups[0]: row.numbers[0] for row in ask(seen).rows}
    rows = ask(query).rows
    rates = [
        f"{min(row.numbers[1] / views[row.groups[0]], 1) * 100:.1f}" if views.get(row.groups[0]) else "" for row in rows
    ]
    lines = [[*line, rate] for line, rate in zip(csv_file.lines_of(query, rows), rates, strict=True)]
    return csv_file.text_of([*file.names, *file.metrics, "exit_rate"], lines)


def _props(view: View, ask: Callable[[Query], Result], props: Sequence[str]) -> str:
    columns = _OF_PROPS
    if view.has_goal:
        columns = {**_OF_PROPS, "conversion_rate": Metric.GROUP_CONVERSION_RATE}
        del columns["percentage"]
    lines = []
    for key in props:
        query = _query(view, (dimensions.prop(key),), columns)
        lines += [[guarded(key), *line] for line in csv_file.lines_of(query, ask(query).rows)]
    return csv_file.text_of(["property", "value", *columns], lines)


def _query(
    view: View, groups: tuple[Dimension, ...], columns: Mapping[str, Metric], *, goals: tuple[Goal, ...] = ()
) -> Query:
    return Query(
        view.site.id,
        view.period,
        tuple(columns.values()),
        groups,
        filters=view.nodes,
        limit=MAX_LIMIT,
        goals=goals,
    )


def _zipped(files: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()
