import time

import pytest
from starlette.testclient import TestClient

from dashboard.api import bearer
from schema.sites import sites
from schema.sites.keys import Scope
from tests.dashboard.api.conftest import with_key


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param("{key}", 401, id="without a scheme"),
        pytest.param("Basic {key}", 401, id="another scheme"),
        pytest.param("Bearer", 401, id="no key"),
        pytest.param("Bearer x{key}", 401, id="an unknown key"),
        pytest.param("Bearer {key}", 200, id="a key"),
        pytest.param("bearer  {key} ", 200, id="small letters and spaces"),
    ],
)
def test_a_request_shows_its_key(program, site, header, status):
    key = program.headers["Authorization"].removeprefix("Bearer ")
    program.headers = {"Authorization": header.format(key=key)}
    answer = program.send("GET", "/example.org")

    assert status == answer.status_code
    assert (status == 401) == (answer.headers.get("www-authenticate") == "Bearer")


def test_a_key_needs_the_scope_of_a_call(stranger, site):
    assert 401 == with_key(stranger, Scope.READ_STATS).send("PUT", "/shared-links").status_code


def test_a_site_of_another_key_is_answered_like_one_that_does_not_exist(program, bound, site):
    sites.add(program.control, "other.example", timezone="UTC", now=time.time())

    def answers(path: str):
        return [(answer.status_code, answer.json()) for answer in [bound.send("GET", path)]]

    assert answers("/other.example") == answers("/unknown.example")


def test_the_operator_needs_no_key(stranger, site):
    async def as_operator(scope, receive, send):
        await stranger.app({**scope, bearer.OPERATOR: True}, receive, send)

    client = TestClient(as_operator, base_url=stranger.base_url)

    assert 200 == client.get("/api/v1/sites/example.org").status_code
