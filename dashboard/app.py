"""The dashboard as an ASGI application: response headers and error responses.

Middleware is plain ASGI. Every response carries the headers below; only files under /static may be cached. Errors are
JSON under /api/ and a page elsewhere.
"""

import logging
import secrets
import time
from asyncio import to_thread
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import language
from dashboard.access.framing import NOBODY, content_policy
from dashboard.access.key_limits import KeyLimits
from dashboard.access.known_browsers import KnownBrowsers
from dashboard.access.passwords import Passwords
from dashboard.access.reading import LinkRefusedError, is_embedded
from dashboard.access.second_factor import SecondFactors
from dashboard.access.sessions import NotAllowedError
from dashboard.access.throttle import Throttle
from dashboard.access.ways_in import WaysIn
from dashboard.api import error as api_error
from dashboard.export.running import Running
from dashboard.mail.mailer import Mailer
from dashboard.pages import error
from dashboard.pages.trailing_slash import WithoutTrailingSlash
from dashboard.papers.facts import Installation
from dashboard.routes import api_routes, page_routes
from dashboard.services import ImportEvents, ServerState, Services, provide
from dashboard.stats.answer.run import run
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Result
from dashboard.stats.page import answer_page
from schema.days.days_with_rows import looked_up
from schema.days.rolled_days import RolledDays
from schema.exclusions.what_if import RulesInForce
from schema.measures.rates import NO_RATES, Rates
from schema.privacy.profile import Privacy
from schema.privacy.signed_links import Links
from schema.sentence import Sentence
from schema.sites.imports import ImportRefusedError, ImportResult
from schema.stores.control import Control, ControlUnavailableError
from schema.stores.database import Database, DatabaseUnavailableError, OperationalError, QueryLimitError

MAX_FORM_BYTES = 64 * 1024
_PAGE_MIDDLEWARE = [
    Middleware(WithoutTrailingSlash),
    Middleware(error.TooLargePages),
    Middleware(RequestBodyLimitMiddleware, max_body_size=MAX_FORM_BYTES),
]

# What browsers offer to pages and no page of ours uses.
UNUSED_FEATURES = (
    "accelerometer",
    "autoplay",
    "bluetooth",
    "browsing-topics",
    "camera",
    "display-capture",
    "encrypted-media",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
HEADERS = {
    "Content-Security-Policy": content_policy(),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",  # other sites can't load our answers as pictures or scripts
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
    "X-Permitted-Cross-Domain-Policies": "none",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED_FEATURES),
}
HTTPS_ONLY = {  # browsers ignore these over HTTP, and say so on the console
    # A year. Without includeSubDomains: the operator decides about other names below the domain of the dashboard.
    "Strict-Transport-Security": "max-age=31536000",
    "Cross-Origin-Opener-Policy": "same-origin",  # other sites get no hold of our windows
    "Origin-Agent-Cluster": "?1",
}

_QUERY_LIMIT = "This query exceeds the limit on time or memory. Use a shorter period or fewer dimensions."

log = logging.getLogger(__name__)


def _reject_import(*_arguments: object, **_options: object) -> ImportResult:
    raise ImportRefusedError("This server does not accept imports.")


@dataclass(frozen=True, slots=True)
class _Answers:
    """Answers queries with the rates and the daily counts of the moment."""

    database: Database
    rates: Callable[[], Rates]
    rolled: Callable[[int, ZoneInfo], RolledDays | None]

    def ask(self, query: Query, privacy: Privacy) -> Result:
        days = self._days([query], privacy)
        return run(self.database, query, privacy=privacy, rates=self.rates(), rolled=days)

    def ask_page(self, questions: Mapping[str, Query], privacy: Privacy) -> Mapping[str, Result]:
        days = self._days(list(questions.values()), privacy)
        return answer_page(self.database, questions, privacy=privacy, rates=self.rates(), rolled=days)

    def _days(self, questions: Sequence[Query], privacy: Privacy) -> RolledDays | None:
        """Return the counted days of the site of the questions. Exempt sites count only what has rows."""
        site_id, zone = questions[0].site_id, questions[0].period.zone
        days = self.rolled(site_id, zone)
        if days is None or not privacy.is_exempt:
            return days
        first, last = min(one.period.first for one in questions), max(one.period.last for one in questions)
        return looked_up(self.database, days, site_id=site_id, first=first, last=last)


