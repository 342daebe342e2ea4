"""Whatever a client sends, the API answers with results or a sentence, never with "Internal error"."""

import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from dashboard.access.key_limits import KeyLimits
from schema.exclusions import rules
from schema.measures import annotations, custom_props, funnels, goals, segments
from schema.people import guests
from schema.sites import sites
from schema.sites.keys import Scope
from schema.sites.sites import Site
from tests.dashboard.api.conftest import Program, with_key
from tests.dashboard.calls import calls, with_body
from tests.dashboard.desk import Desk
from tests.factories import store, views
from tests.mutations import DATES, INSTANTS, encoded, mutated, mutated_texts

QUERY: dict[str, Any] = {
    "site_id": "example.org",
    "metrics": ["visitors"],
    "date_range": ["2026-03-01", "2026-03-10"],
    "dimensions": ["visit:country"],
    "filters": [["is", "visit:country", ["FR"], {"case_sensitive": False}], ["not", ["is", "segment", [1]]]],
    "order_by": [["visitors", "desc"]],
    "include": {
        "imports": False,
        "total_rows": True,
        "comparisons": {"mode": "custom", "date_range": ["2026-02-01", "2026-02-10"], "match_day_of_week": False},
    },
    "pagination": {"limit": 10, "offset": 0},
}
OF_SITE = {"site_id": "example.org"}
RULE = {"network": ["192.0.2.0/24"], "not": {"path": "/jobs/**"}, "note": "the office", "expires": "2026-12-31"}
# What each call takes; a new call has to be added.
BODIES: Mapping[tuple[str, str], Any] = {
    ("POST", "/api/v2/query"): QUERY,
    ("POST", "/api/v1/sites"): {
        "domain": "new.example",
        "timezone": "Europe/Paris",
        "tracker_script_configuration": {"outbound_links": True},
    },
    ("PUT", "/api/v1/sites/shared-links"): OF_SITE | {"name": "Ana"},
    ("PUT", "/api/v1/sites/goals"): OF_SITE
    | {
        "goal_type": "event",
        "event_name": "Trial",
        "currency": "EUR",
        "custom_props": {"plan": "pro"},
        "display_name": "Trial",
    },
    ("PATCH", "/api/v1/sites/goals/1"): OF_SITE | {"display_name": "A visit"},
    ("PUT", "/api/v1/sites/funnels"): OF_SITE
    | {"name": "Sale", "steps": [1, "Buy", {"goal_id": 3}], "strict_order": True},
    ("PUT", "/api/v1/sites/segments"): OF_SITE
    | {"name": "France", "filters": [["is", "visit:country", ["FR"]]], "labels": {"FR": "France"}},
    ("PATCH", "/api/v1/sites/segments/1"): OF_SITE
    | {"name": "France", "filters": [["is", "visit:country", ["FR"]]], "labels": {"FR": "France"}},
    ("PUT", "/api/v1/sites/custom-props"): OF_SITE | {"property": "plan"},
    ("PUT", "/api/v1/sites/annotations"): OF_SITE | {"date": "2026-03-09", "note": "Launch"},
    ("PUT", "/api/v1/sites/guests"): OF_SITE | {"email": "bob@example.org", "role": "viewer"},
    ("PUT", "/api/v1/sites/erasures"): OF_SITE
    | {"kind": "page", "value": "/a", "first": "2026-03-01", "last": "2026-03-10", "dry_run": True},
    ("PUT", "/api/v1/sites/exclusions"): OF_SITE | RULE | {"before": 1, "confirm": True, "home_address": "192.0.2.7"},
    ("PATCH", "/api/v1/sites/exclusions/1"): OF_SITE
    | {"mode": "on", "note": "x", "owner": "y", "expires": "2026-12-31"},
    ("POST", "/api/v1/sites/exclusions/test"): OF_SITE
    | {
        "ip": "192.0.2.1",
        "user_agent": "x",
        "page_host": "example.org",
        "path": "/",
        "country": "FR",
        "headers": {"x-office": "yes"},
    },
    ("POST", "/api/v1/sites/exclusions/share"): OF_SITE | RULE,
    ("PUT", "/api/v1/sites/example.org"): {
        "domain": "example.org",
        "timezone": "Europe/Paris",
        "tracker_script_configuration": {"outbound_links": True},
    },
    ("DELETE", "/api/v1/sites/goals/1"): OF_SITE | {"confirm": True},
    ("DELETE", "/api/v1/sites/funnels/1"): OF_SITE,
    ("DELETE", "/api/v1/sites/segments/1"): OF_SITE,
    ("DELETE", "/api/v1/sites/custom-props/x"): OF_SITE,
    ("DELETE", "/api/v1/sites/annotations/1"): OF_SITE,
    ("DELETE", "/api/v1/sites/guests/x@example.org"): OF_SITE,
    ("DELETE", "/api/v1/sites/exclusions/1"): OF_SITE,
    ("DELETE", "/api/v1/sites/example.org"): {},
}
NO_JSON = {("POST", "/api/v1/sites/example.org/import/events")}  # a body of lines, which are refused one by one
UNKNOWN = "/api/x"

