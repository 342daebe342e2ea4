import pytest

from schema.measures import goals, segments
from tests.factories import store, views


@pytest.fixture
def seen(desk, database, site):
    """Give a browser, and a site with visits from two sources and a goal."""
    store(
        database,
        [
            *views("/a, b", site_id=site.id, source="Google", country="FR"),
            *views("/", site_id=site.id, source="Google", country="FR"),
            *views("/", site_id=site.id, source="Bing & co", country="DE"),
        ],
    )
    goals.add(desk.control, goals.new(site.id, event_name="Signup"))
    return desk


def test_every_dimension_can_be_chosen(seen, site):
    page = seen.page(f"/{site.domain}/filter?period=day")
    links = [link["href"] for link in page.attributes("a") if "dimension=" in link.get("href", "")]

    assert len(links) > 20
    for link in links:
        assert seen.get(link).status_code == 200


@pytest.mark.parametrize(
    ("query", "values"),
    [
        pytest.param("dimension=source", ["Google", "Bing & co"], id="most visitors first"),
        pytest.param("dimension=source&f=is,country,DE", ["Bing & co"], id="under the other filters"),
        pytest.param("dimension=source&f=is,source,Google&edit=0", ["Google", "Bing & co"], id="but not under itself"),
        pytest.param("dimension=goal", ["Signup"], id="goals"),
    ],
)
def test_values_of_the_data_are_suggested(seen, site, query, values):
    page = seen.page(f"/{site.domain}/filter?period=day&{query}")

    assert values == [box["value"] for box in page.attributes("input", type="checkbox")]


@pytest.mark.parametrize(
    ("query", "url"),
    [
        pytest.param("dimension=source&op=is&value=Google", "f=is,source,Google", id="a ticked value"),
        pytest.param(
            "dimension=page&op=contains_not&value=%2Fa%2C+b&typed=%2Fc", "f=contains_not,page,/a%2C%20b,/c", id="both"
        ),
        pytest.param("dimension=props%3Aplan&op=is&typed=pro", "f=is,props:plan,pro", id="a property"),
        pytest.param("dimension=goal&op=is_not&value=Signup", "f=is_not,goal,Signup", id="no conversion"),
        pytest.param(
            "f=is%2Csource%2CGoogle&f=is%2Ccountry%2CFR&edit=0&dimension=source&op=is&typed=Bing",
            "f=is,source,Bing&f=is,country,FR",
            id="a changed filter stays in its place",
        ),
    ],
)
def test_the_form_leads_to_the_filtered_report(seen, site, query, url):
    answer = seen.get(f"/{site.domain}/filter?period=day&{query}&apply=1")

    assert (303, f"/example.org?period=day&{url}") == (answer.status_code, answer.headers["location"])


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        pytest.param("dimension=source&op=is", "at least one value", id="no value"),
        pytest.param("dimension=source&op=is&typed=%20", "at least one value", id="blanks"),
        pytest.param("dimension=country&op=contains&value=F", "works with", id="an operator that does not fit"),
        pytest.param("dimension=source&op=like&value=F", "like", id="no such operator"),
        pytest.param("dimension=goal&op=is&value=Nothing", "no goal", id="no such goal"),
        pytest.param("dimension=segment&op=is&value=99", "no segment", id="no such segment"),
    ],
)
def test_an_invalid_form_is_explained(seen, site, query, sentence):
    assert sentence in seen.page(f"/{site.domain}/filter?{query}&apply=1", status=422).text


def test_operators_that_do_not_fit_are_not_offered(seen, site):
    page = seen.page(f"/{site.domain}/filter?dimension=country")

    assert ["is", "is_not"] == [
        option["value"] for option in page.attributes("option") if option["value"].startswith("is")
    ]
    assert not page.attributes("option", value="contains")


def test_filters_are_saved_as_a_segment(seen, site):
    path = f"/{site.domain}/filter?period=day&f=is,source,Google&f=is_not,goal,Signup"
    answer = seen.post(path, name="Readers")
    [segment] = segments.list_all(seen.control, site.id)

    assert f"/example.org?period=day&f=is,segment,{segment.id}" == answer.headers["location"]
    assert [["is", "visit:source", ["Google"]], ["has_not_done", ["is", "event:goal", ["Signup"]]]] == segment.filters
    assert "Readers" in seen.page(answer.headers["location"]).text


def test_a_segment_needs_a_name_of_its_own(seen, site):
    seen.post(f"/{site.domain}/filter?f=is,source,Google", name="Readers")

    assert 422 == seen.post(f"/{site.domain}/filter?f=is,source,Google", name="Readers").status_code


def test_a_segment_is_one_link_away(seen, site):
    segment = segments.add(seen.control, site.id, "French", [["is", "visit:country", ["FR"]]])
    urls = [link["href"] for link in seen.page(f"/{site.domain}/filter?period=day&f=is,source,Google").attributes("a")]

    assert f"/{site.domain}?period=day&f=is,source,Google&f=is,segment,{segment.id}" in urls


def test_no_segments_are_offered_where_there_are_none(seen, site):
    page = seen.page(f"/{site.domain}/filter?period=day")

    assert [] == page.attributes("h3")
