"""The routes of the dashboard, each page with the right that it needs.

A test calls every route as everybody, so a route without a right is found (tests/dashboard/test_every_role.py).
"""

import functools
from asyncio import to_thread
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from dashboard.access.reading import reading
from dashboard.access.sessions import SessionPage, signed_in
from dashboard.api import exports, imports, openapi, sites_api, stats_v1, stats_v2
from dashboard.pages import (
    account,
    account_browsers,
    account_passkeys,
    account_password,
    alerts,
    all_sites,
    assets,
    audit,
    badge,
    changes,
    deletion,
    devices,
    exclusions,
    forgotten,
    funnels,
    goals,
    install,
    invitation,
    keys,
    mail,
    members,
    not_counted,
    papers,
    paths,
    preferences,
    privacy,
    privacy_switch,
    properties,
    referrers,
    retention,
    segments,
    settings,
    share,
    sharing,
    sign_in,
    sign_in_code,
    sign_in_provider,
    sites,
    status,
    trial,
    two_factor,
    unsubscribe,
    users,
)
from dashboard.pages.report import details, export, filter_page, notes, realtime
from dashboard.pages.report import page as report
from dashboard.pages.report.tables import BY_PATH
from dashboard.pages.trailing_slash import redirect
from schema.people.roles import Right


def api_routes(event_schema: Mapping[str, Any]) -> list[BaseRoute]:
    """Return the routes of the API. event_schema: JSON schema of an event."""
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


def page_routes() -> list[BaseRoute]:
    """Return the routes of all pages, with the right that each needs."""
    # A domain may have slashes and a port, so the routes that begin with one come last.
    return [
        Route("/static/{digest}/{name}", assets.file),
        Route("/", signed_in(sites.start, needs=Right.SIGNED_IN)),
        Route("/sign-in", sign_in.form, methods=["GET"]),
        Route("/sign-in", sign_in.submit, methods=["POST"]),
        Route("/sign-in/passkey", sign_in.submit_passkey, methods=["POST"]),
        Route("/sign-in/provider", in_thread(sign_in_provider.start)),
        Route("/sign-in/provider/back", in_thread(sign_in_provider.finish)),
        Route("/sign-in/forgotten", in_thread(forgotten.form), methods=["GET"]),
        Route("/sign-in/forgotten", forgotten.submit, methods=["POST"]),
        Route("/sign-in/code", in_thread(sign_in_code.form), methods=["GET"]),
        Route("/sign-in/code", sign_in_code.submit, methods=["POST"]),
        Route("/sign-in/{token}", sign_in.link, methods=["GET"]),
        Route("/sign-in/{token}", sign_in.use_link, methods=["POST"]),
        Route("/invitation/{token}", in_thread(invitation.show), methods=["GET"]),
        Route("/invitation/{token}", invitation.accept, methods=["POST"]),
        Route("/people", signed_in(users.show, needs=Right.SERVER)),
        Route("/people/{id:int}", signed_in(users.change, needs=Right.SERVER), methods=["GET", "POST"]),
        Route("/people/{id:int}/remove", signed_in(users.remove, needs=Right.SERVER), methods=["GET", "POST"]),
        Route(
            "/sign-out",
            signed_in(sign_in.sign_out, needs=Right.SIGNED_IN, before_two_factor=True),
            methods=["POST"],
        ),
        *_routes_of_account(),
        Route("/privacy/{domain:path}", in_thread(papers.public)),
        Route("/unsubscribe/{token}", in_thread(unsubscribe.show), methods=["GET"]),
        Route("/unsubscribe/{token}", in_thread(unsubscribe.stop), methods=["POST"]),
        Route("/share/embed.js", share.script),
        Route("/share/{link:path}", share.show, methods=["GET"]),
        Route("/share/{link:path}", share.enter, methods=["POST"]),
        Route("/sites", signed_in(all_sites.show, needs=Right.SIGNED_IN)),
        Route("/sites/new", signed_in(sites.form, needs=Right.SERVER), methods=["GET"]),
        Route("/sites/new", signed_in(sites.submit, needs=Right.SERVER), methods=["POST"]),
        Route("/keys", signed_in(keys.show, needs=Right.SIGNED_IN), methods=["GET"]),
        Route("/keys", signed_in(keys.add, needs=Right.SIGNED_IN), methods=["POST"]),
        Route("/keys/{id:int}/remove", signed_in(keys.remove, needs=Right.SIGNED_IN), methods=["GET", "POST"]),
        Route("/status", signed_in(status.show, needs=Right.SERVER)),
        *_routes_of_sharing(),
        *_routes_of_settings(),
        *_routes_of_report(),
    ]