STATS = OF_SITE | {"period": "custom", "date": "2026-03-01,2026-03-10", "metrics": "visitors", "filters": "visit:os==x"}
BY_NUMBER = OF_SITE | {"limit": "10", "after": "MQ", "before": "MQ"}
BY_NAME = OF_SITE | {"limit": "10", "after": "ImEi", "before": "ImEi"}
PARAMETERS: Mapping[str, Mapping[str, str]] = {
    "/api/docs/openapi.json": {},
    "/api/docs/query/schema.json": {},
    "/api/v1/stats/realtime/visitors": OF_SITE,
    "/api/v1/stats/aggregate": STATS | {"compare": "previous_period"},
    "/api/v1/stats/timeseries": STATS | {"interval": "month"},
    "/api/v1/stats/breakdown": STATS | {"property": "visit:source", "limit": "10", "page": "1"},
    "/api/v1/sites/example.org/export/events": {"format": "csv", "from": "2026-03-01", "to": "2026-03-10"},
    "/api/v1/sites/example.org/export/visits": {"format": "csv", "from": "2026-03-01", "to": "2026-03-10"},
    "/api/v1/sites": BY_NAME,
    "/api/v1/sites/teams": BY_NAME,
    "/api/v1/sites/goals": BY_NUMBER,
    "/api/v1/sites/funnels": BY_NAME,
    "/api/v1/sites/funnels/1/report": STATS | {"within": "day"},
    "/api/v1/sites/segments": BY_NAME,
    "/api/v1/sites/custom-props": OF_SITE,
    "/api/v1/sites/annotations": BY_NUMBER,
    "/api/v1/sites/guests": BY_NAME,
    "/api/v1/sites/conversion": OF_SITE | {"profile": "exempt", "acquisition": "true", "declared_events": '["Signup"]'},
    "/api/v1/sites/erasures": BY_NUMBER,
    "/api/v1/sites/retention": OF_SITE | {"retention_months": "13", "counts_months": "25"},
    "/api/v1/sites/exclusions": BY_NUMBER,
    "/api/v1/sites/exclusions/counts": OF_SITE,
    "/api/v1/sites/exclusions/changes": {},
    "/api/v1/sites/exclusions/problems": {},
    "/api/v1/sites/example.org": {},
}
ZONES = ("Pacific/Kiritimati", "Etc/GMT+12")  # whose midnights are furthest from those of UTC


@pytest.fixture
def full(stranger: Desk, site: Site, database) -> Program:
    """Provide a program with a site that has events and one of everything, without a request limit."""
    program = with_key(stranger, *Scope)
    store(database, views("/", "/a", start="2026-03-09 12:00", country="FR"))
    steps = [goals.add(program.control, goals.new(site.id, event_name=name)) for name in ("Visit", "Buy", "Call")]
    funnels.put(program.control, site.id, "Sale", steps, is_strict=False)
    custom_props.add(program.control, site.id, "x")
    annotations.put(program.control, annotations.new(site.id, day="2026-03-09", note="Launch"))
    guests.put(program.control, site.id, "x@example.org", "viewer", who="eve", now=0)
    segments.put(program.control, site.id, "France", [["is", "visit:country", ["FR"]]], labels={})
    rules.add(program.control, rules.network("192.0.2.0/24", site_id=site.id), who="a test", now=time.time())
    stranger.provide(key_limits=KeyLimits(lambda: 0.0, per_hour=0))
    return program


