"""How to install the script on a site: snippets to paste."""

from starlette.requests import Request
from starlette.responses import Response

from dashboard.language import gettext as _
from dashboard.pages import snippets, template
from dashboard.pages.settings import site_of
from dashboard.services import services
from schema.people.users import Session
from schema.sites import sites


def show(request: Request, session: Session) -> Response:
    """Show the snippets of the site."""
    site, server = site_of(request), services(request)
    domain, base_url = site.domain, server.base_url
    return template.page(
        "install",
        session=session,
        site=site,
        script_tag=snippets.script_tag(domain, base_url),
        pinned_script_tag=snippets.pinned_script_tag(domain, base_url, integrity=server.script_integrity),
        site_script=snippets.site_script(sites.script_id(server.control, site), base_url),
        pixel=snippets.pixel(domain, base_url),
        wordpress=snippets.wordpress(domain, base_url),
        proxies=[(proxy.name, _(proxy.place), proxy.lines(domain, base_url)) for proxy in snippets.PROXIES.values()],
        proxied_script_tag=snippets.proxied_script_tag(domain),
        proxied_pixel=snippets.proxied_pixel(domain),
    )
