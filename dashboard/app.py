"""The dashboard as an ASGI application: routes, response headers and error responses.

Middleware is plain ASGI. Every response carries the headers below; only files under /static may be cached. Errors are
JSON under /api/ and a page elsewhere.
"""

import functools
import logging
import secrets
import time
from asyncio import to_thread
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import language
from dashboard.access.key_limits import KeyLimits
from dashboard.access.known_browsers import KnownBrowsers
from dashboard.access.passwords import Passwords
from dashboard.access.sessions import SessionPage, signed_in
from dashboard.access.throttle import Throttle
from dashboard.api import error as api_error
from dashboard.api import exports, imports, openapi, sites_api, stats_v1, stats_v2
from dashboard.export.running import Running
from dashboard.mail.mailer import Mailer
from dashboard.pages import (
    account,
    all_sites,
    assets,
    audit,
    changes,
    deletion,
    devices,
    error,
    exclusions,
    funnels,
    goals,
    install,
    keys,
    not_counted,
    papers,
    preferences,
    privacy,
    privacy_switch,
    properties,
    referrers,
    retention,
    segments,
    settings,
    sign_in,
    sites,
    trial,
)
from dashboard.pages.report import details, export, filter_page, notes, realtime
from dashboard.pages.report import page as report
from dashboard.pages.report.tables import BY_PATH
from dashboard.pages.trailing_slash import WithoutTrailingSlash, redirect
from dashboard.papers.facts import Installation
from dashboard.services import ImportEvents, Services, provide
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

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:;"
    " font-src 'self'; form-action 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
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
    )
    app = _without_services(event_schema)
    provide(app, provided)
    return app


