"""General settings of a site: name, time zone and domain."""

import pytest

from schema.exclusions import audit
from schema.sites import sites
from tests.factories import store, views

SETTINGS = "/example.org/settings"
NOON = {"name": "", "timezone": "Europe/Paris"}


def stored(desk, domain="example.org"):
    return sites.by_domain(desk.control, domain, now=desk.clock())


def changes(desk, site):
    return [entry.change for entry in audit.latest(desk.control, 9, site_id=site.id, topic=audit.SETTINGS)]


def test_reports_and_the_list_of_sites_show_the_display_name(desk, site, database):
    store(database, views("/", start="2026-03-10 12:00"))
    answer = desk.post(SETTINGS, name="  Our   shop ", timezone="Europe/Paris")

    assert (303, f"{SETTINGS}#general") == (answer.status_code, answer.headers["location"])
    assert "Our shop" in desk.page("/example.org").text
    assert "Our shop" in desk.page("/sites").text
    assert "Our shop" in desk.page("/sites?search=shop").text
    assert ["Named the site Our shop."] == changes(desk, site)


def test_a_new_time_zone_moves_past_events_to_other_days(desk, site, database):
    store(database, views("/late", start="2026-03-09 20:30"))
    day = "/example.org/pages.csv?period=custom&from=2026-03-10&to=2026-03-10"
    before = desk.get(day).text
    desk.post(SETTINGS, name="", timezone="Asia/Tokyo")

    assert "/late" not in before
    assert "/late" in desk.get(day).text
    assert ["Set the time zone to Asia/Tokyo."] == changes(desk, site)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param({"timezone": "Mars"}, "“Mars” is not a time zone.", id="no time zone"),
        pytest.param({"name": "x" * 101}, "The name of a site can have at most 100 printable", id="a long name"),
        pytest.param({"name": "a\u202eb"}, "The name of a site can have at most 100 printable", id="a hidden sign"),
    ],
)
def test_what_is_not_possible_is_refused(desk, site, fields, sentence):
    answer = desk.post(SETTINGS, **(NOON | fields))

    assert (422, site) == (answer.status_code, stored(desk))
    assert sentence in answer.text
    assert [] == changes(desk, site)


def test_a_moved_site_keeps_its_old_domain_for_72_hours(desk, site):
    answer = desk.post(f"{SETTINGS}/domain", domain="https://www.New.example/page?x=1")
    text = desk.page(answer.headers["location"]).text

    assert answer.headers["location"] == "/new.example/settings#domain"
    assert "Events and calls for example.org are accepted until 13" in text
    assert stored(desk) == stored(desk, "new.example")
    assert ["Changed the domain from example.org to new.example."] == changes(desk, site)


def test_the_same_domain_changes_nothing(desk, site):
    desk.post(f"{SETTINGS}/domain", domain="example.org")

    assert ((), []) == (stored(desk).former_domains, changes(desk, site))


def test_a_domain_of_another_site_is_refused(desk, site):
    sites.add(desk.control, "other.example", timezone="UTC", now=desk.clock())
    answer = desk.post(f"{SETTINGS}/domain", domain="other.example")

    assert answer.status_code == 422
    assert "other.example already exists" in answer.text


def test_every_page_of_settings_has_the_same_navigation(desk, site):
    links = [link["href"] for link in desk.page(SETTINGS).attributes("a", **{"class": "menu-item"})]
    of_site = [href for href in links if href.startswith(SETTINGS)]

    for href in of_site:
        page = desk.page(href)
        others = [link["href"] for link in page.attributes("a", **{"class": "menu-item"})]
        assert of_site == [other for other in others if other.startswith(SETTINGS)]
        assert {href} == {link["href"] for link in page.attributes("a", **{"aria-current": "page"})}