def _routes_of_report() -> list[BaseRoute]:
    """Return the routes of the report of a site and of what belongs to it. A domain may have slashes: it comes last."""
    return [
        Route("/{domain:path}/not-counted", signed_in(not_counted.show, needs=Right.VIEW)),
        Route("/{domain:path}/export", reading(export.show)),
        Route("/{domain:path}/filter", reading(filter_page.show), methods=["GET"]),
        Route("/{domain:path}/filter", signed_in(filter_page.save, needs=Right.VIEW), methods=["POST"]),
        Route("/{domain:path}/{table:table}.csv", reading(details.as_csv)),
        Route("/{domain:path}/{table:table}", reading(details.show)),
        Route("/{domain:path}/notes", signed_in(notes.show, needs=Right.VIEW), methods=["GET"]),
        Route("/{domain:path}/notes", signed_in(notes.add, needs=Right.VIEW), methods=["POST"]),
        Route("/{domain:path}/notes/{id:int}", signed_in(notes.change, needs=Right.VIEW), methods=["POST"]),
        Route(
            "/{domain:path}/notes/{id:int}/remove", signed_in(notes.remove, needs=Right.VIEW), methods=["GET", "POST"]
        ),
        Route("/{domain:path}/badge.svg", in_thread(badge.show)),
        Route("/{domain:path}/current-visitors", reading(report.current)),
        Route("/{domain:path}/realtime", reading(realtime.show)),
        Route("/{domain:path}", reading(report.show)),
    ]


def _routes_of_account() -> list[BaseRoute]:
    """Return the routes of the account of the person who is signed in."""
    return [
        Route("/account", signed_in(account.show, needs=Right.SIGNED_IN), methods=["GET"]),
        Route("/account", signed_in(account.correct, needs=Right.SIGNED_IN), methods=["POST"]),
        Route("/account/export", signed_in(account.export, needs=Right.SIGNED_IN)),
        Route("/account/delete", signed_in(account.delete, needs=Right.SIGNED_IN), methods=["POST"]),
        Route("/account/name", signed_in(account.rename, needs=Right.SIGNED_IN), methods=["POST"]),
        Route("/account/password", signed_in(account_password.change, needs=Right.SIGNED_IN), methods=["POST"]),
        Route(
            "/account/browsers/sign-out",
            signed_in(account_browsers.sign_out_everywhere, needs=Right.SIGNED_IN),
            methods=["POST"],
        ),
        Route(
            "/account/browsers/{id}/sign-out",
            signed_in(account_browsers.sign_out, needs=Right.SIGNED_IN),
            methods=["POST"],
        ),
        Route(
            "/account/preferences",
            signed_in(preferences.save, needs=Right.SIGNED_IN, before_two_factor=True),
            methods=["POST"],
        ),
        *_routes_of_two_factor(),
        Route("/account/passkeys", signed_in(account_passkeys.show, needs=Right.SIGNED_IN), methods=["GET"]),
        Route("/account/passkeys", signed_in(account_passkeys.add, needs=Right.SIGNED_IN), methods=["POST"]),
        Route(
            "/account/passkeys/{id:int}/remove",
            signed_in(account_passkeys.remove, needs=Right.SIGNED_IN),
            methods=["GET", "POST"],
        ),
    ]


def _routes_of_two_factor() -> list[BaseRoute]:
    """Return the routes of the second factor of an account, which is set up before anything else if it must be."""
    path = "/account/two-factor"
    return [
        Route(path, signed_in(two_factor.show, needs=Right.SIGNED_IN, before_two_factor=True), methods=["GET"]),
        Route(path, signed_in(two_factor.confirm, needs=Right.SIGNED_IN, before_two_factor=True), methods=["POST"]),
        Route(f"{path}/codes", signed_in(two_factor.renew_codes, needs=Right.SIGNED_IN), methods=["POST"]),
        Route(f"{path}/off", signed_in(two_factor.turn_off, needs=Right.SIGNED_IN), methods=["POST"]),
    ]


