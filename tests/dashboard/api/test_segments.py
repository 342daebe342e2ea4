import json
import time

import pytest

from schema.measures import segments
from schema.sites import keys, sites
from schema.sites.keys import Scope

FRANCE = [["is", "visit:country", ["FR"]]]
LIST = "/segments?site_id=example.org"


def put(program, /, **fields):
    return program.ask(
        "PUT", "/segments", json={"site_id": "example.org", "name": "France", "filters": FRANCE} | fields
    )


def test_a_segment_has_a_name_once(program, site):
    assert put(program)["id"] == put(program, filters=[["is", "visit:country", ["BE"]]])["id"]
    assert len(program.ask("GET", LIST)["segments"]) == 1


def test_filters_of_a_form_are_json(program, site):
    words = {"site_id": "example.org", "name": "France", "filters": json.dumps(FRANCE)}

    assert FRANCE == program.ask("PUT", "/segments", data=words)["filters"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"name": "FR"}, id="a name"),
        pytest.param({"filters": [["is", "visit:source", ["Google"]]]}, id="filters"),
        pytest.param({"labels": {"FR": "France"}}, id="labels"),
    ],
)
def test_a_change_leaves_the_rest_as_it_was(program, site, changes):
    before = put(program)
    after = program.ask("PATCH", f"/segments/{before['id']}", json={"site_id": "example.org"} | changes)

    assert before | changes == after


@pytest.mark.parametrize(
    "filters",
    [
        pytest.param("{", id="no JSON"),
        pytest.param({}, id="no list"),
        pytest.param([["is", "visit:colour", ["red"]]], id="an unknown dimension"),
    ],
)
def test_filters_that_cannot_be_queried_are_rejected(program, site, filters):
    assert program.refused("PUT", "/segments", json={"site_id": "example.org", "name": "a", "filters": filters})


def test_a_segment_of_another_site_is_not_found(program, site):
    sites.add(program.control, "other.example", timezone="UTC", now=time.time())
    segment = put(program, site_id="other.example")

    assert [] == program.ask("GET", LIST)["segments"]
    assert program.refused("DELETE", f"/segments/{segment['id']}?site_id=example.org", status=404)


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        pytest.param("PATCH", {"name": "Taken"}, id="changed"),
        pytest.param("DELETE", {}, id="removed"),
    ],
)
def test_the_segment_of_a_user_does_not_exist_for_a_key(program, site, user, method, fields):
    segment = segments.add(program.control, site.id, "Mine", FRANCE, user_id=user.id)

    assert [] == program.ask("GET", LIST)["segments"]
    assert "there is no segment" in program.refused(
        method, f"/segments/{segment.id}", status=404, json={"site_id": "example.org"} | fields
    )
    assert [segment] == segments.list_all(program.control, site.id, user_id=user.id)


@pytest.mark.parametrize(
    ("is_shared", "status"), [pytest.param(True, 200, id="shared"), pytest.param(False, 400, id="of a user")]
)
def test_a_query_with_a_key_uses_shared_segments_alone(stranger, site, user, is_shared, status):
    segment = segments.add(stranger.control, site.id, "A", FRANCE, user_id=None if is_shared else user.id)
    key = keys.add(stranger.control, "reader", scopes=[Scope.READ_STATS], site_id=None, now=stranger.clock())
    query = {
        "site_id": "example.org",
        "metrics": ["visitors"],
        "date_range": "day",
        "filters": [["is", "segment", [segment.id]]],
    }
    answer = stranger.client.post("/api/v2/query", json=query, headers={"Authorization": f"Bearer {key}"})

    assert (status, not is_shared) == (answer.status_code, "no segment" in answer.text)