def _without_services(event_schema: Mapping[str, Any]) -> Starlette:
    return Starlette(
        routes=[
            *_api_routes(event_schema),
            Mount("/", routes=_page_routes(), middleware=_PAGE_MIDDLEWARE),
        ],
        middleware=[
            Middleware(PageHeaders),
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


def _api_routes(event_schema: Mapping[str, Any]) -> list[BaseRoute]:
    return [
        Route("/api/docs/openapi.json", openapi.Description(event_schema).show),
        Route("/api/docs/query/schema.json", openapi.show_query_schema),
        Route("/api/v2/query", stats_v2.query, methods=["POST"]),
        *stats_v1.routes(),
        Route("/api/v1/sites/{domain:path}/import/events", imports.events, methods=["POST"]),
        Route("/api/v1/sites/{domain:path}/export/events", exports.events),
        Route("/api/v1/sites/{domain:path}/export/visits", exports.visits),
        *sites_api.routes(),
        Route("/api/{call:path}", _no_such_call, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]


class TableName(Convertor[str]):
    """The last part of the path of a table of a report, such as `pages`."""

    regex = "|".join(path.removeprefix("/") for path in BY_PATH)

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("table", TableName())


def _page_routes() -> list[BaseRoute]:
    # A domain may have slashes and a port, so the routes that begin with one come last.
    return [
        Route("/static/{digest}/{name}", assets.file),
        Route("/", signed_in(sites.start)),
        Route("/sign-in", sign_in.form, methods=["GET"]),
        Route("/sign-in", sign_in.submit, methods=["POST"]),
        Route("/sign-in/{token}", sign_in.link, methods=["GET"]),
        Route("/sign-in/{token}", sign_in.use_link, methods=["POST"]),
        Route("/sign-out", signed_in(sign_in.sign_out), methods=["POST"]),
        Route("/account", signed_in(account.show), methods=["GET"]),
        Route("/account", signed_in(account.correct), methods=["POST"]),
        Route("/account/export", signed_in(account.export)),
        Route("/account/delete", signed_in(account.delete), methods=["POST"]),
        Route("/account/preferences", signed_in(preferences.save), methods=["POST"]),
        Route("/privacy/{domain:path}", in_thread(papers.public)),
        Route("/sites", signed_in(all_sites.show)),
        Route("/sites/new", signed_in(sites.form), methods=["GET"]),
        Route("/sites/new", signed_in(sites.submit), methods=["POST"]),
        Route("/keys", signed_in(keys.show), methods=["GET"]),
        Route("/keys", signed_in(keys.add), methods=["POST"]),
        Route("/keys/{id:int}/remove", signed_in(keys.remove), methods=["GET", "POST"]),
        *_routes_of_settings(),
        Route("/{domain:path}/not-counted", signed_in(not_counted.show)),
        Route("/{domain:path}/export", signed_in(export.show)),
        Route("/{domain:path}/filter", signed_in(filter_page.show), methods=["GET"]),
        Route("/{domain:path}/filter", signed_in(filter_page.save), methods=["POST"]),
        Route("/{domain:path}/{table:table}.csv", signed_in(details.as_csv)),
        Route("/{domain:path}/{table:table}", signed_in(details.show)),
        Route("/{domain:path}/notes", signed_in(notes.show), methods=["GET"]),
        Route("/{domain:path}/notes", signed_in(notes.add), methods=["POST"]),
        Route("/{domain:path}/notes/{id:int}", signed_in(notes.change), methods=["POST"]),
        Route("/{domain:path}/notes/{id:int}/remove", signed_in(notes.remove), methods=["GET", "POST"]),
        Route("/{domain:path}/current-visitors", signed_in(report.current)),
        Route("/{domain:path}/realtime", signed_in(realtime.show)),
        Route("/{domain:path}", signed_in(report.show)),
    ]


def _routes_of_settings() -> list[BaseRoute]:
    """Return the routes of the settings of a site. Its own page comes last: a domain may have slashes."""
    return [
        *_settings_routes("goals", goals.show, goals.add, goals.remove, change=goals.change),
        *_settings_routes("funnels", funnels.show, funnels.add, funnels.remove, change=funnels.change),
        *_settings_routes("segments", segments.show, segments.add, segments.remove, change=segments.change),
        Route("/{domain:path}/settings/properties/name", signed_in(properties.rename), methods=["GET", "POST"]),
        *_settings_routes("properties", properties.show, properties.add, properties.remove, one=""),
        *_settings_routes("referrers", referrers.show, referrers.add, referrers.remove, one=""),
        Route("/{domain:path}/settings/exclusions/test", signed_in(trial.show), methods=["GET"]),
        Route("/{domain:path}/settings/exclusions/test", signed_in(trial.run), methods=["POST"]),
        Route("/{domain:path}/settings/exclusions/{id:int}/mode", signed_in(exclusions.change), methods=["POST"]),
        Route("/{domain:path}/settings/exclusions/{id:int}/renew", signed_in(exclusions.renew), methods=["POST"]),
        *_settings_routes("exclusions", exclusions.show, exclusions.add, exclusions.remove),
        Route("/{domain:path}/settings/privacy", signed_in(privacy.show), methods=["GET"]),
        Route("/{domain:path}/settings/privacy", signed_in(privacy.change), methods=["POST"]),
        Route("/{domain:path}/settings/privacy/switch", signed_in(privacy_switch.show), methods=["GET"]),
        Route("/{domain:path}/settings/privacy/switch", signed_in(privacy_switch.switch), methods=["POST"]),
        Route("/{domain:path}/settings/privacy/review", signed_in(privacy.review), methods=["POST"]),
        Route("/{domain:path}/settings/privacy/audit", signed_in(audit.show)),
        Route("/{domain:path}/settings/privacy/people", signed_in(audit.people)),
        Route("/{domain:path}/settings/privacy/papers/{name}.md", signed_in(papers.as_markdown)),
        Route("/{domain:path}/settings/privacy/papers/{name}", signed_in(papers.show)),
        Route("/{domain:path}/settings/deletion", signed_in(deletion.show), methods=["GET"]),
        Route("/{domain:path}/settings/deletion", signed_in(deletion.erase), methods=["POST"]),
        Route("/{domain:path}/settings/devices", signed_in(devices.show)),
        Route("/{domain:path}/settings/retention", signed_in(retention.show), methods=["GET"]),
        Route("/{domain:path}/settings/retention", signed_in(retention.keep), methods=["POST"]),
        Route("/{domain:path}/settings/changes.csv", signed_in(changes.as_csv)),
        Route("/{domain:path}/settings/changes", signed_in(changes.show)),
        Route("/{domain:path}/settings/install", signed_in(install.show)),
        Route("/{domain:path}/settings/domain", signed_in(settings.move), methods=["POST"]),
        Route("/{domain:path}/settings", signed_in(settings.show), methods=["GET"]),
        Route("/{domain:path}/settings", signed_in(settings.change), methods=["POST"]),
    ]


def in_thread(page: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that runs `page` in a thread, for everybody."""

    @functools.wraps(page)
    async def endpoint(request: Request) -> Response:
        return await to_thread(page, request)

    return endpoint


def _settings_routes(
    noun: str,
    show: SessionPage,
    add: SessionPage,
    remove: SessionPage,
    *,
    change: SessionPage | None = None,
    one: str = "/{id:int}",
) -> list[BaseRoute]:
    """Return the routes of a settings list: show it, add an entry, change an entry, remove an entry."""
    path = f"/{{domain:path}}/settings/{noun}"
    return [
        *([Route(f"{path}{one}", signed_in(change), methods=["GET", "POST"])] if change else []),
        Route(path, signed_in(show), methods=["GET"]),
        Route(path, signed_in(add), methods=["POST"]),
        Route(f"{path}{one}/remove", signed_in(remove), methods=["GET", "POST"]),
    ]


class PageHeaders:
    """Adds HEADERS to every response that does not set them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
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


async def _no_such_call(request: Request) -> Response:
    if response := redirect(request.scope):
        return response
    raise HTTPException(404, "")


# In threads, because error pages look up who is signed in.
def _refused(request: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, HTTPException):
        return _failure(request, 500)
    if api_error.is_for_program(request.scope):
        return api_error.answer(refusal.status_code, refusal.detail, headers=refusal.headers)
    return error.page(refusal.status_code, request)


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
