"""Switch a site to the other privacy profile: first what that removes, then the confirmation."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import forms, template
from dashboard.pages.forms import Form
from dashboard.pages.privacy import names_in
from dashboard.pages.settings import site_of
from dashboard.services import services
from schema.people.users import Session
from schema.privacy import conversion
from schema.privacy.conversion import Plan
from schema.privacy.profile import EXEMPT, STANDARD, PrivacyError
from schema.sites.sites import Site


class SwitchForm(Form, frozen=True):
    """Choices of the profile `exempt`, and the confirmation."""

    acquisition: bool
    events: str  # names of declared events, one a line
    sure: bool


def show(request: Request, session: Session) -> Response:
    """Show what a switch to the other profile changes, with the choices in the URL. Changes nothing."""
    return _page(request, session, forms.read(request.query_params, SwitchForm))


def switch(request: Request, session: Session) -> Response:
    """Switch the profile, or show the page again if that is not confirmed."""
    site, form = site_of(request), forms.posted(request, SwitchForm)
    if not form.sure:
        return _page(request, session, form, problem=_("Tick the box to confirm."))
    try:
        decided = _plan(request, site, form)
    except PrivacyError as error:
        return _page(request, session, form, problem=language.of_error(error))
    server = services(request)
    conversion.switch(server.control, site, decided, who=session.user.email, now=server.clock())
    return RedirectResponse(f"/{site.domain}/settings/privacy", 303)


def _plan(request: Request, site: Site, form: SwitchForm) -> Plan:
    server = services(request)
    return conversion.plan(
        server.control,
        server.database,
        site,
        STANDARD if site.privacy.is_exempt else EXEMPT,
        shows_acquisition=form.acquisition,
        declared_events=names_in(form.events),
        now=server.clock(),
    )


def _page(request: Request, session: Session, form: SwitchForm, *, problem: str = "") -> Response:
    site = site_of(request)
    try:
        sentences = [language.of(sentence) for sentence in _plan(request, site, form).sentences]
    except PrivacyError as error:
        sentences, problem = [], problem or language.of_error(error)
    return template.page("privacy_switch", session=session, site=site, entry=form, sentences=sentences, problem=problem)
