import pytest

from dashboard.pages.report import boxes
from dashboard.stats.model import dimensions
from dashboard.stats.model.result import Row
from tests.dashboard.pages.report.views import a_view
from tests.factories import store, views


def rows(**visitors: float) -> tuple[Row, ...]:
    return tuple(Row((value,), (count,)) for value, count in visitors.items())


def drawn(query: str = "", **answers: tuple[Row, ...]) -> dict[str, boxes.Box]:
    all_answers = dict.fromkeys(boxes.BOXES, ()) | answers
    return {box.id: box for box in boxes.boxes(a_view(query), all_answers, 2000)}


def test_a_box_has_a_row_for_each_value():
    box = drawn(devices=rows(Firefox=1500, Chrome=500))["devices"]

    assert [("Firefox", "1.5k", "75%"), ("Chrome", "500", "25%")] == [
        (row.label, row.visitors, row.percent) for row in box.rows
    ]


def test_every_row_is_a_link_that_filters():
    box = drawn("period=7d", sources=(*rows(Google=5), Row(("",), (3,))))["sources"]

    assert ["/example.org?period=7d&f=is,source,Google", "/example.org?period=7d&f=is,source,Direct%20/%20None"] == [
        row.url for row in box.rows
    ]


def test_rows_of_pages_lead_to_the_page_too():
    box = drawn(pages=(Row(("/a b?x=<y>",), (5,)), Row(("javascript:alert(1)",), (5,))))["pages"]

    assert ["https://example.org/a%20b?x=%3Cy%3E", ""] == [row.page_url for row in box.rows]


def test_bars_are_drawn_against_the_greatest_row():
    one, same = (drawn(devices=rows(Mac=count))["devices"].rows[0].bar for count in (1, 900))

    assert one == same


def test_a_box_has_nine_rows():
    assert 9 == len(drawn(sources=rows(**{f"s{number}": 9 for number in range(10)}))["sources"].rows)


@pytest.mark.parametrize(
    ("tab", "labels"),
    [
        pytest.param("entry", ["/a"], id="visits without a page view have no entry page"),
        pytest.param("exit", ["/a"], id="and no exit page"),
        pytest.param("top", ["(not set)", "/a"], id="but every value of a page is shown"),
    ],
)
def test_no_entry_page_is_not_an_entry_page(tab, labels):
    box = drawn(f"pages={tab}", pages=(Row(("",), (9,)), Row(("/a",), (5,))))["pages"]

    assert labels == [row.label for row in box.rows]


@pytest.mark.parametrize(
    ("tab", "labels"),
    [
        pytest.param("campaigns", ["spring"], id="visits without a campaign have no row"),
        pytest.param("sources", ["Direct / None", "spring"], id="but visits without a source have a row"),
    ],
)
def test_the_campaigns_leave_out_visits_without_one(tab, labels):
    box = drawn(f"sources={tab}", sources=(Row(("",), (9,)), Row(("spring",), (5,))))["sources"]

    assert labels == [row.label for row in box.rows]


@pytest.mark.parametrize(
    ("query", "box", "dimension"),
    [
        pytest.param("", "sources", dimensions.SOURCE, id="the first tab"),
        pytest.param("sources=channels", "sources", dimensions.CHANNEL, id="the tab of the URL"),
        pytest.param("sources=campaigns", "sources", dimensions.UTM_CAMPAIGN, id="the first of the campaigns"),
        pytest.param("sources=campaigns&campaigns=utm_term", "sources", dimensions.UTM_TERM, id="another of them"),
        pytest.param("f=is,source,Google", "sources", dimensions.REFERRER, id="referrers of a source"),
        pytest.param("f=is_not,source,Google", "sources", dimensions.SOURCE, id="the other sources"),
        pytest.param("f=is,browser,Firefox", "devices", dimensions.BROWSER_VERSION, id="versions of a browser"),
        pytest.param("devices=systems&f=is,os,Mac", "devices", dimensions.OS_VERSION, id="versions of a system"),
        pytest.param("f=is,country,FR", "places", dimensions.NAMED_REGION, id="regions of a country"),
        pytest.param("f=is,country,FR&places=countries", "places", dimensions.COUNTRY, id="unless the URL has a tab"),
        pytest.param("f=is,region,FR-ARA", "places", dimensions.NAMED_CITY, id="cities of a region"),
    ],
)
def test_a_box_shows_what_its_tab_and_the_filters_ask_for(query, box, dimension):
    assert (dimension,) == boxes.questions(a_view(query))[box].groups


def test_with_a_goal_a_row_has_conversions_and_their_rate():
    box = drawn("f=is,goal,Signup", sources=(Row(("Google",), (4, 12.5)),))["sources"]

    assert ("Conversions", "4", "12%") == (box.column, box.rows[0].visitors, box.rows[0].percent)


def test_exactly_one_tab_of_a_box_is_open():
    for box in drawn("sources=campaigns").values():
        assert 1 == sum(tab.is_open for tab in box.tabs)


def test_the_map_colours_countries_and_lists_three_below(desk, database, site):
    for code, count in (("FR", 4), ("DE", 3), ("SG", 2), ("PL", 1)):
        for _ in range(count):
            store(database, views("/", site_id=site.id, country=code))
    store(database, views("/", site_id=site.id))
    page = desk.page("/example.org?period=day&places=map&f=is,page,/")
    links = {link["aria-label"]: link["class"] for link in page.attributes("a") if "map-" in link.get("class", "")}

    assert {
        "France: 4 visitors": "map-country map-5",
        "Germany: 3 visitors": "map-country map-4",
        "Singapore: 2 visitors": "map-country map-3",
        "Poland: 1 visitor": "map-country map-1",
    } == links
    [france] = page.attributes("a", **{"aria-label": "France: 4 visitors"})
    assert "/example.org?period=day&places=map&f=is,page,/&f=is,country,FR" == france["href"]
    places = page.html.split('id="places"')[1].split("</section>")[0]
    assert 3 == places.count('class="row"')


def test_only_the_tab_of_the_map_has_the_map(desk, database, site):
    store(database, views("/", site_id=site.id, country="FR"))

    assert 'class="map"' not in desk.page("/example.org?period=day").html
    assert 'class="map"' in desk.page("/example.org?period=day&places=map").html
