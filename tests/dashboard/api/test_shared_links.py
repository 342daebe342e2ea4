import time

from schema.sites import sites


def put(program, name, **options):
    return program.ask("PUT", "/shared-links", json={"site_id": "example.org", "name": name}, **options)


def test_a_link_leads_to_the_site_on_this_server(program, site):
    link = put(program, "Board")

    assert "Board" == link["name"]
    assert link["url"].startswith("http://stats.test/")
    assert "example.org" in link["url"]


def test_each_name_has_a_link_of_its_own(program, site):
    assert put(program, "Board")["url"] == put(program, "Board")["url"] != put(program, "Press")["url"]


def test_the_same_name_on_another_site_is_another_link(program, site):
    sites.add(program.control, "other.example", timezone="UTC", now=time.time())
    other = program.ask("PUT", "/shared-links", json={"site_id": "other.example", "name": "Board"})

    assert other["url"] != put(program, "Board")["url"]


def test_a_link_needs_a_name(program, site):
    assert put(program, "", status=400)["error"]
