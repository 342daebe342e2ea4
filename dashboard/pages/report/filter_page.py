"""The page that adds or changes a filter of a report, with values from the data, and saves filters as a segment.

It takes two steps without JavaScript: choose a dimension, then an operator and values. Both are links and GET forms, so
Back and bookmarks work.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import forms, template, whole_number
from dashboard.pages.forms import Form
from dashboard.pages.report import filters, frame, left_out
from dashboard.pages.report.filters import DIMENSIONS, OPS, PROPS, ChosenFilter
from dashboard.pages.report.labels import label_of
from dashboard.pages.report.view import View
from dashboard.services import services
from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Row
from dashboard.stats.parse.site_context import SiteContext
from dashboard.stats.protection import limits
from schema.measures import custom_props, goals, segments
from schema.measures.segments import SegmentError
from schema.people.roles import Right
from schema.people.users import Session

PATH = "/filter"
SUGGESTIONS = 100
LISTED = 12  # suggestions with a box to tick; the others complete what is typed
ONLY_ME = "me"
OWN = frozenset({"dimension", "property", "op", "value", "typed", "edit", "apply"})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A value to choose."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A dimension to choose."""

    key: str
    label: str
    url: str


class SegmentForm(Form, frozen=True):
    """A name for the filters of a view."""

    name: str
    readers: str  # ONLY_ME, or anything else for everyone with access to the site


@frame.with_view(path=PATH, own=OWN)
def show(request: Request, session: Session | None, view: View) -> Response:
    """Show the form, or redirect to the report with the filter that the form sent."""
    fields = _fields(request)
    problem = ""
    if "apply" in fields:
        try:
            chosen = _chosen(fields)
            _check_is_shown(view, chosen.key)
            filters.parsed([chosen], _context(request, session, view))
            return RedirectResponse(view.with_filter_at(_position(view, fields), chosen), 303)
        except QueryError as error:
            problem = filters.problem_of(error)
    return _page(request, session, view, fields, problem=problem)


@frame.with_view(path=PATH, own=OWN)
def save(request: Request, session: Session, view: View) -> Response:
    """Store the filters of the view as a segment, and show the report of the segment."""
    form = forms.posted(request, SegmentForm)
    try:
        segment = segments.add(
            services(request).control,
            view.site.id,
            form.name,
            filters.as_flat_json(view.filters, _context(request, session, view)),
            user_id=session.user.id if form.readers == ONLY_ME or not session.may(Right.EDIT) else None,
        )
    except SegmentError as error:
        return _page(request, session, view, {}, problem=language.of_error(error), entry=form)
    return RedirectResponse(view.with_only(ChosenFilter("is", "segment", (str(segment.id),))), 303)


def _context(request: Request, session: Session | None, view: View) -> SiteContext:
    return frame.context_of(request, session, view.site)


def _check_is_shown(view: View, key: str) -> None:
    """Raise QueryError for a filter by what a shared link leaves out."""
    if left_out.box_of_filter(key) in view.left_out:
        raise QueryError(_("This link does not show “%(label)s”.", label=_label(key)))


def _page(
    request: Request,
    session: Session | None,
    view: View,
    fields: dict[str, list[str]],
    *,
    problem: str,
    entry: SegmentForm | None = None,
) -> Response:
    position = _position(view, fields)
    edited = view.filters[position] if position is not None else None
    key = _key(fields)
    chosen = edited.values if edited and edited.key == key else tuple(fields.get("value", []))
    is_shown = left_out.box_of_filter(key) not in view.left_out
    suggestions = _suggestions(request, session, view, key, chosen, without=position) if key and is_shown else []
    values = frame.values(request, session, view)
    if problem:
        values["status"] = 422
    return template.page(
        "filter",
        session=session,
        **values,
        problem=problem,
        key=key,
        label=_label(key),
        is_property="property" in fields or fields.get("dimension") == ["props"],
        properties=_properties(request, view),
        steps=_steps(view, has_segments=session is not None),
        has_properties=left_out.GOALS not in view.left_out,
        saved=_saved(request, session, view),
        entry=entry or forms.empty(SegmentForm),
        only_me=ONLY_ME,
        property_url=view.url(dimension="props"),
        ops=[(op, _(name)) for op, name in OPS.items() if key and _accepts(op, key)],
        op=edited.op if edited and edited.key == key else next(iter(fields.get("op", ["is"])), "is"),
        listed=suggestions[:LISTED],
        others=suggestions[LISTED:],
        typed=[value for value in chosen if value not in {one.value for one in suggestions[:LISTED]}],
        edit="" if position is None else str(position),
        save_url=view.url(),
        back_url=view.url(""),
    )


