"""The address of a shared link: it leads to the report, after the password if the link has one.

`/share/example.org?auth=...` is the form that Plausible and the Sites API use, `/share/...` a short one.
"""

from asyncio import to_thread
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access.passwords import SignInError, SignInRefusedError
from dashboard.access.reading import (
    LinkRefusedError,
    framed,
    has_password,
    remember_password,
    valid_link,
)
from dashboard.access.sessions import own_form
from dashboard.pages import assets, forms, template
from dashboard.pages.forms import Form
from dashboard.services import services
from schema.sites import sites
from schema.sites.shared_links import SharedLink
from schema.sites.sites import Site


class PasswordForm(Form, frozen=True):
    """The password of a shared link."""

    password: str


def show(request: Request) -> Response:
    """Redirect to the report, or ask for the password."""
    site, link = _link(request)
    if has_password(request, link):
        return RedirectResponse(_report_url(request, site, link), 303)
    return _form(request, site, link)


async def enter(request: Request) -> Response:
    """Check the password and show the report, or the form again with the error."""
    sent = forms.read(await own_form(request), PasswordForm)
    site, link = await to_thread(_link, request)
    client = services(request).client_address(request.scope)
    try:
        await services(request).passwords.check_shared(link, sent.password, client=client)
    except SignInRefusedError as error:
        page = _form(request, site, link, status=error.status, problem=language.of_error(error))
        page.headers["Retry-After"] = str(error.retry_after_s)
        return page
    except SignInError as error:
        return _form(request, site, link, status=403, problem=language.of_error(error))
    response = RedirectResponse(_report_url(request, site, link), 303)
    remember_password(request, link, response)
    return response


def script(_request: Request) -> Response:
    """Return the script for pages of other sites that show a report in a frame."""
    headers = {"Cache-Control": "public, max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(assets.content("embed.js"), media_type="text/javascript", headers=headers)


def _link(request: Request) -> tuple[Site, SharedLink]:
    """Return the site and the link of a URL. Raises LinkRefusedError."""
    path, slug = request.path_params["link"], request.query_params.get("auth", "")
    if not slug:
        return valid_link(request, path)
    site = sites.by_domain(services(request).control, path, now=services(request).clock())
    of_link, link = valid_link(request, slug)
    if site is None or site.id != of_link.id:
        raise LinkRefusedError(404)
    return of_link, link


def _report_url(request: Request, site: Site, link: SharedLink) -> str:
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "auth"]
    return quote(f"/{site.domain}", safe="/:") + "?" + urlencode([("auth", link.slug), *others], safe=":/,")


def _form(request: Request, site: Site, link: SharedLink, *, status: int = 200, problem: str = "") -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    page = template.page(
        "share", session=None, status=status, site=site, action=f"{request.url.path}{query}", problem=problem
    )
    return framed(request, page, site, link)
