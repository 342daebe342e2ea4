"""How to install the script on a site: snippets to paste, and a check of what was pasted."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.outbound import home_page
from dashboard.outbound.home_page import Expected
from dashboard.outbound.request import Answer, Limits, OutboundError
from dashboard.pages import arriving, snippets, template
from dashboard.pages.arriving import Finding
from dashboard.pages.settings import site_of
from dashboard.services import Services, services
from schema.people.users import Session
from schema.sites import sites
from schema.sites.host import ascii_host
from schema.sites.sites import Site

LIMITS = Limits(timeout_s=10, max_bytes=300_000, max_redirects=3)  # the snippet is in the <head>


def show(request: Request, session: Session) -> Response:
    """Show the snippets of the site, and what has arrived from it."""
    return _page(request, session, site_of(request))


def check(request: Request, session: Session) -> Response:
    """Request the home page of the site once, and show what is wrong with its snippet."""
    site = site_of(request)
    return _page(request, session, site, checked=_checked(services(request), site))


def _checked(server: Services, site: Site) -> list[Finding]:
    """Return what the home page of a site says about its snippet, as findings."""
    try:
        answer = _home_page(server, site)
    except OutboundError as error:
        return [Finding(language.of_error(error))]
    expected = Expected(site.domains, server.base_url, sites.script_id(server.control, site), server.script_integrity)
    problems = home_page.problems(answer, expected)
    if not problems:
        return [Finding(_("The snippet on %(url)s is right.", url=answer.url), is_good=True)]
    return [Finding(language.of(problem)) for problem in problems]


def _home_page(server: Services, site: Site) -> Answer:
    """Return the home page of a site, by http if there is no https. Raises OutboundError."""
    address = f"{ascii_host(site.authority)}{site.domain.removeprefix(site.authority)}"
    try:
        return server.fetch(f"https://{address}", limits=LIMITS)
    except OutboundError as error:
        try:
            return server.fetch(f"http://{address}", limits=LIMITS)
        except OutboundError:
            raise error from None


def _page(request: Request, session: Session, site: Site, *, checked: Sequence[Finding] = ()) -> Response:
    server = services(request)
    domain, base_url = site.domain, server.base_url
    return template.page(
        "install",
        session=session,
        site=site,
        findings=[*checked, *arriving.lately(request, site)],
        script_tag=snippets.script_tag(domain, base_url),
        pinned_script_tag=snippets.pinned_script_tag(domain, base_url, integrity=server.script_integrity),
        site_script=snippets.site_script(sites.script_id(server.control, site), base_url),
        pixel=snippets.pixel(domain, base_url),
        wordpress=snippets.wordpress(domain, base_url),
        proxies=[(proxy.name, _(proxy.place), proxy.lines(domain, base_url)) for proxy in snippets.PROXIES.values()],
        proxied_script_tag=snippets.proxied_script_tag(domain),
        proxied_pixel=snippets.proxied_pixel(domain),
    )
