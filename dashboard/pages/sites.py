"""The start page, and the form that adds a site."""

import functools
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import forms, template, time_zones
from dashboard.pages.forms import Form
from dashboard.services import services
from schema.people.users import Session
from schema.privacy import profile
from schema.privacy.profile import EXEMPT, STANDARD
from schema.sites import sites
from schema.sites.sites import SiteError

DEFAULT_TIMEZONE = "Europe/Paris"


class SiteForm(Form, frozen=True):
    """A site to add."""

    domain: str
    timezone: str
    profile: str


def start(_request: Request, _session: Session) -> Response:
    """Redirect to the list of sites."""
    return RedirectResponse("/sites", 303)


def form(request: Request, session: Session) -> Response:
    """Show the form that adds a site, with the time zone of the last one."""
    all_sites = sites.list_all(services(request).control, now=services(request).clock())
    last = all_sites[-1] if all_sites else None
    return _form(
        session,
        timezone=last.timezone if last else DEFAULT_TIMEZONE,
        profile=last.privacy.profile if last else "",
    )


def submit(request: Request, session: Session) -> Response:
    """Add a site and redirect to it, or show the form again with the error."""
    control = services(request).control
    sent = forms.posted(request, SiteForm)
    domain, timezone, now = sent.domain, sent.timezone.strip(), services(request).clock()
    again = functools.partial(_form, session, domain=domain, timezone=timezone, profile=sent.profile)
    if timezone not in time_zones.names():
        return again(timezone_problem=time_zones.problem(timezone))
    if sent.profile not in (EXEMPT, STANDARD):
        return again(profile_problem=_("Choose one of the two answers."))
    today = datetime.fromtimestamp(now, ZoneInfo(timezone)).date()
    privacy = profile.of_profile(EXEMPT if sent.profile == EXEMPT else STANDARD, today=today)
    try:
        site = sites.add(control, domain, timezone=timezone, now=now, privacy=privacy)
    except SiteError as error:
        return again(domain_problem=language.of_error(error))
    return RedirectResponse(f"/{site.domain}", 303)


def _form(
    session: Session,
    *,
    timezone: str,
    profile: str,
    domain: str = "",
    domain_problem: str = "",
    timezone_problem: str = "",
    profile_problem: str = "",
) -> Response:
    return template.page(
        "site_new",
        session=session,
        domain=domain,
        domain_problem=domain_problem,
        timezone=timezone,
        timezone_problem=timezone_problem,
        profile=profile,
        profile_problem=profile_problem,
        timezones=sorted(time_zones.names()),
    )
