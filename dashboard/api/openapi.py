"""The OpenAPI document (3.1) of all endpoints. The summary of an endpoint is the first line of its docstring.

It also describes the collector's endpoints, which are implemented in `ingest`.
"""

import inspect
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.api import body, query_schema, sites_api, stats_v1, stats_v2, table
from dashboard.api.call import input_of
from dashboard.api.inputs import Input
from dashboard.api.query_schema import COMPONENTS
from dashboard.export.formats import FORMATS
from dashboard.services import services
from dashboard.stats.parse import v1
from dashboard.stats.parse.v2 import DEFINITIONS
from schema.sites.imports import MAX_ID_CHARACTERS

_INPUTS: Mapping[tuple[str, str], type[Input]] = {
    (sites_api.PREFIX + path.replace(":int", "").replace(":path", ""), method): input_of(answer)
    for method, path, _, answer in sites_api.CALLS
}
_OPEN: list[dict[str, list[str]]] = []  # no key is needed
_TEXT = {"type": "string"}
_STATS = ("site_id", "period", "date", "metrics", "filters", "with_imported")
_EXPORT = ("format", "from", "to")
_IMPORT = "/api/v1/sites/{domain}/import/events"
_NDJSON = "application/x-ndjson"
_WITH_BODY = ("POST", "PUT", "PATCH")
_PARAMETERS = {
    f"{stats_v1.PREFIX}/realtime/visitors": ("site_id",),
    f"{stats_v1.PREFIX}/aggregate": (*_STATS, "compare"),
    f"{stats_v1.PREFIX}/timeseries": (*_STATS, "interval"),
    f"{stats_v1.PREFIX}/breakdown": (*_STATS, "property", "limit", "page"),
    "/api/v1/sites/{domain}/export/events": _EXPORT,
    "/api/v1/sites/{domain}/export/visits": _EXPORT,
    _IMPORT: ("import_id", "dry_run", "skip_older"),
}
_LIMITED: Mapping[str, dict[str, Any]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": v1.MAX_LIMIT, "default": v1.DEFAULT_LIMIT},
    "page": {"type": "integer", "minimum": 1, "maximum": v1.MAX_PAGE},
    "format": {"enum": list(FORMATS)},
    "import_id": {"type": "string", "maxLength": MAX_ID_CHARACTERS},
}