def _routes_of_settings() -> list[BaseRoute]:
    """Return the routes of the settings of a site. Its own page comes last: a domain may have slashes."""
    return [
        *_settings_routes("goals", goals.show, goals.add, goals.remove, needs=Right.EDIT, change=goals.change),
        *_settings_routes(
            "funnels", funnels.show, funnels.add, funnels.remove, needs=Right.EDIT, change=funnels.change
        ),
        *_settings_routes(
            "segments", segments.show, segments.add, segments.remove, needs=Right.EDIT, change=segments.change
        ),
        Route(
            "/{domain:path}/settings/properties/name",
            signed_in(properties.rename, needs=Right.EDIT),
            methods=["GET", "POST"],
        ),
        *_settings_routes("properties", properties.show, properties.add, properties.remove, needs=Right.EDIT, one=""),
        Route(
            "/{domain:path}/settings/paths/slashes", signed_in(paths.merge, needs=Right.ADMINISTER), methods=["POST"]
        ),
        *_settings_routes("paths", paths.show, paths.add, paths.remove, needs=Right.ADMINISTER, one=""),
        *_settings_routes("referrers", referrers.show, referrers.add, referrers.remove, needs=Right.EDIT, one=""),
        Route(
            "/{domain:path}/settings/exclusions/test", signed_in(trial.show, needs=Right.ADMINISTER), methods=["GET"]
        ),
        Route(
            "/{domain:path}/settings/exclusions/test", signed_in(trial.run, needs=Right.ADMINISTER), methods=["POST"]
        ),
        Route(
            "/{domain:path}/settings/exclusions/{id:int}/mode",
            signed_in(exclusions.change, needs=Right.ADMINISTER),
            methods=["POST"],
        ),
        Route(
            "/{domain:path}/settings/exclusions/{id:int}/renew",
            signed_in(exclusions.renew, needs=Right.ADMINISTER),
            methods=["POST"],
        ),
        *_settings_routes("exclusions", exclusions.show, exclusions.add, exclusions.remove, needs=Right.ADMINISTER),
        *_routes_of_privacy(),
        *_routes_of_people(),
        Route(
            "/{domain:path}/settings/deletion/site", signed_in(deletion.ask_for_site, needs=Right.OWN), methods=["GET"]
        ),
        Route(
            "/{domain:path}/settings/deletion/site", signed_in(deletion.remove_site, needs=Right.OWN), methods=["POST"]
        ),
        *_routes_of_mail(),
        Route("/{domain:path}/settings/deletion", signed_in(deletion.show, needs=Right.OWN), methods=["GET"]),
        Route("/{domain:path}/settings/deletion", signed_in(deletion.erase, needs=Right.OWN), methods=["POST"]),
        Route("/{domain:path}/settings/devices", signed_in(devices.show, needs=Right.ADMINISTER)),
        Route("/{domain:path}/settings/retention", signed_in(retention.show, needs=Right.ADMINISTER), methods=["GET"]),
        Route("/{domain:path}/settings/retention", signed_in(retention.keep, needs=Right.ADMINISTER), methods=["POST"]),
        Route("/{domain:path}/settings/changes.csv", signed_in(changes.as_csv, needs=Right.ADMINISTER)),
        Route("/{domain:path}/settings/changes", signed_in(changes.show, needs=Right.ADMINISTER)),
        Route("/{domain:path}/settings/install", signed_in(install.show, needs=Right.EDIT), methods=["GET"]),
        Route("/{domain:path}/settings/install", signed_in(install.check, needs=Right.EDIT), methods=["POST"]),
        Route("/{domain:path}/settings/domain", signed_in(settings.move, needs=Right.OWN), methods=["POST"]),
        Route("/{domain:path}/settings", signed_in(settings.show, needs=Right.ADMINISTER), methods=["GET"]),
        Route("/{domain:path}/settings", signed_in(settings.change, needs=Right.ADMINISTER), methods=["POST"]),
    ]


