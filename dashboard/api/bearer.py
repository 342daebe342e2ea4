"""Who is asking: the key that a program shows as `Authorization: Bearer KEY`, and what it may see.

A site that a key is not for is answered exactly like one that is not there. Requests are counted by key, in memory.
What comes over the server's own socket, which only its owner can open, needs no key (see OPERATOR).
"""

import threading
from collections.abc import Callable
from contextlib import suppress

from starlette.exceptions import HTTPException
from starlette.requests import Request

from schema.rate_limit import RateLimit
from schema.sites import keys, sites
from schema.sites.keys import Key, Scope
from schema.sites.sites import Site
from schema.stores.control import Control, ControlUnavailableError

OPERATOR = "sillage.operator"  # in the ASGI scope, and true: a request of whoever runs this server
HOUR_S = 3600

_EVERYTHING = Key(0, "operator", b"", tuple(Scope), None)
_CHALLENGE = {"WWW-Authenticate": "Bearer"}
_NO_KEY = "An API key is needed: send one as `Authorization: Bearer KEY`."
_UNKNOWN_KEY = "This API key is not known. It may have been removed: make another one."
_NOT_ITS_SITE = "This API key is not for this site, or there is no such site."


class Requests:
    """The rate limit of each key."""

    def __init__(self, clock: Callable[[], float], *, per_hour: int) -> None:
        """per_hour: 0 means no limit."""
        self._clock = clock
        self._limit = RateLimit(per_hour, period_s=HOUR_S) if per_hour else None
        self._lock = threading.Lock()

    def take(self, key_id: int) -> int:
        """Count a request and return 0, or return the seconds until the next one is allowed."""
        if self._limit is None:
            return 0
        with self._lock:
            return self._limit.take(key_id, now=self._clock())


def authorized(request: Request, scope: Scope) -> Key:
    """Return the key that a request shows, which is for that, and count the request.

    Raises HTTPException: 401 without such a key, 429 where it made too many requests.
    """
    if request.scope.get(OPERATOR) is True:
        return _EVERYTHING
    key = _shown(request)
    if not key.permits(scope):
        raise HTTPException(401, f"This API key is not for that: it lacks the scope {scope}.", _CHALLENGE)
    requests: Requests = request.app.state.api_requests
    if wait_s := requests.take(key.id):
        raise HTTPException(
            429, f"Too many requests with this key: wait {wait_s} seconds.", {"Retry-After": str(wait_s)}
        )
    with suppress(ControlUnavailableError):  # nobody should miss an answer because of it
        keys.note_use(request.app.state.control, key, now_s=int(request.app.state.clock()))
    return key


def site(request: Request, scope: Scope, domain: str) -> Site:
    """Return a site that the key of a request is for.

    Raises HTTPException as `authorized` does, and 401 for a site it is not for and for one that is not there alike.
    """
    return site_of(request, authorized(request, scope), domain)


def site_of(request: Request, key: Key, domain: str) -> Site:
    """Return a site that a key, which was authorized, is for. Raises HTTPException (401)."""
    found = site_for(request, key, domain)
    if found is None:
        raise HTTPException(401, _NOT_ITS_SITE, _CHALLENGE)
    return found


def site_for(request: Request, key: Key, domain: str) -> Site | None:
    """Return a site, None where there is none, or a key is not for it."""
    found = sites.by_domain(request.app.state.control, domain, now=request.app.state.clock())
    return found if found is not None and key.site_id in (None, found.id) else None


def _shown(request: Request) -> Key:
    control: Control = request.app.state.control
    scheme, _, text = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise HTTPException(401, _NO_KEY, _CHALLENGE)
    key = keys.by_hash(control, keys.hash_of(text.strip().encode()))
    if key is None:
        raise HTTPException(401, _UNKNOWN_KEY, _CHALLENGE)
    return key
