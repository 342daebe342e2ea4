"""The report of an exempt site: rounded, without what the profile switches off, and never an error page."""

import io
import zipfile
from typing import Any

import pytest

from schema.measures import goals
from schema.privacy.profile import Privacy
from schema.sites import sites
from tests.factories import store, views

NOTE = "Figures are rounded to the nearest ten; groups under ten are in Other (<10)."
NO_SOURCES = "This site does not show where visitors came from: its privacy profile is exempt."


def an_exempt_site(control, site, **privacy):
    exempt = Privacy(profile="exempt", retention_months=13, **privacy)
    return sites.change(control, site, now=0, privacy=exempt)


@pytest.fixture
def exempt(desk, database, control, site):
    """Give a browser, and an exempt site with 41 visitors today and 12 two days ago."""
    an_exempt_site(control, site)
    goals.add(control, goals.new(site.id, page_path="/pricing", display_name="Prices"))
    goals.add(control, goals.new(site.id, event_name="Order", currency="EUR"))
    crowds: list[tuple[int, str, dict[str, Any], list[str]]] = [
        (28, "2026-03-10 09:00", {"country": "FR", "browser": "Firefox"}, ["/", "/pricing"]),
        (13, "2026-03-10 10:00", {"country": "DE", "browser": "Chrome"}, ["/"]),
        (4, "2026-03-10 11:00", {"country": "BE", "browser": "Chrome"}, ["/rare"]),
        (12, "2026-03-08 09:00", {"country": "FR", "browser": "Firefox"}, ["/"]),
    ]
    for count, start, attributes, paths in crowds:
        for _visitor in range(count):
            store(database, views(*paths, start=start, site_id=site.id, **attributes))
    return desk


def test_figures_are_rounded_and_small_groups_are_folded(exempt, site):
    page = exempt.page(f"/{site.domain}?period=day")

    assert NOTE in page.text
    assert 'title="50">50<' in page.html  # 45 visitors
    assert "/pricing" in page.text
    assert "/rare" not in page.text
    assert "Other (<10)" in page.text
    assert "Belgium" not in page.text


def test_a_standard_site_has_neither_note_nor_rest(desk, database, site):
    store(database, views("/rare", start="2026-03-10 09:00", site_id=site.id))
    page = desk.page(f"/{site.domain}?period=day")

    assert NOTE not in page.text
    assert "Other (<10)" not in page.text
    assert "/rare" in page.text


def test_boxes_that_the_profile_switches_off_are_grey_with_a_sentence(exempt, site):
    page = exempt.page(f"/{site.domain}?period=day")

    assert NO_SOURCES in page.text
    assert page.attributes("section", id="sources")[0]["class"].endswith("is-off")
    assert not page.attributes("section", id="pages")[0]["class"].endswith("is-off")
    for tab in ("Campaigns", "Channels", "Cities", "Properties", "Revenue"):
        assert tab not in page.text


def test_sources_are_shown_if_the_operator_decided_so(exempt, control, site):
    an_exempt_site(control, site, shows_acquisition=True)
    page = exempt.page(f"/{site.domain}?period=day")

    assert NO_SOURCES not in page.text
    assert "Direct / None" in page.text


@pytest.mark.parametrize(
    "query",
    [
        "period=day",
        "period=7d",
        "period=7d&f=is,page,/",
        "period=7d&f=is,goal,Prices",
        "period=7d&goals=journeys",
        "period=7d&goals=funnels",
        "period=day&goals=journeys&around=page:/",
        "period=day&f=is,page,/&f=is,country,FR",
        "period=7d&places=map",
        "period=7d&pages=entry&devices=systems&places=regions",
        "period=7d&metric=bounce_rate&table=1",
        "period=custom&from=2026-03-08&to=2026-03-08",
    ],
)
def test_every_view_has_a_page(exempt, site, query):
    assert NOTE in exempt.page(f"/{site.domain}?{query}").text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("period=7d&f=is_not,page,/", "one value"),
        ("period=7d&f=contains,page,/", "one value"),
        ("period=7d&f=is,page,/,/pricing", "one value"),
        ("period=7d&f=is,page,/&f=is,country,FR", "no longer exists"),
        ("period=7d&f=is,source,Google", "came from"),
        ("period=7d&f=is,city,1", "cities"),
        ("period=24h", "whole days"),
        ("period=7d&interval=hour", "hour"),
        ("period=day&interval=minute", "minute"),
        ("period=7d&places=cities", "cities"),
    ],
)
def test_what_the_site_does_not_have_is_said_and_left_out(exempt, site, query, sentence):
    page = exempt.page(f"/{site.domain}?{query}", status=400)

    assert NOTE in page.text
    assert any(sentence in problem for problem in page.html.split('class="problem"')[1:])


def test_lists_fold_search_and_refuse(exempt, site):
    pages = exempt.page(f"/{site.domain}/pages?period=day").text

    assert "/pricing" in pages
    assert "Other (<10)" in pages
    assert "/rare" not in pages
    assert "/pricing" in exempt.page(f"/{site.domain}/pages?period=day&search=PRI").text
    assert "Nothing in this period" in exempt.page(f"/{site.domain}/pages?period=day&search=rare").text
    assert "cities" in exempt.page(f"/{site.domain}/cities?period=day").text
    assert 403 == exempt.get(f"/{site.domain}/cities.csv?period=day").status_code
    assert "/rare" not in exempt.get(f"/{site.domain}/pages.csv?period=day").text


def test_the_zip_lacks_what_the_site_does_not_have(exempt, site):
    archive = zipfile.ZipFile(io.BytesIO(exempt.get(f"/{site.domain}/export?period=7d").content))

    assert {"pages.csv", "countries.csv", "browsers.csv", "conversions.csv"} <= set(archive.namelist())
    assert not {"sources.csv", "utm_terms.csv", "cities.csv", "browser_versions.csv"} & set(archive.namelist())
    assert "/rare" not in archive.read("pages.csv").decode()


def test_the_last_half_hour_is_rounded(exempt, database, site):
    for _visitor in range(12):
        store(database, views("/", start="2026-03-10 13:28", site_id=site.id))
    store(database, views("/secret", start="2026-03-10 13:28", site_id=site.id))
    page = exempt.page(f"/{site.domain}/realtime")

    assert 'title="10">10<' in page.html
    assert "/secret" not in page.text
    assert "Other (<10)" in page.text
    assert NO_SOURCES in page.text
    assert {"visitors": 10, "is_waiting": False} == exempt.get(f"/{site.domain}/current-visitors").json()


def test_few_current_visitors_are_fewer_than_ten(exempt, site):
    assert "<10" == exempt.get(f"/{site.domain}/current-visitors").json()["visitors"]
