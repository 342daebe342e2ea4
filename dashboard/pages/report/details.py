"""The page of one table of a report: all rows, with search, sorting and CSV."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.language import ngettext
from dashboard.pages import figures, template, whole_number
from dashboard.pages.report import csv_file, frame, left_out
from dashboard.pages.report.boxes import BoxRow, row_of
from dashboard.pages.report.labels import country, label_of
from dashboard.pages.report.tables import BY_PATH, Breakdown
from dashboard.pages.report.top_stats import name_of
from dashboard.pages.report.view import View
from dashboard.services import services
from dashboard.stats.answer import countries
from dashboard.stats.model import dimensions
from dashboard.stats.model.filters import Condition, Filter, Op
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.query import MAX_LIMIT, Order, Query
from dashboard.stats.model.result import Result, Row
from dashboard.stats.protection import limits
from schema.people.users import Session

ROWS = 100
MAX_OFFSET = 9_999_999
MOST_SEARCH_CHARACTERS = 200
_OF_VISITS = (Metric.VISITORS, Metric.BOUNCE_RATE, Metric.VISIT_DURATION)
_OF_PAGES = (Metric.VISITORS, Metric.PAGEVIEWS, Metric.BOUNCE_RATE, Metric.TIME_ON_PAGE, Metric.SCROLL_DEPTH)
_OF_ENTRIES = (Metric.VISITORS, Metric.VISITS, Metric.BOUNCE_RATE, Metric.VISIT_DURATION)
_OF_EXITS = (Metric.VISITORS, Metric.VISITS)
_OF_GOALS = (Metric.VISITORS, Metric.GROUP_CONVERSION_RATE)
_METRICS = {
    dimensions.PAGE: _OF_PAGES,
    dimensions.ENTRY_PAGE: _OF_ENTRIES,
    dimensions.EXIT_PAGE: _OF_EXITS,
}


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    url: str  # of the same page, sorted by this column
    sorted: str  # ascending, descending, none: the values of aria-sort


@dataclass(frozen=True, slots=True)
class DetailRow:
    row: BoxRow
    cells: list[str]


@frame.with_view()
def show(request: Request, session: Session | None, view: View) -> Response:
    """Show the table that the path names."""
    table = _table(view)
    query = question(view, table)
    refusal = limits.refusal(query, view.site.privacy, today=view.today)
    result = Result(()) if refusal else _result(request, view, table, query)
    visitors = _visitors(request, view)
    return template.page(
        "details",
        session=session,
        **frame.values(request, session, view),
        table=table,
        title=_(table.title),
        column=_(table.column),
        columns=columns(view, query),
        rows=rows(view, table, query, result.rows, visitors=visitors),
        count=_count(result),
        refusal=language.of(refusal) if refusal else "",
        search=_search_of(view),
        csv_url=view.url(f"{view.path}.csv", drop=("rows_from",)),
        earlier_url=_page_url(view, query.offset - ROWS, result),
        later_url=_page_url(view, query.offset + ROWS, result),
    )


@frame.with_view()
@frame.download
def as_csv(request: Request, _session: Session | None, view: View) -> Response:
    """Return the rows of a table as CSV: those of its page, in its order, with names instead of codes."""
    table = _table(view)
    query = replace(question(view, table), limit=MAX_LIMIT, offset=0)
    if refusal := limits.refusal(query, view.site.privacy, today=view.today):
        raise HTTPException(403, language.of(refusal))
    text = csv_of(view, table, query, _result(request, view, table, query).rows)
    name = f"{view.site.domain} {_(table.title)} {view.period.first} {view.period.last}.csv"
    return Response(text, media_type="text/csv; charset=utf-8", headers=csv_file.attachment(name))


def _table(view: View) -> Breakdown:
    """Return the table that the path names. Raises HTTPException (404) if a shared link leaves it out."""
    table = BY_PATH[view.path]
    if left_out.box_of(table.dimension) in view.left_out:
        raise HTTPException(404)
    return table


def _result(request: Request, view: View, table: Breakdown, query: Query) -> Result:
    """Return the rows. Those of an exempt site are searched here: a filter would select visitors."""
    text = _search_of(view).casefold()
    if not (text and view.site.privacy.is_exempt):
        return services(request).ask(query, view.site.privacy)
    every = services(request).ask(replace(query, limit=MAX_LIMIT, offset=0), view.site.privacy).rows
    rows = [row for row in every if not row.is_rest and text in label_of(table.dimension, row.groups[0]).casefold()]
    return Result(tuple(rows[query.offset : query.offset + query.limit]), len(rows))


def question(view: View, table: Breakdown) -> Query:
    """Return the query of the page of a table."""
    metrics = _OF_GOALS if view.has_goal else _METRICS.get(table.dimension, _OF_VISITS)
    offset = whole_number.read(view.parameters.get("rows_from", "")) or 0
    return Query(
        view.site.id,
        view.period,
        metrics,
        (table.dimension,),
        filters=(*view.nodes, *_searched(view, table)),
        order=(_order(view, metrics),),
        limit=ROWS,
        offset=offset if offset <= MAX_OFFSET else 0,
        counts_rows=True,
    )


def columns(view: View, query: Query) -> list[Column]:
    """Return the headings of the numbers, each a link that sorts by it."""
    (order,) = query.order
    return [
        Column(
            name_of(view, metric),
            view.url(drop=("rows_from",), sort=_toggled(metric, order)),
            ("descending" if order.is_descending else "ascending") if metric is order.by else "none",
        )
        for metric in query.metrics
    ]


def rows(view: View, table: Breakdown, query: Query, results: Sequence[Row], *, visitors: float) -> list[DetailRow]:
    """Return the rows with their numbers as text. visitors: of the whole period."""
    largest = max((row.numbers[0] for row in results), default=0)
    return [
        DetailRow(
            row_of(view, table, row, visitors=visitors, largest=largest),
            [
                figures.exactly_of_metric(metric, number)
                for metric, number in zip(query.metrics, row.metrics, strict=True)
            ],
        )
        for row in results
    ]


def csv_of(view: View, table: Breakdown, query: Query, results: Sequence[Row]) -> str:
    """Return the file of a table, with the names of the page."""
    names = [_(table.column), *(name_of(view, metric) for metric in query.metrics)]
    return csv_file.text_of(names, csv_file.lines_of(query, results))


def _order(view: View, metrics: Sequence[Metric]) -> Order:
    text = view.parameters.get("sort", "")
    name = text.removeprefix("-")
    if name in metrics:
        return Order(Metric(name), is_descending=text.startswith("-"))
    return Order(metrics[0], is_descending=True)


def _toggled(metric: Metric, order: Order) -> str:
    is_descending = not (metric is order.by and order.is_descending)
    return f"-{metric.value}" if is_descending else metric.value


def _search_of(view: View) -> str:
    return view.parameters.get("search", "").strip()[:MOST_SEARCH_CHARACTERS]


def _searched(view: View, table: Breakdown) -> tuple[Filter, ...]:
    """Return the filter for rows whose label contains the searched text."""
    text = _search_of(view)
    if not text or view.site.privacy.is_exempt:
        return ()
    if table.dimension == dimensions.COUNTRY:
        codes = [code for code in countries.NAMES if text.lower() in country(code).lower()]
        return (Condition(dimensions.COUNTRY, Op.IS, tuple(codes) or ("-",)),)
    return (Condition(table.dimension, Op.CONTAINS, (text,), is_case_sensitive=False),)


def _visitors(request: Request, view: View) -> float:
    query = Query(view.site.id, view.period, (Metric.VISITORS,), filters=view.nodes)
    return services(request).ask(query, view.site.privacy).rows[0].numbers[0]


def _count(result: Result) -> str:
    total = result.total_rows or 0
    return ngettext("%(number)s row", "%(number)s rows", total, number=figures.exact(total))


def _page_url(view: View, offset: int, result: Result) -> str:
    if not 0 <= offset < (result.total_rows or 0):
        return ""
    return view.url(rows_from=str(offset)) if offset else view.url(drop=("rows_from",))
