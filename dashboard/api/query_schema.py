"""The JSON schema (2020-12) of `POST /api/v2/query`, built from the parser's own tables."""

from typing import Any

import msgspec

from dashboard.stats.model import dimensions
from dashboard.stats.model.comparison import Mode
from dashboard.stats.model.metrics import Metric
from dashboard.stats.parse.filter_trees import MAX_CLAUSES, MAX_SEGMENTS, MAX_TEXT_CHARACTERS
from dashboard.stats.parse.v2 import FLAGS, INTERVALS, TIME, Pagination

DEFINITIONS = "#/$defs/"  # the prefix of references within the schema
COMPONENTS = "#/components/schemas/"  # the prefix of references within the OpenAPI document
_CLAUSES = {"type": "array", "minItems": 1, "maxItems": MAX_CLAUSES, "items": {"type": ["string", "integer"]}}


def schema() -> dict[str, Any]:
    """Return the schema of the body of a query."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A query to the Stats API, version 2",
        "type": "object",
        "required": ["site_id", "metrics", "date_range"],
        "additionalProperties": False,
        "properties": {
            "site_id": {"type": "string", "minLength": 1, "description": "Domain of the site"},
            "metrics": {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": list(Metric)}},
            "date_range": {"$ref": f"{DEFINITIONS}date_range"},
            "dimensions": {"type": "array", "uniqueItems": True, "items": {"$ref": f"{DEFINITIONS}dimension"}},
            "filters": {"type": "array", "items": {"$ref": f"{DEFINITIONS}filter"}},
            "order_by": {"type": "array", "items": _order()},
            "include": _include(),
            "pagination": msgspec.json.schema_components((Pagination,))[1][Pagination.__name__],
        },
        "$defs": {"date_range": _date_range(), "dimension": _dimension(), "name": _name(), "filter": _filter()},
    }


def _date_range() -> dict[str, Any]:
    return {
        "oneOf": [
            {"enum": ["day", "24h", "month", "year", "all"]},
            {"type": "string", "pattern": "^[1-9][0-9]{0,3}d$", "description": "Days up to yesterday"},
            {"type": "string", "pattern": "^[1-9][0-9]{0,2}mo$", "description": "Months up to last month"},
            {
                "type": "array",
                "minItems": 2,
                "maxItems": 2,
                "items": {"type": "string"},
                "description": "Two dates, or two instants with UTC offsets; both ends are included",
            },
        ]
    }


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


def _order() -> dict[str, Any]:
    return _tuple({"oneOf": [{"enum": list(Metric)}, {"$ref": f"{DEFINITIONS}dimension"}]}, {"enum": ["asc", "desc"]})


def _include() -> dict[str, Any]:
    comparisons = {
        "type": "object",
        "additionalProperties": False,
        "required": ["mode"],
        "properties": {
            "mode": {"enum": list(Mode)},
            "date_range": {"$ref": f"{DEFINITIONS}date_range", "description": "For mode custom: two dates"},
            "match_day_of_week": {"type": "boolean"},
        },
    }
    flags: dict[str, Any] = {name: {"type": "boolean"} for name in FLAGS}
    return {"type": "object", "additionalProperties": False, "properties": flags | {"comparisons": comparisons}}


def _tuple(*members: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "prefixItems": list(members), "minItems": len(members), "maxItems": len(members)}
