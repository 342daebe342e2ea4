import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec import structs
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route

from dashboard.api import openapi, query_schema, sites_api
from dashboard.api.call import input_of
from dashboard.stats.model.dimensions import BY_NAME
from dashboard.stats.model.metrics import Metric
from ingest import collector
from ingest.request import body, pixel
from tests.dashboard.api.test_any_request import BODIES


@pytest.fixture
def document(stranger):
    """Provide the document as any client gets it."""
    answer = stranger.get("/api/docs/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def references(inside: Any) -> list[str]:
    """Return every `$ref` within parsed JSON."""
    if isinstance(inside, list):
        return [reference for member in inside for reference in references(member)]
    if not isinstance(inside, dict):
        return []
    own = [inside["$ref"]] if isinstance(inside.get("$ref"), str) else []
    return own + [reference for member in inside.values() for reference in references(member)]


def resolved(document: Any, reference: str) -> Any:
    """Return the part of a document that a reference leads to. Raises KeyError for a broken reference."""
    for name in reference.removeprefix("#/").split("/"):
        document = document[name]
    return document


def test_the_document_is_valid_openapi(document):
    assert [] == [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()]


def test_a_document_with_a_broken_reference_is_noticed(document):
    document["components"]["schemas"]["query"] = {"$ref": "#/components/schemas/nowhere"}

    with pytest.raises(KeyError):
        [resolved(document, reference) for reference in references(document)]


def test_every_reference_leads_somewhere(document):
    assert references(document)
    assert all(isinstance(resolved(document, reference), dict) for reference in references(document))


def test_the_body_of_a_query_is_described_as_the_schema_of_queries_does(document):
    content = document["paths"]["/api/v2/query"]["post"]["requestBody"]["content"]["application/json"]
    validator = Draft202012Validator(content["schema"] | {"components": document["components"]})
    query = {"site_id": "example.org", "metrics": ["visitors"], "date_range": "7d"}

    assert validator.is_valid(query | {"filters": [["not", FRANCE]]})
    assert not validator.is_valid(query | {"filters": [["not", []]]})


def body_of(document: Any, method: str, path: str) -> Any:
    """Return the schema of a call's JSON body."""
    template = next(
        template
        for template, methods in document["paths"].items()
        if method.lower() in methods and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    )
    content = document["paths"][template][method.lower()]["requestBody"]["content"]
    return content["application/json"]["schema"]


@pytest.mark.parametrize(("method", "path", "answer"), [(*call[:2], call[3]) for call in sites_api.CALLS])
def test_a_call_documents_the_input_that_it_converts_to(document, method, path, answer):
    operation = document["paths"][sites_api.PREFIX + re.sub(r":\w+\}", "}", path)][method.lower()]
    kind = input_of(answer)

    if method in ("POST", "PUT", "PATCH"):
        bodies = {content["schema"]["$ref"] for content in operation["requestBody"]["content"].values()}
        schema = document["components"]["schemas"][kind.__name__]
        assert {f"#/components/schemas/{kind.__name__}"} == bodies
        assert {*kind.__struct_fields__, *kind.further} == schema["properties"].keys()
        assert [field.name for field in structs.fields(kind) if field.required] == schema["required"]
    else:
        names = [parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"]
        assert names == ([] if "{site_id" in path else [*kind.__struct_fields__])


@pytest.mark.parametrize("call", [call for call in BODIES if call[0] != "DELETE"], ids=" ".join)
def test_a_valid_body_is_valid_by_the_document(document, call):
    validator = Draft202012Validator(body_of(document, *call) | {"components": document["components"]})

    assert [] == [error.message for error in validator.iter_errors(BODIES[call])]


@pytest.mark.parametrize(
    ("call", "changes"),
    [
        pytest.param(("PUT", "/goals"), {"goal_type": "x"}, id="another type of goal"),
        pytest.param(("PUT", "/goals"), {"event_name": "a" * 121}, id="a long name of an event"),
        pytest.param(("PUT", "/goals"), {"scroll_threshold": 101}, id="below the end of a page"),
        pytest.param(("PUT", "/goals"), {"custom_props": dict.fromkeys("abcd", "x")}, id="four properties"),
        pytest.param(("PUT", "/funnels"), {"steps": [1]}, id="one step"),
        pytest.param(("PUT", "/funnels"), {"steps": [1] * 9}, id="nine steps"),
        pytest.param(("PUT", "/segments"), {"filters": [["is", "visit:os", []]]}, id="a filter without values"),
        pytest.param(("PUT", "/custom-props"), {"property": "a" * 301}, id="a long property"),
        pytest.param(("PUT", "/annotations"), {"note": "a" * 201}, id="a long annotation"),
        pytest.param(("PUT", "/guests"), {"role": "owner"}, id="another role"),
        pytest.param(("PUT", "/exclusions"), {"network": 7}, id="a number as a network"),
        pytest.param(("PUT", "/exclusions"), {"note": "a" * 201}, id="a long note"),
        pytest.param(("PATCH", "/exclusions/1"), {"mode": "off"}, id="another mode"),
        pytest.param(
            ("POST", ""), {"tracker_script_configuration": {"outbound_links": "x"}}, id="a setting that is a word"
        ),
    ],
)
def test_what_the_server_refuses_is_invalid_by_the_document(document, call, changes):
    method, path = call[0], sites_api.PREFIX + call[1]
    validator = Draft202012Validator(body_of(document, method, path) | {"components": document["components"]})
    body = BODIES[method, path]

    assert validator.is_valid(body)
    assert not validator.is_valid(body | changes)


def test_an_event_is_described_as_the_collector_takes_it(document):
    operation = document["paths"][collector.PATH]["post"]

    assert body.schema() == operation["requestBody"]["content"]["application/json"]["schema"]
    assert [{}, {"key": []}] == operation["security"]
    assert {"text/plain", "application/json"} == operation["responses"]["202"]["content"].keys()


def test_every_call_is_described(stranger, document):
    described = {(path, method) for path, methods in document["paths"].items() for method in methods}
    answered = {
        (route.path.replace(":int", "").replace(":path", ""), method.lower())
        for route in stranger.client.app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
        if route.path != "/api/{call:path}"
    }

    collectors = {(collector.PATH, "post"), (pixel.PATH, "get"), ("/api/health", "get")}
    assert answered | collectors == described


def test_the_document_is_built_once(stranger, document, monkeypatch):
    monkeypatch.setattr(openapi, "document", lambda *_arguments, **_options: pytest.fail("it is made again"))
    again = stranger.get("/api/docs/openapi.json")

    assert document == again.json()
    assert "application/json" == again.headers["content-type"]


def test_every_call_has_a_summary(document):
    lines = [call["summary"] for methods in document["paths"].values() for call in methods.values()]

    assert [line for line in lines if not line.endswith(".")] == []


def test_every_parameter_of_a_path_is_described(document):
    for path, methods in document["paths"].items():
        for call in methods.values():
            names = {parameter["name"] for parameter in call.get("parameters", []) if parameter["in"] == "path"}
            assert names == {part.strip("{}") for part in path.split("/") if part.startswith("{")}


def test_the_schema_of_queries_is_public(stranger):
    answer = stranger.get("/api/docs/query/schema.json")

    assert (200, query_schema.schema()) == (answer.status_code, answer.json())
    Draft202012Validator.check_schema(answer.json())


FRANCE = ["is", "visit:country", ["FR"]]


@pytest.mark.parametrize(
    ("keys", "is_valid"),
    [
        pytest.param({}, True, id="the least"),
        pytest.param({"metrics": list(Metric), "dimensions": list(BY_NAME)}, True, id="everything"),
        pytest.param({"filters": [["or", [FRANCE, ["not", FRANCE]]], ["is", "segment", [1]]]}, True, id="filters"),
        pytest.param({"filters": [["has_done", ["matches", "event:page", ["^/"]]]]}, True, id="has done"),
        pytest.param({"filters": [[*FRANCE, {"case_sensitive": False}]]}, True, id="in any case"),
        pytest.param({"order_by": [["visitors", "desc"], ["time", "asc"]]}, True, id="order"),
        pytest.param({"include": {"imports": True, "comparisons": {"mode": "previous_period"}}}, True, id="include"),
        pytest.param({"pagination": {"limit": 10}}, True, id="pagination"),
        pytest.param({"date_range": ["2026-01-01", "2026-02-01"]}, True, id="dates"),
        pytest.param({"x": 1}, False, id="another key"),
        pytest.param({"metrics": ["x"]}, False, id="another metric"),
        pytest.param({"dimensions": ["visit:x"]}, False, id="another dimension"),
        pytest.param({"date_range": "0d"}, False, id="no days"),
        pytest.param({"filters": [["is", "visit:os", []]]}, False, id="no value"),
        pytest.param({"filters": [["and", []]]}, False, id="and of nothing"),
        pytest.param({"pagination": {"limit": 0}}, False, id="no row"),
    ],
)
def test_the_schema_accepts_valid_queries_only(keys, is_valid):
    question = {"site_id": "example.org", "metrics": ["visitors"], "date_range": "7d"} | keys

    assert is_valid is Draft202012Validator(query_schema.schema()).is_valid(question)


@pytest.mark.parametrize(
    ("path", "name", "schema"),
    [
        pytest.param("stats/breakdown", "limit", {"minimum": 1, "maximum": 1000, "default": 100}, id="rows"),
        pytest.param("stats/breakdown", "page", {"minimum": 1, "maximum": 1_000_000}, id="pages"),
        pytest.param("sites", "limit", {"minimum": 1, "maximum": 1000, "default": 100}, id="sites"),
        pytest.param("sites/goals", "limit", {"minimum": 1, "maximum": 1000, "default": 100}, id="goals"),
    ],
)
def test_the_limits_of_parameters_are_described(document, path, name, schema):
    parameters = document["paths"][f"/api/v1/{path}"]["get"]["parameters"]
    (parameter,) = [parameter for parameter in parameters if parameter["name"] == name]

    assert schema.items() <= parameter["schema"].items()


def test_limits_of_bodies_and_sites_are_described(document):
    schemas = document["components"]["schemas"]

    assert "65,536 bytes" in document["info"]["description"]
    assert "100,000" in document["info"]["description"]
    assert "1,000 goals" in schemas["NewGoal"]["properties"]["goal_type"]["description"]
    assert "at most 300" in schemas["NewProperty"]["properties"]["property"]["description"]
    assert "5,120 bytes" in schemas["NewSegment"]["properties"]["filters"]["description"]
