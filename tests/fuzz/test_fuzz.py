"""A few seconds of `scripts/test --fuzz`: whatever is sent, the server answers and stores no row against the rules."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest

from schema.stores.database import Database
from tests.clickhouse import mode
from tests.dashboard.pages import test_any_request as pages
from tests.factories import a_visit, an_event, store
from tests.fuzz import broken_http, stored
from tests.fuzz.target import Target
from tests.server import Server

REQUESTS, PER_OPERATION, BROKEN = 600, 1, 60


@pytest.mark.engine
@pytest.mark.timeout(300)
def test_no_generated_request_breaks_the_server_or_a_rule_of_what_it_stores(
    tmp_path: Path, database: Database, embedded: Path
) -> None:
    url = mode.url_of(tmp_path / "data") if mode.is_server() else f"chdb://{str(embedded).rstrip('/')}"
    target = Target(tmp_path, url)
    reached = {path for _, path in target.routes}
    findings = asyncio.run(target.fuzz(REQUESTS, per_operation=PER_OPERATION, seed=4))
    target.close()

    assert [] == findings.defects
    assert reached >= {"/api/v2/query", "/sign-in", "/health/live"} | pages.FORMS.keys()
    assert all(findings.rows.values()), "rows were stored, so their rules were tested"
    assert {200, 202, 303, 400, 401, 404, 405} <= findings.statuses.keys()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        pytest.param({"name": ""}, "name = ''", id="an event without a name"),
        pytest.param({"scroll_depth": 101, "name": "engagement"}, "scroll_depth > 100", id="more than all of a page"),
        pytest.param({"props": {"": "x"}}, "name = ''", id="a property without a name"),
    ],
)
def test_a_row_that_breaks_a_rule_is_reported(database: Database, change: dict[str, Any], rule: str) -> None:
    store(database, [an_event(a_visit(), **change)])

    assert any(line.startswith("1 rows of events: ") and rule in line for line in stored.broken_rules(database))


@pytest.mark.server
@pytest.mark.timeout(300)
def test_broken_http_is_answered_or_closed_and_the_server_goes_on(tmp_path: Path) -> None:
    event = {"n": "pageview", "d": "example.org", "u": "https://example.org/"}
    with Server(tmp_path / "data", settings={"request_timeout_s": "1"}) as server:
        broken, statuses = broken_http.defects(server.port, BROKEN, seed=4)
        after = httpx2.post(f"{server.url}/api/event", json=event)

    assert [] == broken
    assert {"400", "closed"} <= statuses.keys()
    assert 202 == after.status_code
    assert "Traceback" not in server.log.read_text()
