"""A call of the Sites API: its key, its fields and its error answers.

A site outside the key's access gets the same answer as an unknown site.
"""

from asyncio import to_thread
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar, get_type_hints

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard.api import bearer, body, inputs
from dashboard.api.body import Fields
from dashboard.api.inputs import Input, OfSite
from dashboard.services import Services, services
from dashboard.stats.model.error import QueryError
from schema.exclusions import audit
from schema.exclusions.matchers import ExclusionError
from schema.measures.annotations import AnnotationError
from schema.measures.custom_props import CustomPropError
from schema.measures.funnels import FunnelError
from schema.measures.goals import GoalError
from schema.measures.segments import SegmentError
from schema.people.guests import GuestError
from schema.people.roles import Right
from schema.privacy.erasures import ErasureError
from schema.privacy.profile import PrivacyError
from schema.sentence import Sentence
from schema.sites.keys import Key, Scope
from schema.sites.referrers import ReferrerError
from schema.sites.script_settings import ScriptSettingsError
from schema.sites.shared_links import SharedLinkError
from schema.sites.sites import Site, SiteError
from schema.stores.control import Control

Answer = Mapping[str, Any]
Record = TypeVar("Record")

REFUSALS = (
    AnnotationError,
    CustomPropError,
    ReferrerError,
    ErasureError,
    ExclusionError,
    FunnelError,
    GoalError,
    GuestError,
    PrivacyError,
    QueryError,
    ScriptSettingsError,
    SegmentError,
    SharedLinkError,
    SiteError,
)


@dataclass(frozen=True, slots=True)
class Call:
    """A request with its API key and its fields."""

    request: Request
    key: Key
    fields: Fields
    site_id: str  # the domain of a site; empty: none

    @property
    def control(self) -> Control:
        return self.server.control

    @property
    def server(self) -> Services:
        return services(self.request)

    @property
    def who(self) -> str:
        """The name of the caller, for the audit log."""
        is_operator = self.request.scope.get(bearer.OPERATOR) is True
        return audit.COMMAND_LINE if is_operator else f"API key {self.key.name}"

    def record(self, site: Site, change: str, **values: str) -> None:
        """Log a change of settings that the call has just made. change: a sentence with the names of values."""
        audit.record(
            self.control, site_id=site.id, who=self.who, change=Sentence(change, values), now=self.server.clock()
        )

    def require(self, right: Right) -> None:
        """Raise HTTPException (403) if the user of the key lacks a right on its site."""
        if not self.key.may(right):
            raise HTTPException(403, "The user of this API key does not have the role that this call needs.")

    def site(self, *, needs: Right = Right.ADMINISTER) -> Site:
        """Return the site of the call. Raises HTTPException (400, 403, 404). needs: a right of the user of the key."""
        if not self.site_id:
            refuse("site_id is missing: give the domain of the site")
        site = bearer.site_for(self.request, self.key, self.site_id)
        if site is None:
            raise HTTPException(404, "This site does not exist, or this API key has no access to it.")
        self.require(needs)
        return site


def input_of(answer: Callable[..., Answer]) -> type[Input]:
    """Return the input that a function takes after the call; OfSite if it takes none, because the call needs a site."""
    hints = get_type_hints(answer).values()
    return next((kind for kind in hints if isinstance(kind, type) and issubclass(kind, Input)), OfSite)


def endpoint(scope: Scope, answer: Callable[..., Answer]) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint for keys with a scope. It runs `answer` in a thread and sends the result as JSON."""
    kind = input_of(answer)

    async def run(request: Request) -> Response:
        key = await to_thread(bearer.authorized, request, scope)
        fields = await body.read(request)
        sent = inputs.read(fields, kind)
        site_id = request.path_params.get("site_id", "") or getattr(sent, "site_id", "")
        call = Call(request, key, fields, site_id)
        arguments = (call,) if kind is OfSite else (call, sent)
        try:
            return JSONResponse(await to_thread(answer, *arguments))
        except REFUSALS as error:
            raise HTTPException(400, str(error)) from None

    run.__name__ = answer.__name__
    run.__doc__ = answer.__doc__
    run.__module__ = answer.__module__
    return run


def refuse(sentence: str) -> NoReturn:
    """Raise HTTPException (400) with a sentence."""
    raise HTTPException(400, sentence)


def existing(get: Callable[..., Record], *arguments: object) -> Record:
    """Return get(*arguments). Raises HTTPException (404) if it raises one of REFUSALS."""
    try:
        return get(*arguments)
    except REFUSALS as error:
        raise HTTPException(404, str(error)) from None
    except OverflowError:  # a number that no row can have
        raise HTTPException(404, "This id does not exist on this site.") from None