def unanswered(program: Program, method: str, path: str, requests: Iterable[dict[str, Any]]) -> list[str]:
    """Send requests. Return those answered neither with success nor with a sentence, shortened."""
    return [
        f"{method} {path} {str(words)[:300]} -> {answer.status_code} {answer.text[:100]}"
        for words in requests
        for answer in [send(program, method, path, words)]
        if not is_answer(answer)
    ]


def send(program: Program, method: str, path: str, words: dict[str, Any]) -> Any:
    headers = program.headers | ({"Content-Type": "application/json"} if "content" in words else {})
    query = urlencode(words.get("params", {}), errors="surrogatepass")
    return program.client.request(method, f"{path}?{query}", headers=headers, content=words.get("content"))


def is_answer(answer: Any) -> bool:
    if answer.status_code < 400:
        return True
    fields = answer.json()
    return answer.status_code < 500 and list(fields) == ["error"] and len(fields["error"].split()) > 1


def test_every_call_that_takes_json_is_tried(stranger: Desk) -> None:
    tried = {call for call in with_body(stranger.app.routes) if call[1].startswith("/api/") and call[1] != UNKNOWN}

    assert tried == BODIES.keys() | NO_JSON


def test_every_call_that_takes_parameters_is_tried(stranger: Desk) -> None:
    tried = {path for method, path in calls(stranger.app.routes) if method == "GET" and path.startswith("/api/")}

    assert tried - {UNKNOWN} == PARAMETERS.keys()


def test_the_bodies_are_valid_before_they_are_mutated(full: Program) -> None:
    answers = [send(full, "GET", path, {"params": parameters}) for path, parameters in PARAMETERS.items()]
    answers += [send(full, *call, {"content": encoded(body)}) for call, body in BODIES.items()]

    assert [] == [answer.text for answer in answers if answer.status_code != 200]


@pytest.mark.parametrize("call", BODIES, ids=" ".join)
def test_any_json_is_answered_with_success_or_a_sentence(full: Program, caplog, call: tuple[str, str]) -> None:
    method, path = call
    bodies = [{"content": encoded(body)} for body in mutated(BODIES[call])]
    bodies += [{"content": content} for content in (b"", b"\xff", b"{", b"[" * 100_000, b'{"a":' * 50_000)]

    assert [] == unanswered(full, method, path, bodies)
    assert [] == [line.message for line in caplog.records if line.levelno >= logging.ERROR]


@pytest.mark.parametrize("path", [path for path, valid in PARAMETERS.items() if valid])
def test_any_parameters_are_answered_with_success_or_a_sentence(full: Program, caplog, path: str) -> None:
    requests = [{"params": parameters} for parameters in mutated_texts(PARAMETERS[path])]

    assert [] == unanswered(full, "GET", path, requests)
    assert [] == [line.message for line in caplog.records if line.levelno >= logging.ERROR]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("period", ["day", "30d", "month", "12mo", "custom"])
def test_any_date_is_answered_by_version_1(full: Program, caplog, site: Site, zone: str, period: str) -> None:
    sites.change(full.control, site, timezone=zone, now=full.clock())
    dates = [f"{one},{other}" for one in DATES for other in DATES[::3]] if period == "custom" else DATES
    path = "/api/v1/stats/aggregate"
    requests = [{"params": OF_SITE | {"period": period, "date": date, "compare": "previous_period"}} for date in dates]

    assert [] == unanswered(full, "GET", path, requests)
    assert [] == [line.message for line in caplog.records if line.levelno >= logging.ERROR]


@pytest.mark.parametrize(("zone", "mode"), list(zip(ZONES, ("previous_period", "year_over_year"), strict=True)))
def test_any_range_is_answered_by_version_2(full: Program, caplog, site: Site, zone: str, mode: str) -> None:
    sites.change(full.control, site, timezone=zone, now=full.clock())
    ranges = [[one, other] for one in DATES for other in DATES[::3]] + [[one, INSTANTS[0]] for one in INSTANTS]
    base = OF_SITE | {"metrics": ["visitors"], "include": {"comparisons": {"mode": mode}}}
    requests = [{"content": encoded(base | {"date_range": pair})} for pair in ranges]

    assert [] == unanswered(full, "POST", "/api/v2/query", requests)
    assert [] == [line.message for line in caplog.records if line.levelno >= logging.ERROR]
