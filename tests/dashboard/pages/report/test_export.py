import csv
import io
import zipfile
from urllib.parse import quote

import pytest

from dashboard.pages.report.export import FILES
from schema.measures import custom_props, goals
from schema.sites import sites
from tests.factories import an_event, store, views

LISTS = {
    "sources channels utm_mediums utm_sources utm_campaigns utm_contents utm_terms referrers": (
        "name visitors bounce_rate visit_duration"
    ),
    "pages": "name visitors pageviews bounce_rate time_on_page scroll_depth",
    "entry_pages": "name unique_entrances total_entrances bounce_rate visit_duration",
    "exit_pages": "name unique_exits total_exits exit_rate",
    "countries regions cities browsers operating_systems devices": "name visitors",
    "browser_versions operating_system_versions": "name version visitors",
    "conversions": "name unique_conversions total_conversions",
    "custom_props": "property value visitors events percentage",
    "visitors": "date visitors pageviews visits views_per_visit bounce_rate visit_duration",
}


@pytest.fixture
def seen(desk, database, site):
    """Give a browser, and a site with two visits, a goal and a property."""
    store(
        database,
        [
            *views("/", "/end", "/", "/end", site_id=site.id, source="Google", country="FR", browser="Firefox"),
            an_event(name="Signup", path="/", site_id=site.id, source="=cmd()", props={"plan": "pro"}),
        ],
    )
    goals.add(desk.control, goals.new(site.id, event_name="Signup"))
    custom_props.add(desk.control, site.id, "plan")
    return desk


def files(desk, query: str = "period=day") -> dict[str, list[dict[str, str]]]:
    answer = desk.get(f"/example.org/export?{query}")
    assert (200, "application/zip") == (answer.status_code, answer.headers["content-type"])
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    return {
        name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(text, newline=""))) for name, text in texts.items()
    }


def test_the_archive_has_a_file_for_every_list(seen):
    assert {"visitors", "conversions", "custom_props", *FILES} == set(files(seen))


@pytest.mark.parametrize(("names", "columns"), LISTS.items())
def test_files_have_the_columns_that_spreadsheets_expect(seen, names, columns):
    exported = files(seen)

    for name in names.split():
        assert columns.split() == list(exported[name][0]), name


def test_the_numbers_are_those_of_the_report(seen):
    exported = files(seen)

    assert {"name": "France", "visitors": "1"} in exported["countries"]
    assert {"name": "Firefox", "version": "(not set)", "visitors": "1"} in exported["browser_versions"]
    assert {"name": "/end", "unique_exits": "1", "total_exits": "1", "exit_rate": "50.0"} in exported["exit_pages"]
    assert [{"name": "Signup", "unique_conversions": "1", "total_conversions": "1"}] == exported["conversions"]
    assert {"property": "plan", "value": "pro"}.items() <= exported["custom_props"][0].items() or len(
        exported["custom_props"]
    ) > 1


def test_values_are_no_formulas(seen):
    assert "'=cmd()" in [row["name"] for row in files(seen)["sources"]]


def test_with_a_goal_lists_have_conversions_and_rates(seen):
    exported = files(seen, "period=day&f=is,goal,Signup")

    assert ["name", "conversions", "conversion_rate"] == list(exported["sources"][0])
    assert ["date", "unique_conversions", "total_conversions", "conversion_rate"] == list(exported["visitors"][0])
    assert ["property", "value", "visitors", "events", "conversion_rate"] == list(exported["custom_props"][0])


def test_with_a_page_the_days_have_a_scroll_depth(seen):
    assert "scroll_depth" in files(seen, "period=day&f=is,page,/")["visitors"][0]


def test_filters_apply_to_every_file(seen):
    assert ["Google"] == [row["name"] for row in files(seen, "period=day&f=is,country,FR")["sources"]]


def test_the_archive_of_an_international_domain_has_its_name(desk, database):
    site = sites.add(desk.control, "пример.example", timezone="UTC", now=desk.clock())
    store(database, views("/", site_id=site.id))
    answer = desk.get("/пример.example/export?period=day")

    assert 200 == answer.status_code
    assert quote("Sillage export пример.example") in answer.headers["content-disposition"]
