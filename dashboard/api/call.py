"""A call of the Sites API: its key, its fields and its error answers.

A site outside the key's access gets the same answer as an unknown site.
"""

from asyncio import to_thread
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard.api import bearer, body
from dashboard.api.body import Fields
from dashboard.services import Services, services
from dashboard.stats.model.error import QueryError
from schema.exclusions import audit
from schema.exclusions.matchers import ExclusionError
from schema.measures.custom_props import CustomPropError
from schema.measures.funnels import FunnelError
from schema.measures.goals import GoalError
from schema.measures.segments import SegmentError
from schema.sites.guests import GuestError
from schema.sites.keys import Key, Scope
from schema.sites.script_settings import ScriptSettingsError
from schema.sites.shared_links import SharedLinkError
from schema.sites.sites import Site, SiteError
from schema.stores.control import Control

Answer = Mapping[str, Any]
Record = TypeVar("Record")

REFUSALS = (
    CustomPropError,
    ExclusionError,
    FunnelError,
    GoalError,
    GuestError,
    QueryError,
    ScriptSettingsError,
    SegmentError,
    SharedLinkError,
    SiteError,
)
_YES_OR_NO: Mapping[object, bool] = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Call:
    """A request with its API key and its fields."""

    request: Request
    key: Key
    fields: Fields

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

    def site(self) -> Site:
        """Return the site with the domain `site_id` from path, body or URL. Raises HTTPException (400, 404)."""
        domain = self.request.path_params.get("site_id") or self.text("site_id")
        if not domain:
            refuse("site_id is missing: give the domain of the site")
        site = bearer.site_for(self.request, self.key, domain)
        if site is None:
            raise HTTPException(404, "This site does not exist, or this API key has no access to it.")
        return site

    def has(self, name: str) -> bool:
        """True if the request has a field that is not null."""
        return self.fields.get(name) is not None

    def text(self, name: str) -> str:
        """Return a text, "" by default. Raises HTTPException (400)."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, str):
            refuse(f"{name} must be a text")
        return value or ""

    def whole(self, name: str, default: int) -> int:
        """Return a whole number. Raises HTTPException (400)."""
        value = self.fields.get(name)
        if value is None or value == "":
            return default
        try:
            if isinstance(value, bool | float):
                raise ValueError(name)
            return int(value)
        except (TypeError, ValueError):
            refuse(f"{name} must be a whole number")

    def flag(self, name: str) -> bool:
        """Return a boolean, False by default. Raises HTTPException (400)."""
        value = self.fields.get(name, False)
        if isinstance(value, bool):
            return value
        if not isinstance(value, str) or value not in _YES_OR_NO:
            refuse(f"{name} must be true or false")
        return _YES_OR_NO[value]

    def texts_by_name(self, name: str) -> dict[str, str]:
        """Return an object of texts, empty by default. Raises HTTPException (400)."""
        value = self.fields.get(name)
        if value in (None, "", [""]):
            return {}
        if not isinstance(value, dict) or not all(isinstance(inner, str) for inner in value.values()):
            refuse(f'{name} must be an object of texts, such as {{"plan": "pro"}}')
        return value


def endpoint(scope: Scope, answer: Callable[[Call], Answer]) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint for keys with a scope. It runs `answer` in a thread and sends the result as JSON."""

    async def run(request: Request) -> Response:
        key = await to_thread(bearer.authorized, request, scope)
        fields = await body.read(request)
        try:
            return JSONResponse(await to_thread(answer, Call(request, key, fields)))
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
