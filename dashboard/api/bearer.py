"""Authorization by API key, sent as `Authorization: Bearer KEY`.

A site outside the key's scope gets the same answer as an unknown site. Requests are counted per key, in memory.
Requests over the server's own socket, which only its owner can open, need no key (see OPERATOR).
"""

from contextlib import suppress

from starlette.exceptions import HTTPException
from starlette.requests import Request

from dashboard.services import services
from schema.sites import keys, sites
from schema.sites.keys import Key, Scope
from schema.sites.sites import Site
from schema.stores.control import ControlUnavailableError

OPERATOR = "sillage.operator"  # true in the ASGI scope of requests from the server's operator

_EVERYTHING = Key(0, "operator", b"", tuple(Scope), None)
_CHALLENGE = {"WWW-Authenticate": "Bearer"}
_NO_KEY = "An API key is required: send it as `Authorization: Bearer KEY`."
_UNKNOWN_KEY = "Unknown API key. It may have been revoked: create a new one."
_NOT_ITS_SITE = "This site does not exist, or this API key has no access to it."


def authorized(request: Request, scope: Scope) -> Key:
    """Return the key of a request if it has the scope, and count the request.

    Raises HTTPException: 401 without such a key, 429 after too many requests.
    """
    if request.scope.get(OPERATOR) is True:
        return _EVERYTHING
    key = _key(request)
    if not key.permits(scope):
        raise HTTPException(401, f"This API key does not permit this request: it lacks the scope {scope}.", _CHALLENGE)
    if wait_s := services(request).key_limits.take(key.id):
        raise HTTPException(
            429, f"Too many requests with this API key: wait {wait_s} seconds.", {"Retry-After": str(wait_s)}
        )
    with suppress(ControlUnavailableError):  # a failure to note the use must not fail the request
        keys.note_use(services(request).control, key, now_s=int(services(request).clock()))
    return key


def site(request: Request, scope: Scope, domain: str) -> Site:
    """Return a site if the key of the request has access to it.

    Raises HTTPException like `authorized`, and 401 for an unknown site or one without access.
    """
    return site_of(request, authorized(request, scope), domain)


def site_of(request: Request, key: Key, domain: str) -> Site:
    """Return a site if an authorized key has access to it. Raises HTTPException (401)."""
    accessible = site_for(request, key, domain)
    if accessible is None:
        raise HTTPException(401, _NOT_ITS_SITE, _CHALLENGE)
    return accessible


def site_for(request: Request, key: Key, domain: str) -> Site | None:
    """Return a site if a key has access to it, else None."""
    stored = sites.by_domain(services(request).control, domain, now=services(request).clock())
    return stored if stored is not None and key.site_id in (None, stored.id) else None


def _key(request: Request) -> Key:
    scheme, _, text = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise HTTPException(401, _NO_KEY, _CHALLENGE)
    key = keys.by_hash(services(request).control, keys.hash_of(text.strip().encode()))
    if key is None:
        raise HTTPException(401, _UNKNOWN_KEY, _CHALLENGE)
    return key