def document(routes: Iterable[BaseRoute], *, base_url: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document. routes: those of the dashboard. event: the schema of an event."""
    paths: dict[str, dict[str, Any]] = {
        "/api/event": {"post": _event(event)},
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
            "description": "Events, statistics and sites, compatible with Plausible's clients. Errors are"
            f' {{"error": a sentence}}. A body has at most {body.MAX_BYTES:,} bytes, a query {stats_v2.MAX_BYTES:,}.',
        },
        "servers": [{"url": base_url}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


class Description:
    """Sends the document, which is public and takes longer to build than to send."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        """event: the JSON schema of an event."""
        self._event = event
        self._body: bytes | None = None

    async def show(self, request: Request) -> Response:
        """Return this OpenAPI document."""
        if self._body is None:
            described = document(request.app.routes, base_url=services(request).base_url, event=self._event)
            self._body = bytes(JSONResponse(described).body)
        return Response(self._body, media_type="application/json")


async def show_query_schema(_request: Request) -> Response:
    """Return the JSON schema of queries to the Stats API, version 2."""
    return Response(_query_schema(), media_type="application/json")


@cache
def _query_schema() -> bytes:
    return msgspec.json.encode(query_schema.schema())


def _operation(route: Route, path: str, method: str) -> dict[str, Any]:
    names = re.findall(r"\{(\w+)\}", path)
    in_path = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in names]
    operation: dict[str, Any] = {
        "summary": (inspect.getdoc(route.endpoint) or "").partition("\n")[0],
        "parameters": [*in_path, *_in_query(path, method)],
        "responses": {"200": _answer(path), "default": {"description": "An error, as one sentence"}},
    }
    if path.startswith("/api/docs/"):
        operation["security"] = _OPEN
    if method in _WITH_BODY:
        operation["requestBody"] = {"required": True, "content": _body(path, method)}
    return operation


def _in_query(path: str, method: str) -> list[dict[str, Any]]:
    if method in _WITH_BODY or (path, method) not in _INPUTS or "{site_id}" in path:
        return [
            {"name": name, "in": "query", "schema": _LIMITED.get(name, _TEXT)} for name in _PARAMETERS.get(path, ())
        ]
    fields = _input_schemas()[_INPUTS[path, method].__name__]["properties"]
    return [{"name": name, "in": "query", "schema": schema} for name, schema in fields.items()]


def _body(path: str, method: str) -> dict[str, Any]:
    if path == _IMPORT:
        return {_NDJSON: {}, "text/csv": {}}
    if path == "/api/v2/query":
        return {"application/json": {"schema": {"$ref": f"{COMPONENTS}query"}}}
    schema = {"schema": {"$ref": COMPONENTS + _INPUTS[path, method].__name__}}
    return {"application/json": schema, "application/x-www-form-urlencoded": schema}


def _input_schemas() -> dict[str, dict[str, Any]]:
    """Return the schemas of all inputs by name, with the fields that calls read themselves."""
    kinds = set(_INPUTS.values())
    _, schemas = msgspec.json.schema_components(kinds, ref_template=COMPONENTS + "{name}")
    for kind in kinds:
        schemas[kind.__name__]["properties"] |= kind.further
    return schemas


def _schemas() -> dict[str, Any]:
    """Return the schemas of inputs, and of a query and its definitions, by name, as components of this document."""
    query = query_schema.schema()
    del query["$schema"]  # the document declares its own
    text = msgspec.json.encode({"query": query, **query.pop("$defs")}).decode()
    schemas: dict[str, Any] = msgspec.json.decode(text.replace(DEFINITIONS, COMPONENTS))
    return schemas | _input_schemas()


def _answer(path: str) -> dict[str, Any]:
    kinds = ["application/json", *([table.CSV, table.ARROW] if path == "/api/v2/query" else [])]
    if _PARAMETERS.get(path) is _EXPORT:
        kinds = [file_format.media_type for file_format in FORMATS.values()]
    return {"description": "The answer", "content": {kind: {} for kind in kinds}}


def _event(schema: Mapping[str, Any]) -> dict[str, Any]:
    cut = {"type": "object", "additionalProperties": {"type": "array", "items": _TEXT}}
    answer = {
        "text/plain": {"schema": {"const": "ok"}},
        "application/json": {"schema": {"type": "object", "required": ["cut"], "properties": {"cut": cut}}},
    }
    return {
        "summary": "Record a page view or a custom event.",
        "security": [{}, {"key": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}, "text/plain": {}}},
        "responses": {
            "202": {
                "description": "Accepted, or dropped. JSON for a sender with a key: what is not stored, in sentences",
                "content": answer,
            },
            "400": {"description": "Invalid request"},
        },
    }


def _pixel() -> dict[str, Any]:
    meanings = {
        "u": "URL of the page; the Referer header by default",
        "d": "Domain of the site",
        "r": "URL of the referring page",
    }
    return {
        "summary": "Record a page view without JavaScript.",
        "security": _OPEN,
        "parameters": [
            {"name": name, "in": "query", "description": meaning, "schema": _TEXT} for name, meaning in meanings.items()
        ],
        "responses": {"200": {"description": "A transparent image", "content": {"image/gif": {}}}},
    }


def _health() -> dict[str, Any]:
    return {
        "summary": "Check whether the server is healthy.",
        "security": _OPEN,
        "responses": {"200": {"description": "Healthy"}, "503": {"description": "Unhealthy"}},
    }
