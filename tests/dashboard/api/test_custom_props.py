import time

import pytest

from schema.measures import custom_props
from schema.sites import sites

LIST = "/custom-props?site_id=example.org"


def listed(program) -> list[str]:
    return [row["property"] for row in program.ask("GET", LIST)["custom_properties"]]


def put(program, key, **options):
    return program.ask("PUT", "/custom-props", json={"site_id": "example.org", "property": key}, **options)


def test_a_property_is_listed_once(program, site):
    put(program, "plan")
    put(program, "plan")

    assert ["plan"] == listed(program)


def test_a_property_of_another_site_is_not_listed(program, site):
    custom_props.add(
        program.control, sites.add(program.control, "other.example", timezone="UTC", now=time.time()).id, "plan"
    )

    assert [] == listed(program)


def test_a_property_with_a_slash_can_be_removed(program, site):
    put(program, "a/b")
    program.ask("DELETE", f"/custom-props/a/b?{LIST.partition('?')[2]}")

    assert [] == listed(program)


@pytest.mark.parametrize("key", ["", None, 7], ids=["empty", "missing", "a number"])
def test_a_property_needs_a_name(program, site, key):
    assert "property" in put(program, key, status=400)["error"]


def test_a_property_that_is_not_listed_cannot_be_removed(program, site):
    assert program.refused("DELETE", "/custom-props/plan?site_id=example.org", status=404)
