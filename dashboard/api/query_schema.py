"""The JSON schema (2020-12) of `POST /api/v2/query`, generated from its struct and the parser's tables."""

from typing import Any

import msgspec

from dashboard.stats.model import dimensions
from dashboard.stats.parse.filter_trees import MAX_CLAUSES, MAX_SEGMENTS, MAX_TEXT_CHARACTERS
from dashboard.stats.parse.v2 import DEFINITIONS, INTERVALS, TIME, Body

COMPONENTS = "#/components/schemas/"  # the prefix of references within the OpenAPI document
_CLAUSES = {"type": "array", "minItems": 1, "maxItems": MAX_CLAUSES, "items": {"type": ["string", "integer"]}}


def schema() -> dict[str, Any]:
    """Return the schema of the body of a query."""
    _, structs = msgspec.json.schema_components((Body,), ref_template=DEFINITIONS + "{name}")
    definitions = msgspec.json.decode(msgspec.json.encode(structs))  # with lists for tuples
    body = definitions.pop(Body.__name__) | {"title": "A query to the Stats API, version 2"}
    definitions |= {"dimension": _dimension(), "name": _name(), "filter": _filter()}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **body, "$defs": definitions}


def _dimension() -> dict[str, Any]:
    return {"oneOf": [{"enum": [TIME, *INTERVALS]}, {"$ref": f"{DEFINITIONS}name"}]}


def _name() -> dict[str, Any]:
    return {
        "oneOf": [
            {"enum": [*dimensions.BY_NAME, "visit:screen"]},
            {"type": "string", "pattern": f"^{dimensions.PROPS}.+", "description": "A custom property"},
        ]
    }


def _filter() -> dict[str, Any]:
    """Return the schema of a filter tree."""
    inner = {"$ref": f"{DEFINITIONS}filter"}
    modifiers = {
        "type": "object",
        "additionalProperties": False,
        "required": ["case_sensitive"],
        "properties": {"case_sensitive": {"type": "boolean"}},
    }
    on = {"$ref": f"{DEFINITIONS}name"}
    numbers = {"type": "array", "minItems": 1, "maxItems": MAX_SEGMENTS, "items": {"type": "integer"}}
    return {
        "type": "array",
        "description": f"Values are texts of at most {MAX_TEXT_CHARACTERS} characters; cities may also be numbers",
        "oneOf": [
            _tuple({"enum": ["and", "or"]}, {"type": "array", "minItems": 1, "items": inner}),
            _tuple({"enum": ["not", "has_done", "has_not_done"]}, inner),
            _tuple({"const": "is"}, {"const": "segment"}, numbers),
            _tuple({"enum": ["is", "is_not", "contains", "contains_not", "matches", "matches_not"]}, on, _CLAUSES),
            _tuple({"enum": ["is", "is_not", "contains", "contains_not"]}, on, _CLAUSES, modifiers),
        ],
    }


def _tuple(*members: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "prefixItems": list(members), "minItems": len(members), "maxItems": len(members)}
