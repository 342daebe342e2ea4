import csv
import io

import pytest

from dashboard.pages.report import details
from dashboard.pages.report.tables import BY_PATH
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.query import Order
from dashboard.stats.model.result import Row
from tests.dashboard.pages.report.views import a_view
from tests.factories import an_event, store, views


@pytest.fixture
def seen(desk, database, site):
    """Give a browser, and a site with visits from two sources and 250 pages."""
    store(
        database,
        [
            *views("/", "/pricing", site_id=site.id, source="Google", country="FR"),
            *views("/", site_id=site.id, source="Bing", country="DE"),
            *[an_event(path=f"/page/{number:03}", site_id=site.id, country="FR") for number in range(250)],
        ],
    )
    return desk


@pytest.mark.parametrize("path", BY_PATH)
def test_every_table_has_a_page_and_a_file(seen, site, path):
    page = seen.page(f"/{site.domain}{path}?period=day")
    file = seen.get(f"/{site.domain}{path}.csv?period=day")

    assert page.attributes("table")
    assert "text/csv; charset=utf-8" == file.headers["content-type"]
    assert file.text.count("\r\n") >= 2


def test_a_page_has_a_hundred_rows_and_leads_to_the_next(seen, site):
    first = seen.page(f"/{site.domain}/pages?period=day")
    last = seen.page(f"/{site.domain}/pages?period=day&rows_from=200")

    assert "252 rows" in first.text
    assert 100 == first.html.count('<th scope="row">')
    assert first.attributes("a", rel="next", href="/example.org/pages?period=day&rows_from=100")
    assert not first.attributes("a", rel="prev")
    assert 52 == last.html.count('<th scope="row">')
    assert not last.attributes("a", rel="next")


@pytest.mark.parametrize(
    ("path", "search", "rows"),
    [
        pytest.param("/pages", "PRIC", 1, id="part of a path in another case"),
        pytest.param("/countries", "germ", 1, id="part of the name of a country"),
        pytest.param("/countries", "FR", 1, id="FR is in Fr-ance"),
        pytest.param("/countries", "zz", 0, id="no country"),
        pytest.param("/sources", "%_", 0, id="no wildcards"),
    ],
)
def test_a_table_can_be_searched(seen, site, path, search, rows):
    page = seen.page(f"/{site.domain}{path}?period=day&search={search}")

    assert rows == page.html.count('<th scope="row">')
    assert search in page.attributes("input", name="search")[0]["value"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        pytest.param("", Order(Metric.VISITORS, is_descending=True), id="most visitors first"),
        pytest.param("bounce_rate", Order(Metric.BOUNCE_RATE, is_descending=False), id="ascending"),
        pytest.param("-visit_duration", Order(Metric.VISIT_DURATION, is_descending=True), id="descending"),
        pytest.param("shoe", Order(Metric.VISITORS, is_descending=True), id="no such column"),
    ],
)
def test_a_table_can_be_sorted_by_each_column(sort, order):
    query = details.question(a_view(f"sort={sort}", path="/sources"), BY_PATH["/sources"])

    assert (order,) == query.order


def test_a_heading_sorts_and_turns_the_order_around():
    view = a_view("sort=-visitors&rows_from=100", path="/sources")
    visitors, bounces, _ = details.columns(view, details.question(view, BY_PATH["/sources"]))

    assert ("descending", "/example.org/sources?sort=visitors") == (visitors.sorted, visitors.url)
    assert ("none", "/example.org/sources?sort=-bounce_rate") == (bounces.sorted, bounces.url)


@pytest.mark.parametrize("rows_from", ["-1", "x", "1e3", "²", "99999999999"])
def test_an_invalid_position_is_the_first_page(rows_from):
    assert 0 == details.question(a_view(f"rows_from={rows_from}"), BY_PATH["/pages"]).offset


def test_a_file_has_names_for_codes_and_no_formulas():
    found = (Row(("=1+1",), (2, 40, None)), Row(('a,"b\n',), (1, 0, 12)))
    view = a_view(path="/sources")
    text = details.csv_of(view, BY_PATH["/sources"], details.question(view, BY_PATH["/sources"]), found)

    assert [
        ["Source", "Visitors", "Bounce rate", "Visit duration"],
        ["'=1+1", "2", "40", ""],
        ['a,"b\n', "1", "0", "12"],
    ] == list(csv.reader(io.StringIO(text, newline="")))


def test_a_file_has_all_rows_of_the_search(seen, site):
    lines = seen.get(f"/{site.domain}/pages.csv?period=day&search=/page/").text.splitlines()

    assert 251 == len(lines)


def test_the_sites_of_others_have_no_tables(seen):
    assert 404 == seen.get("/other.example/pages").status_code