def create_app(
    *,
    control: Control,
    database: Database,
    base_url: str,
    rules: RulesInForce,
    links: Links,
    script_integrity: str = "",
    credits_due: Callable[[], Sequence[tuple[str, str]]] = tuple,
    api_requests_per_hour: int = 600,
    rates: Callable[[], Rates] = lambda: NO_RATES,
    rolled: Callable[[int, ZoneInfo], RolledDays | None] = lambda _site_id, _zone: None,
    import_events: ImportEvents = _reject_import,
    problems: Callable[[], Sequence[Sentence | str]] = tuple,
    excluded_share: float = 0.3,
    clock: Callable[[], float] = time.time,
    hasher: PasswordHasher | None = None,
    client_address: Callable[[Scope], bytes] = lambda _scope: b"",
    browser_key: bytes = b"",
    event_schema: Mapping[str, Any] = MappingProxyType({}),
    installation: Installation | None = None,
    mailer: Mailer | None = None,
    ways_in: WaysIn = WaysIn(),  # noqa: B008 - is frozen
    server_state: Callable[[], ServerState] = ServerState,
) -> Starlette:
    """Return the dashboard.

    Services explains most parameters. rates: the current exchange rates. rolled: the days of a site that have daily
    counts. api_requests_per_hour: limit per API key; 0 means no limit. hasher: argon2id by default. browser_key: signs
    the cookies of known browsers; by default, browsers are new after a restart. event_schema: JSON schema of an event.
    """
    answers = _Answers(database, rates, rolled)
    browsers = KnownBrowsers(browser_key or secrets.token_bytes(32), clock)
    provided = Services(
        control=control,
        database=database,
        clock=clock,
        base_url=base_url.rstrip("/"),
        ask=answers.ask,
        rolled=rolled,
        ask_page=answers.ask_page,
        import_events=import_events,
        exports=Running(),
        rules=rules,
        problems=problems,
        excluded_share=excluded_share,
        links=links,
        key_limits=KeyLimits(clock, per_hour=api_requests_per_hour),
        passwords=Passwords(control, hasher or PasswordHasher(), throttle=Throttle(clock), browsers=browsers),
        client_address=client_address,
        script_integrity=script_integrity,
        installation=installation or Installation(base_url=base_url.rstrip("/")),
        credits_due=credits_due,
        mailer=mailer,
        second_factors=_second_factors(control, ways_in, browsers, clock),
        ways_in=ways_in,
        server_state=server_state,
    )
    provide(app := _without_services(event_schema, is_https=provided.base_url.startswith("https://")), provided)
    return app


def _second_factors(
    control: Control, ways_in: WaysIn, browsers: KnownBrowsers, clock: Callable[[], float]
) -> SecondFactors:
    key = ways_in.secrets_key or secrets.token_bytes(32)
    return SecondFactors(control, key, throttle=Throttle(clock), browsers=browsers, clock=clock)


def _without_services(event_schema: Mapping[str, Any], *, is_https: bool) -> Starlette:
    return Starlette(
        routes=[
            *api_routes(event_schema),
            Mount("/", routes=page_routes(), middleware=_PAGE_MIDDLEWARE),
        ],
        middleware=[
            Middleware(PageHeaders, headers=HEADERS | HTTPS_ONLY if is_https else HEADERS),
            Middleware(GZipMiddleware, compresslevel=6),
            Middleware(Languages),
            Middleware(InternalErrors),
        ],
        exception_handlers={
            HTTPException: _refused,
            ControlUnavailableError: _unwritable,
            DatabaseUnavailableError: _unavailable,
            QueryLimitError: _over_query_limit,
            OperationalError: _unavailable,  # the connection was lost during a query
        },
    )


class PageHeaders:
    """Adds headers to every response that does not set them itself."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                may_be_framed = not headers.get("Content-Security-Policy", NOBODY).endswith(NOBODY)
                for name, value in self._headers.items():
                    if name != "X-Frame-Options" or not may_be_framed:
                        headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class Languages:
    """Sets the language of each request by its Accept-Language header. `signed_in` prefers that of the account."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        language.use(
            language.preferred(Headers(scope=scope).get("accept-language", "")) if scope["type"] == "http" else "en"
        )
        await self._app(scope, receive, send)


class InternalErrors:
    """Logs unexpected exceptions once and responds with "Internal error".

    A client that disconnects during its request is expected. The log line names the endpoint, never the URL: a path may
    contain the token of a sign-in link.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_started = False

        async def send_noting_start(message: Message) -> None:
            nonlocal is_started
            is_started = True
            await send(message)

        try:
            await self._app(scope, receive, send_noting_start)
        except ClientDisconnect:
            return
        except Exception:
            endpoint = scope.get("endpoint")
            log.exception(
                "Internal error in %s.%s", getattr(endpoint, "__module__", ""), getattr(endpoint, "__name__", "")
            )
            if not is_started:
                answer = await to_thread(_failure, Request(scope), 500)
                await answer(scope, receive, send)


# In threads, because error pages look up who is signed in.
def _refused(request: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, HTTPException):
        return _failure(request, 500)
    if api_error.is_for_program(request.scope):
        return api_error.answer(refusal.status_code, refusal.detail, headers=refusal.headers)
    if isinstance(refusal, NotAllowedError):
        return error.not_allowed(request, refusal.right)
    is_of_frame = isinstance(refusal, LinkRefusedError) and is_embedded(request)
    page = error.in_frame(refusal.status_code) if is_of_frame else error.page(refusal.status_code, request)
    page.headers.update(refusal.headers or {})
    return page


def _unavailable(request: Request, reason: Exception) -> Response:
    log.error("%s", reason)
    return _failure(request, 503)


def _unwritable(request: Request, reason: Exception) -> Response:
    log.error("%s", reason)
    if api_error.is_for_program(request.scope):
        return api_error.answer(503, f"{reason} Try again later.", headers={"Retry-After": "60"})
    return error.without_control(str(reason), request)


def _over_query_limit(request: Request, _reason: Exception) -> Response:
    if api_error.is_for_program(request.scope):
        return api_error.answer(503, _QUERY_LIMIT, headers={"Retry-After": "60"})
    return error.page(503, request)


def _failure(request: Request, status: int) -> Response:
    return api_error.answer(status) if api_error.is_for_program(request.scope) else error.page(status, request)
