import time

import pytest

from schema.exclusions import rules
from schema.sites import sites
from tests.factories import store_drops

OFFICE = {"network": "192.0.2.0/24", "note": "office"}


def put(program, /, **fields):
    return program.ask("PUT", "/exclusions", json={"site_id": "example.org"} | fields)


def ids(program, query="?site_id=example.org") -> list[int]:
    return [row["id"] for row in program.ask("GET", f"/exclusions{query}")["exclusions"]]


def test_the_same_rule_is_stored_once(program, site):
    assert put(program, **OFFICE)["id"] == put(program, **OFFICE)["id"]
    assert len(ids(program)) == 1


@pytest.mark.parametrize(
    ("changes", "stored"),
    [
        pytest.param({"note": "Paris"}, {"note": "Paris"}, id="a note"),
        pytest.param({"mode": "dry-run"}, {"mode": "dry-run"}, id="a mode"),
    ],
)
def test_a_rule_is_changed(program, site, changes, stored):
    rule_id = put(program, **OFFICE)["id"]
    changed = program.ask("PATCH", f"/exclusions/{rule_id}", json={"site_id": "example.org"} | changes)

    assert stored == {name: changed[name] for name in stored}


def test_a_rule_is_removed_once(program, site):
    path = f"/exclusions/{put(program, **OFFICE)['id']}?site_id=example.org"

    assert program.ask("DELETE", path) == {"deleted": True}
    assert program.refused("DELETE", path, status=404)


@pytest.mark.parametrize("rule_id", [99, 10**30], ids=["an unknown id", "an impossible id"])
def test_an_unknown_rule_is_not_found(program, site, rule_id):
    assert program.refused("DELETE", f"/exclusions/{rule_id}?site_id=example.org", status=404)


def test_a_rule_of_another_site_is_not_found(program, bound, site):
    other = sites.add(program.control, "other.example", timezone="UTC", now=time.time())
    rules.add(program.control, rules.network("192.0.2.0/24", site_id=other.id), who="ana", now=time.time())

    assert [] == ids(bound)
    assert bound.refused("DELETE", "/exclusions/1?site_id=example.org", status=404)


def test_a_rule_can_be_put_before_another(program, site):
    second = put(program, **OFFICE)["id"]
    first = put(program, path="/admin", before=second)["id"]

    assert [first, second] == [exclusion.id for exclusion in rules.list_all(program.control)]


def test_only_days_with_hits_are_counted(program, site, database):
    rule_id = put(program, **OFFICE)["id"]
    store_drops(database, "excluded", 3, rule=rule_id, site_id=site.id)

    (count,) = program.ask("GET", "/exclusions/counts?site_id=example.org")["counts"]
    assert [{"date": "2026-03-10", "hits": 3}] == count["days"]


@pytest.mark.parametrize("path", ["/exclusions/changes", "/exclusions/problems"])
def test_a_key_for_one_site_does_not_see_what_concerns_every_site(program, bound, path):
    assert program.ask("GET", path)
    assert bound.refused("GET", path)


def test_a_share_is_unknown_after_few_hits(program, site):
    assert program.ask("POST", "/exclusions/share", json={"site_id": "example.org"} | OFFICE) == {"share": None}
