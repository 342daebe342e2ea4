"""Devices: links for staff to exclude their devices, the public opt-out page, and "Am I excluded?"."""

from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from dashboard.pages import qr_code, template
from dashboard.pages.settings import site_of
from dashboard.services import services
from schema.people.users import Session
from schema.privacy import opt_out
from schema.privacy.signed_links import DAY_S, Purpose
from schema.sites.host import ascii_host

LIFETIMES_DAYS = (1, 7, 30, 90)
DEFAULT_DAYS = 7


@dataclass(frozen=True, slots=True)
class QrLink:
    address: str
    code: Markup  # the address as a QR code


def show(request: Request, session: Session) -> Response:
    """Show links that expire after the chosen number of days."""
    site = site_of(request)
    choice = request.query_params.get("days", "")
    days = int(choice) if choice in map(str, LIFETIMES_DAYS) else DEFAULT_DAYS
    until = int(services(request).clock()) + days * DAY_S

    def link(purpose: Purpose, path: str) -> QrLink:
        token = services(request).links.make(purpose, site.id, until=until)
        rest = f"{path}?{urlencode({'link': token})}"
        # Not every camera reads international names.
        return QrLink(f"https://{site.authority}{rest}", qr_code.svg(f"https://{ascii_host(site.authority)}{rest}"))

    return template.page(
        "devices",
        session=session,
        site=site,
        days=days,
        lifetimes=LIFETIMES_DAYS,
        device=link(Purpose.DEVICE, opt_out.DEVICE),
        check=link(Purpose.CHECK, opt_out.CHECK),
        public=f"https://{site.authority}{opt_out.OPT_OUT}",
        pages=opt_out.PAGES,
    )
