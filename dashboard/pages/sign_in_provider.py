"""Sign in at the identity provider of the company, and come back."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access import sessions
from dashboard.access.openid import FLOW_LIFETIME_S, OpenIdError, OpenIdProvider
from dashboard.pages import sign_in
from dashboard.services import services
from schema.people import identities
from schema.people.users import User, UserError


def start(request: Request) -> Response:
    """Redirect to the provider, or show the sign-in form with the error."""
    next_path = sessions.local_path(request.query_params.get("next", "/"))
    try:
        begun = _provider(request).begin(next_path)
    except OpenIdError as error:
        return sign_in.page(request, next_path, status=503, problem=language.of_error(error))
    response = RedirectResponse(begun.url, 303)
    sessions.set_short_cookie(request, response, sessions.provider_cookie_name(request), begun.cookie, FLOW_LIFETIME_S)
    return response


def finish(request: Request) -> Response:
    """Sign in who comes back from the provider, or show the sign-in form with the error."""
    name = sessions.provider_cookie_name(request)
    try:
        identity, next_path = _provider(request).finish(request.cookies.get(name, ""), dict(request.query_params))
        response = sessions.admit(request, _user(request, identity), to=sessions.local_path(next_path))
    except OpenIdError as error:
        response = sign_in.page(request, "/", status=403, problem=language.of_error(error))
    sessions.forget_cookie(request, response, name)
    return response


def _provider(request: Request) -> OpenIdProvider:
    """Return the provider. Raises HTTPException (404) without one."""
    provider = services(request).ways_in.provider
    if provider is None:
        raise HTTPException(404)
    return provider


def _user(request: Request, identity: identities.Identity) -> User:
    server = services(request)
    try:
        user = identities.user_of(server.control, identity, now=server.clock())
    except UserError as error:
        raise OpenIdError(error.sentence.text, **error.sentence.values) from None
    if user is None and not identity.email:
        raise OpenIdError("The provider does not confirm that your e-mail address is yours. Sign in with a password.")
    if user is None:
        raise OpenIdError(
            "%(email)s has no account here. Ask the administrator of this server for an invitation.",
            email=identity.email,
        )
    return user
