"""The privacy settings of a site: what its profile leaves to the site, and the way to its papers."""

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import forms, template
from dashboard.pages.forms import Form
from dashboard.pages.papers import facts_of
from dashboard.pages.settings import site_of
from dashboard.papers import paper
from dashboard.services import services
from schema.people.users import Session
from schema.privacy import choices
from schema.privacy.profile import Privacy, PrivacyError
from schema.sites.sites import Site


class PrivacyForm(Form, frozen=True):
    """Privacy settings that a site can change at any time."""

    gpc: bool
    dnt: bool
    link_queries: bool
    acquisition: bool
    events: str  # names of declared events, one a line
    controller: str
    contact: str


def show(request: Request, session: Session) -> Response:
    """Show the privacy settings of a site."""
    site = site_of(request)
    return _page(request, session, site, _filled(site.privacy))


def change(request: Request, session: Session) -> Response:
    """Store the settings, or show the form again with the problem."""
    site, form = site_of(request), forms.posted(request, PrivacyForm)
    # The form of a profile lacks the choices of the other one.
    of_profile = (
        {"shows_acquisition": form.acquisition, "declared_events": names_in(form.events)}
        if site.privacy.is_exempt
        else {"honors_gpc": form.gpc, "keeps_link_queries": form.link_queries}
    )
    contacts = {"controller": form.controller.strip(), "contact": form.contact.strip()}
    try:
        privacy = msgspec.structs.replace(site.privacy, honors_dnt=form.dnt, **of_profile, **contacts)
    except PrivacyError as error:
        return _page(request, session, site, form, problem=language.of_error(error))
    return _stored(request, session, site, privacy, part="saved")


def review(request: Request, session: Session) -> Response:
    """Note that the yearly review took place today."""
    site = site_of(request)
    today = site.day_of(services(request).clock())
    privacy = msgspec.structs.replace(site.privacy, reviewed_on=today.isoformat())
    return _stored(request, session, site, privacy, part="papers")


def _stored(request: Request, session: Session, site: Site, privacy: Privacy, *, part: str) -> Response:
    server = services(request)
    choices.change(server.control, site, privacy, who=session.user.email, now=server.clock())
    return RedirectResponse(f"/{site.domain}/settings/privacy#{part}", 303)


def _filled(privacy: Privacy) -> PrivacyForm:
    return PrivacyForm(
        gpc=privacy.honors_gpc,
        dnt=privacy.honors_dnt,
        link_queries=privacy.keeps_link_queries,
        acquisition=privacy.shows_acquisition,
        events="\n".join(privacy.declared_events),
        controller=privacy.controller,
        contact=privacy.contact,
    )


def names_in(text: str) -> tuple[str, ...]:
    """Return the names of events in a field with one name a line."""
    return tuple(dict.fromkeys(filter(None, map(str.strip, text.splitlines()))))


def _page(request: Request, session: Session, site: Site, form: PrivacyForm, *, problem: str = "") -> Response:
    facts = facts_of(request, site)
    return template.page(
        "privacy",
        session=session,
        site=site,
        privacy=site.privacy,
        entry=form,
        problem=problem,
        public_url=facts.public_url,
        opt_out_url=facts.opt_out_url,
        papers=[(name, _(title)) for name, title in paper.PAPERS.items()],
        reviewed_on=paper.day_of(site.privacy.reviewed_on, language.current()),
    )
