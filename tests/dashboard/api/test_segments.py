import json
import time

import pytest

from schema.sites import sites

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