def _routes_of_mail() -> list[BaseRoute]:
    path, needs = "/{domain:path}/settings/mail", Right.ADMINISTER
    return [
        Route(f"{path}/test", signed_in(mail.send_test, needs=needs), methods=["POST"]),
        Route(f"{path}/{{id:int}}/html", signed_in(mail.html, needs=needs)),
        Route(f"{path}/{{id:int}}", signed_in(mail.preview, needs=needs)),
        *_settings_routes("mail", mail.show, mail.add, mail.remove, needs=needs),
        *_settings_routes("alerts", alerts.show, alerts.add, alerts.remove, needs=needs),
    ]


def _routes_of_people() -> list[BaseRoute]:
    path, needs = "/{domain:path}/settings/people", Right.ADMINISTER
    return [
        Route(f"{path}/invitations/{{id:int}}/renew", signed_in(members.renew, needs=needs), methods=["POST"]),
        Route(f"{path}/invitations/{{id:int}}/revoke", signed_in(members.revoke, needs=needs), methods=["GET", "POST"]),
        *_settings_routes("people", members.show, members.invite, members.remove, change=members.change, needs=needs),
    ]


def _routes_of_privacy() -> list[BaseRoute]:
    return [
        Route("/{domain:path}/settings/privacy", signed_in(privacy.show, needs=Right.ADMINISTER), methods=["GET"]),
        Route("/{domain:path}/settings/privacy", signed_in(privacy.change, needs=Right.ADMINISTER), methods=["POST"]),
        Route(
            "/{domain:path}/settings/privacy/switch",
            signed_in(privacy_switch.show, needs=Right.ADMINISTER),
            methods=["GET"],
        ),
        Route(
            "/{domain:path}/settings/privacy/switch",
            signed_in(privacy_switch.switch, needs=Right.ADMINISTER),
            methods=["POST"],
        ),
        Route(
            "/{domain:path}/settings/privacy/review",
            signed_in(privacy.review, needs=Right.ADMINISTER),
            methods=["POST"],
        ),
        Route("/{domain:path}/settings/privacy/audit", signed_in(audit.show, needs=Right.ADMINISTER)),
        Route("/{domain:path}/settings/privacy/people", signed_in(audit.people, needs=Right.ADMINISTER)),
        Route(
            "/{domain:path}/settings/privacy/papers/{name}.md", signed_in(papers.as_markdown, needs=Right.ADMINISTER)
        ),
        Route("/{domain:path}/settings/privacy/papers/{name}", signed_in(papers.show, needs=Right.ADMINISTER)),
    ]


def in_thread(page: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that runs `page` in a thread, for everybody."""

    @functools.wraps(page)
    async def endpoint(request: Request) -> Response:
        return await to_thread(page, request)

    return endpoint


def _routes_of_sharing() -> list[BaseRoute]:
    return [
        *_settings_routes(
            "sharing", sharing.show, sharing.add, sharing.remove, needs=Right.ADMINISTER, change=sharing.change
        ),
        Route(
            "/{domain:path}/settings/sharing/public",
            signed_in(sharing.publish, needs=Right.ADMINISTER),
            methods=["POST"],
        ),
    ]


def _settings_routes(
    noun: str,
    show: SessionPage,
    add: SessionPage,
    remove: SessionPage,
    *,
    needs: Right,
    change: SessionPage | None = None,
    one: str = "/{id:int}",
) -> list[BaseRoute]:
    """Return the routes of a settings list: show it, add an entry, change an entry, remove an entry."""
    path = f"/{{domain:path}}/settings/{noun}"
    return [
        *([Route(f"{path}{one}", signed_in(change, needs=needs), methods=["GET", "POST"])] if change else []),
        Route(path, signed_in(show, needs=needs), methods=["GET"]),
        Route(path, signed_in(add, needs=needs), methods=["POST"]),
        Route(f"{path}{one}/remove", signed_in(remove, needs=needs), methods=["GET", "POST"]),
    ]


async def _no_such_call(request: Request) -> Response:
    if response := redirect(request.scope):
        return response
    raise HTTPException(404, "")
