"""The cards of all sites, on Tuesday the 10th of March 2026."""

import re
from zoneinfo import ZoneInfo

import pytest

from schema.sites import sites
from schema.stores.database import Database
from tests.dashboard.desk import Page
from tests.factories import store, store_drops, views


@pytest.fixture
def busy(desk, database, site):
    """Give a browser, and sites that gained, lost, and began."""
    for domain in ("lost.example", "new.example"):
        sites.add(desk.control, domain, timezone="Europe/Paris", now=desk.clock())
    gained, lost, new = sites.list_all(desk.control, now=desk.clock())
    for site_id, yesterday, week_before in ((gained.id, 3, 2), (lost.id, 1, 4), (new.id, 2, 0)):
        for _ in range(yesterday):
            store(database, views("/", start="2026-03-09 12:00", site_id=site_id))
        for _ in range(week_before):
            store(database, views("/", start="2026-03-02 12:00", site_id=site_id))
    store(database, views("/", start=desk.now, site_id=gained.id))
    return desk


def domains(page: Page) -> list[str]:
    return re.findall(r'class="site-link" href="/([^"]+)"', page.html)


def test_every_site_shows_yesterday_its_change_and_now(busy):
    page = busy.page("/sites")

    assert "example.org 1 online 3 visitors yesterday ↑ 50% up 50% 1 today Settings" in page.text
    assert "lost.example 0 online 1 visitors yesterday ↓ 75% down 75% 0 today Settings" in page.text
    assert "new.example 0 online 2 visitors yesterday 0 today Settings" in page.text
    assert 3 == page.html.count('class="trend-line"')
    assert "Mon 2 Mar: 2" in page.html


def test_totals_are_plain_sums_and_say_so(busy):
    page = busy.page("/sites")

    assert "Visitors yesterday 6 unchanged unchanged" not in page.text
    assert re.search(r"Visitors yesterday 6 \S* ?0% unchanged Visitors today 1 Online 1", page.text)
    assert "Visitors are never joined across sites" in page.text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param("", ["example.org", "lost.example", "new.example"], id="by name"),
        pytest.param("?sort=name", ["example.org", "lost.example", "new.example"], id="by name, said"),
        pytest.param("?sort=visitors", ["example.org", "new.example", "lost.example"], id="by visitors"),
        pytest.param("?sort=change", ["example.org", "lost.example", "new.example"], id="by change, the new one last"),
        pytest.param("?search=EXAMPLE.org", ["example.org"], id="one that is searched for"),
        pytest.param("?search=.example&sort=visitors", ["new.example", "lost.example"], id="searched and sorted"),
        pytest.param("?search=%20lost%20", ["lost.example"], id="with spaces around"),
        pytest.param("?search=nothing", [], id="nothing that matches"),
    ],
)
def test_the_list_is_sorted_and_searched(busy, query, names):
    page = busy.page(f"/sites{query}")

    assert names == domains(page)
    assert ("No site matches “nothing”." in page.text) == (names == [])


def test_an_order_that_does_not_exist_is_named(busy):
    page = busy.page("/sites?sort=<b>", status=400)

    assert "Sites cannot be sorted by “<b>”." in page.text
    assert ["example.org", "lost.example", "new.example"] == domains(page)


def test_a_search_stays_in_its_field_and_in_the_links(busy):
    page = busy.page("/sites?search=a%26b&sort=visitors")

    assert "a&b" == page.attributes("input", name="search")[0]["value"]
    assert page.attributes("a", href="/sites?search=a%26b&sort=change")
    assert page.attributes("a", **{"href": "/sites?search=a%26b&sort=visitors", "aria-current": "true"})
    assert page.attributes("input", name="sort", value="visitors")


def test_more_sites_need_no_more_statements(desk, database, site, monkeypatch):
    zones = ("Europe/Paris", "Asia/Kolkata", "America/New_York", "Pacific/Kiritimati")
    statements: list[str] = []
    query = Database.query

    def counted(self, sql, parameters=None):
        statements.append(sql)
        return query(self, sql, parameters)

    monkeypatch.setattr(Database, "query", counted)
    desk.page("/sites")
    with_one = len(statements)
    for number in range(63):
        sites.add(desk.control, f"site{number}.example", timezone=zones[number % 4], now=desk.clock())
    statements.clear()
    page = desk.page("/sites")

    assert 64 == len(domains(page))
    assert 2 == with_one == len(statements)  # one of all sites, one of hits for unknown domains
    assert 1 == sum("visits" in sql for sql in statements)


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        pytest.param(1, "Today, 1 hit was for a domain that is not in this list.", id="one"),
        pytest.param(1200, "Today, 1,200 hits were for a domain that is not in this list.", id="many"),
    ],
)
def test_hits_for_unknown_sites_are_shown_on_the_same_day(desk, database, site, count, sentence):
    assert "not in this list" not in desk.page("/sites").text
    store_drops(database, "unknown_site", count, site_id=0, zone=ZoneInfo("UTC"))
    store_drops(database, "unknown_site", 5, at="2026-03-09 12:00", site_id=0, zone=ZoneInfo("UTC"))

    assert sentence in desk.page("/sites").text


def test_an_empty_list_suggests_adding_a_site(desk):
    page = desk.page("/sites")

    assert "No sites yet" in page.text
    assert page.attributes("a", href="/sites/new")


def test_the_list_speaks_french(busy):
    busy.client.headers["accept-language"] = "fr"
    page = busy.page("/sites?search=nothing")

    assert "Aucun site ne correspond à « nothing »." in page.text
    assert "Visiteurs hier" in page.text
