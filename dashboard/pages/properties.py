"""Custom properties that the reports of a site show: the list, and the form that adds one."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.pages import forms, template
from dashboard.pages.forms import Form
from dashboard.pages.settings import site_of, to_list
from dashboard.services import services
from schema.measures import custom_props
from schema.measures.custom_props import CustomPropError
from schema.people.users import Session
from schema.sites.sites import Site


class PropertyForm(Form, frozen=True):
    """A property to show, or no longer."""

    property: str


def show(request: Request, session: Session) -> Response:
    """Show the custom properties of a site."""
    return _page(request, session, site_of(request), key="", problem="")


def add(request: Request, session: Session) -> Response:
    """Add a property to the list, or show the form again with the error."""
    site = site_of(request)
    key = forms.posted(request, PropertyForm).property
    control = services(request).control
    try:
        added = custom_props.add(control, site.id, key)
    except CustomPropError as error:
        return _page(request, session, site, key=key, problem=language.of_error(error))
    return to_list(site, "properties", row=custom_props.allowed(control, site.id).index(added) + 1)


def remove(request: Request, _session: Session) -> Response:
    """Remove a property from the list."""
    site = site_of(request)
    try:
        custom_props.remove(services(request).control, site.id, forms.posted(request, PropertyForm).property)
    except CustomPropError:
        raise HTTPException(404) from None
    return to_list(site, "properties")


def _page(request: Request, session: Session, site: Site, *, key: str, problem: str) -> Response:
    return template.page(
        "properties",
        session=session,
        site=site,
        lines=custom_props.allowed(services(request).control, site.id),
        entry=key,
        problem=problem,
        max_length=custom_props.MAX_KEY_CHARACTERS,
    )
