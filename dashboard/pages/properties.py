"""Custom properties that the reports of a site show: the list, and the form that adds one or gives it a name."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import forms, removal, template
from dashboard.pages.forms import Form
from dashboard.pages.settings import record, site_of, to_list
from dashboard.services import services
from schema.measures import custom_props
from schema.measures.custom_props import CustomProp, CustomPropError
from schema.people.users import Session
from schema.sentence import Sentence
from schema.sites.sites import Site


class PropertyForm(Form, frozen=True):
    """A property to show, or no longer."""

    property: str
    label: str


@dataclass(frozen=True, slots=True)
class Edited:
    """The property in the form."""

    key: str
    row: int  # in the list


def show(request: Request, session: Session) -> Response:
    """Show the custom properties of a site."""
    return _page(request, session, site_of(request), forms.empty(PropertyForm), problem="")


def add(request: Request, session: Session) -> Response:
    """Add a property to the list, or show the form again with the error."""
    site, control = site_of(request), services(request).control
    form = forms.posted(request, PropertyForm)
    try:
        added = custom_props.add(control, site.id, form.property, label=form.label)
    except CustomPropError as error:
        return _page(request, session, site, form, problem=language.of_error(error))
    record(request, session, site, Sentence("Added the property %(name)s.", {"name": added}))
    return to_list(site, "properties", row=_row(request, site, added))


def rename(request: Request, session: Session) -> Response:
    """Show the form with a property, or store its display name."""
    site, control = site_of(request), services(request).control
    prop = _existing(request, site)
    edited = Edited(prop.key, _row(request, site, prop.key))
    if request.method == "GET":
        return _page(request, session, site, PropertyForm(prop.key, prop.label), problem="", edited=edited)
    form = forms.posted(request, PropertyForm)
    try:
        custom_props.set_label(control, site.id, prop.key, label=form.label)
    except CustomPropError as error:
        return _page(request, session, site, form, problem=language.of_error(error), edited=edited)
    values = {"name": prop.key, "label": custom_props.by_key(control, site.id, prop.key).label or prop.key}
    record(request, session, site, Sentence("Reports show the property %(name)s as %(label)s.", values))
    return to_list(site, "properties", row=edited.row)


def remove(request: Request, session: Session) -> Response:
    """Ask whether to remove a property from the list, or remove it."""
    site, control = site_of(request), services(request).control
    prop = _existing(request, site)
    before = custom_props.allowed(control, site.id)
    if not removal.is_confirmed(request):
        shown = (
            _("Reports no longer show it. Sillage still stores it.")
            if len(before) > 1
            else _("It is the last one on the list. Without it, reports show all properties.")
        )
        question = removal.Question(
            title=_("Remove the property %(name)s from the list?", name=prop.key),
            verb=_("Remove the property"),
            consequences=[shown],
            back=f"/{site.domain}/settings/properties#row-{_row(request, site, prop.key)}",
            site=site,
            here="/properties",
            fields={"property": prop.key},
        )
        return removal.ask(session, question)
    custom_props.remove(control, site.id, prop.key)
    record(request, session, site, Sentence("Removed the property %(name)s.", {"name": prop.key}))
    return removal.done(f"/{site.domain}/settings/properties", before, prop.key)


def _existing(request: Request, site: Site) -> CustomProp:
    """Return the property that the URL or the form names. Raises HTTPException (404)."""
    sent = request.state.form if request.method == "POST" else request.query_params
    try:
        return custom_props.by_key(services(request).control, site.id, forms.read(sent, PropertyForm).property)
    except CustomPropError:
        raise HTTPException(404) from None


def _row(request: Request, site: Site, key: str) -> int:
    return custom_props.allowed(services(request).control, site.id).index(key) + 1


def _page(
    request: Request,
    session: Session,
    site: Site,
    entry: PropertyForm,
    *,
    problem: str,
    edited: Edited | None = None,
) -> Response:
    return template.page(
        "properties",
        session=session,
        site=site,
        lines=custom_props.list_all(services(request).control, site.id),
        removed=removal.position(request),
        edited=edited,
        entry=entry,
        problem=problem,
        max_length=custom_props.MAX_KEY_CHARACTERS,
        max_label_length=custom_props.MAX_LABEL_CHARACTERS,
    )
