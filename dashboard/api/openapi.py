"""All calls for programs, as an OpenAPI document (3.1). What a call is for is the first line of its function.

The collector's own calls are described here too, though they are answered elsewhere.
"""

import inspect
import re
from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.api import query_schema, stats_v1, table
from dashboard.export.formats import FORMATS

_OPEN: list[dict[str, list[str]]] = []  # no key is needed
_TEXT = {"type": "string"}
_STATS = ("site_id", "period", "date", "metrics", "filters", "with_imported")
_EXPORT = ("format", "from", "to")
_IMPORT = "/api/v1/sites/{domain}/import/events"
_SCHEMAS = "#/components/schemas/"
_NDJSON = "application/x-ndjson"
_PARAMETERS = {
    f"{stats_v1.PREFIX}/realtime/visitors": ("site_id",),
    f"{stats_v1.PREFIX}/aggregate": (*_STATS, "compare"),
    f"{stats_v1.PREFIX}/timeseries": (*_STATS, "interval"),
    f"{stats_v1.PREFIX}/breakdown": (*_STATS, "property", "limit", "page"),
    "/api/v1/sites/funnels/{id}/report": ("site_id", "period", "date", "filters", "within"),
    "/api/v1/sites/{domain}/export/events": _EXPORT,
    "/api/v1/sites/{domain}/export/visits": _EXPORT,
    _IMPORT: ("import_id", "dry_run"),
}


def document(routes: Iterable[BaseRoute], *, base_url: str) -> dict[str, Any]:
    """Return the document. routes: of the calls that the dashboard answers."""
    paths: dict[str, dict[str, Any]] = {
        "/api/event": {"post": _event()},
        "/api/pixel.gif": {"get": _pixel()},
        "/api/health": {"get": _health()},
    }
    for route in routes:
        if isinstance(route, Route) and route.path.startswith("/api/") and "{call" not in route.path:
            path = re.sub(r":\w+\}", "}", route.path)
            for method in sorted((route.methods or set()) - {"HEAD"}):
                paths.setdefault(path, {})[method.lower()] = _operation(route, path, method)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sillage",
            "version": "1",
            "description": "Events, statistics and sites, as Plausible's clients speak them. Errors are"
            ' {"error": a sentence}.',
        },
        "servers": [{"url": base_url}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


async def show(request: Request) -> Response:
    """Return this document."""
    state = request.app.state
    if not hasattr(state, "openapi"):  # anybody may read it, and making it takes longer than sending it
        state.openapi = JSONResponse(document(request.app.routes, base_url=state.base_url)).body
    return Response(state.openapi, media_type="application/json")


async def show_query_schema(_request: Request) -> Response:
    """Return the JSON schema of the questions that the Stats API, version 2, takes."""
    return JSONResponse(query_schema.schema())


def _operation(route: Route, path: str, method: str) -> dict[str, Any]:
    names = re.findall(r"\{(\w+)\}", path)
    inside = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in names]
    asked = [{"name": name, "in": "query", "schema": _TEXT} for name in _query_names(path, method, names)]
    operation: dict[str, Any] = {
        "summary": (inspect.getdoc(route.endpoint) or "").partition("\n")[0],
        "parameters": [*inside, *asked],
        "responses": {"200": _answer(path), "default": {"description": "What is wrong, as a sentence"}},
    }
    if path.startswith("/api/docs/"):
        operation["security"] = _OPEN
    if method in ("POST", "PUT", "PATCH"):
        operation["requestBody"] = {"required": True, "content": _body(path)}
    return operation


def _body(path: str) -> dict[str, Any]:
    if path == _IMPORT:
        return {_NDJSON: {}, "text/csv": {}}
    is_query = path == "/api/v2/query"
    return {"application/json": {"schema": {"$ref": f"{_SCHEMAS}query"} if is_query else {"type": "object"}}}


def _schemas() -> dict[str, Any]:
    """Return the schema of a query and those that it refers to, by name, as parts of this document."""
    query = query_schema.schema()
    del query["$schema"]  # that of the document holds
    definitions = query.pop("$defs")
    return {name: _rebased(schema) for name, schema in {"query": query, **definitions}.items()}


def _rebased(schema: Any) -> Any:
    """Return a part of a schema whose references lead into this document."""
    if isinstance(schema, list):
        return [_rebased(member) for member in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: member.replace(query_schema.DEFINITIONS, _SCHEMAS) if name == "$ref" else _rebased(member)
        for name, member in schema.items()
    }


def _query_names(path: str, method: str, inside: list[str]) -> tuple[str, ...]:
    if path in _PARAMETERS:
        return _PARAMETERS[path]
    is_of_a_site = path.startswith("/api/v1/sites/") and "site_id" not in inside
    return ("site_id",) if is_of_a_site and method in ("GET", "DELETE") else ()


def _answer(path: str) -> dict[str, Any]:
    kinds = ["application/json", *([table.CSV, table.ARROW] if path == "/api/v2/query" else [])]
    if _PARAMETERS.get(path) is _EXPORT:
        kinds = [each.media_type for each in FORMATS.values()]
    return {"description": "The answer", "content": {kind: {} for kind in kinds}}


def _event() -> dict[str, Any]:
    fields = {"name": _TEXT, "url": _TEXT, "domain": _TEXT, "referrer": _TEXT, "props": {"type": "object"}}
    body = {"type": "object", "required": ["name", "url"], "properties": fields}
    return {
        "summary": "Count a page view or a custom event.",
        "security": _OPEN,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}, "text/plain": {}}},
        "responses": {"202": {"description": "Taken, counted or not"}, "400": {"description": "What can't be read"}},
    }


def _pixel() -> dict[str, Any]:
    meanings = {"u": "The page; if not given, the header Referer", "d": "The site", "r": "The page that led there"}
    return {
        "summary": "Count a page view where there is no JavaScript.",
        "security": _OPEN,
        "parameters": [
            {"name": name, "in": "query", "description": meaning, "schema": _TEXT} for name, meaning in meanings.items()
        ],
        "responses": {"200": {"description": "A transparent image", "content": {"image/gif": {}}}},
    }


def _health() -> dict[str, Any]:
    return {
        "summary": "Say whether the server is well.",
        "security": _OPEN,
        "responses": {"200": {"description": "It is"}, "503": {"description": "It is not"}},
    }