def _fields(request: Request) -> dict[str, list[str]]:
    """Return the parameters of the form. Values keep white space, because those of the data may have it."""
    pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        if name in OWN:
            fields.setdefault(name, []).append(value)
    return fields


def _key(fields: dict[str, list[str]]) -> str:
    """Return the dimension that the form is about, or "" if none is chosen yet."""
    [name] = fields.get("property", [""])[:1]
    if name.strip():
        return PROPS + name.strip()
    [key] = fields.get("dimension", [""])[:1]
    is_property = key.startswith(PROPS) and len(key) > len(PROPS)
    return key if key in DIMENSIONS or is_property else ""


def _chosen(fields: dict[str, list[str]]) -> ChosenFilter:
    """Return the filter that the form describes. Raises QueryError."""
    typed = [line.strip() for text in fields.get("typed", []) for line in text.splitlines()]
    values = dict.fromkeys([*fields.get("value", []), *(line for line in typed if line)])
    [op] = fields.get("op", ["is"])[:1]
    key = _key(fields)
    if not values:
        raise QueryError(_("Choose or type at least one value."))
    if op not in OPS:
        raise QueryError(_("There is no comparison “%(mode)s”.", mode=op[:40]))
    filters.check(op, key)
    return ChosenFilter(op, key, tuple(values))


def _position(view: View, fields: dict[str, list[str]]) -> int | None:
    [text] = fields.get("edit", [""])[:1]
    position = whole_number.read(text)
    return position if position is not None and position < len(view.filters) else None


def _label(key: str) -> str:
    return ChosenFilter("is", key, ()).dimension_label if key else ""


def _accepts(op: str, key: str) -> bool:
    try:
        filters.check(op, key)
    except QueryError:
        return False
    return True


def _steps(view: View, *, has_segments: bool) -> list[Step]:
    return [
        Step(key, _(DIMENSIONS[key][1]), view.url(dimension=key))
        for key in left_out.filters_without(view.left_out)
        if has_segments or key != "segment"
    ]


def _properties(request: Request, view: View) -> list[str]:
    if left_out.GOALS in view.left_out:
        return []
    return list(custom_props.allowed(services(request).control, view.site.id))


def _saved(request: Request, session: Session | None, view: View) -> list[tuple[str, list[Step]]]:
    """Return the segments that the user may use, own and shared ones under a title each. URLs are of the report."""
    if session is None:
        return []
    of_user: list[Step] = []
    shared: list[Step] = []
    for segment in segments.list_all(services(request).control, view.site.id, user_id=session.user.id):
        url = view.with_filter("segment", str(segment.id), path="")
        (shared if segment.user_id is None else of_user).append(Step("segment", segment.name, url))
    return [(title, steps) for title, steps in ((_("My segments"), of_user), (_("Shared segments"), shared)) if steps]


def _suggestions(
    request: Request, session: Session | None, view: View, key: str, chosen: Sequence[str], *, without: int | None
) -> list[Suggestion]:
    """Return the values to choose from: those of the period, under the other filters, most visitors first."""
    control = services(request).control
    if key == "goal":
        pairs = [(goal.display_name, goal.display_name) for goal in goals.list_all(control, view.site.id)]
    elif key == "segment":
        saved = segments.list_all(control, view.site.id, user_id=session.user.id) if session else []
        pairs = [(str(segment.id), frame.name_of_segment(segment)) for segment in saved]
    else:
        pairs = _values(request, view, key, without)
    return [Suggestion(value, label, value in chosen) for value, label in pairs]


def _values(request: Request, view: View, key: str, without: int | None) -> list[tuple[str, str]]:
    dimension = _dimension(key)
    chosen = view.nodes[: len(view.nodes) - len(view.bound)]
    others = (*(node for position, node in enumerate(chosen) if position != without), *view.bound)
    query = Query(view.site.id, view.period, (Metric.VISITORS,), (dimension,), filters=others, limit=SUGGESTIONS)
    values = [row.groups[0] for row in _rows(request, view, query) if not row.is_rest]
    return [(value or label_of(dimension, ""), label_of(dimension, value)) for value in values]


def _rows(request: Request, view: View, query: Query) -> Sequence[Row]:
    """Return the rows of a question; none if the site has no answer."""
    if limits.refusal(query, view.site.privacy, today=view.today):
        return ()
    return services(request).ask(query, view.site.privacy).rows


def _dimension(key: str) -> Dimension:
    if key in ("region", "city"):
        return dimensions.NAMED_REGION if key == "region" else dimensions.NAMED_CITY
    if key.startswith(PROPS):
        return dimensions.prop(key.removeprefix(PROPS))
    dimension = dimensions.named(DIMENSIONS[key][0])
    if dimension is None:
        raise AssertionError(f"{key} has no dimension")
    return dimension
