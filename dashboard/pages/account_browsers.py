"""Sign out in one of the browsers of an account, or in all of them."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.access.sessions import leave
from dashboard.services import services
from schema.people import browsers
from schema.people.users import Session


def sign_out(request: Request, session: Session) -> Response:
    """Sign out in one browser."""
    browsers.end(services(request).control, session.user, request.path_params["id"])
    return RedirectResponse("/account#browsers", 303)


def sign_out_everywhere(request: Request, session: Session) -> Response:
    """Sign out in every browser, this one included."""
    browsers.end_all(services(request).control, session.user)
    return leave(request)
