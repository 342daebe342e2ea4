import pytest

from schema.measures import goals, segments
from schema.people import users
from tests.dashboard.desk import Desk, Page
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


@pytest.fixture
def other(seen, database):
    """Give the browser of another user."""
    other = Desk(seen.control, database)
    other.enter(users.add(seen.control, "bob@example.org", now=seen.clock(), is_owner=True))
    return other


def saved(seen, site, user, name: str = "Mine") -> int:
    """Return the id of a segment that only the user sees."""
    return segments.add(seen.control, site.id, name, [["is", "visit:country", ["FR"]]], user_id=user.id).id


@pytest.mark.parametrize(
    ("fields", "is_own"),
    [
        pytest.param({"readers": "me"}, True, id="only for me"),
        pytest.param({"readers": "everyone"}, False, id="for everyone"),
        pytest.param({}, False, id="without a choice"),
    ],
)
def test_filters_are_saved_for_whom_the_form_says(seen, other, site, user, fields, is_own):
    url = seen.post(f"/{site.domain}/filter?period=day&f=is,country,FR", name="Mine", **fields).headers["location"]

    assert (user.id if is_own else None) == segments.of_everyone(seen.control, site.id)[0].user_id
    assert ("Mine (only for me)" if is_own else "Mine") in seen.page(url).text
    assert (400 if is_own else 200) == other.get(url).status_code


PAGES = ["", "/pages", "/filter", "/realtime", "/not-counted", "/pages.csv", "/export"]


@pytest.mark.parametrize("path", PAGES)
def test_the_segment_of_another_user_is_unknown_to_every_page(seen, other, site, user, path):
    url = f"/{site.domain}{path}?f=is,segment,{saved(seen, site, user)}"

    answer = other.get(url)
    assert "Mine" not in answer.text
    assert (400, True) == (answer.status_code, "no segment" in answer.text)
    assert 200 == seen.get(url).status_code


@pytest.mark.parametrize("query", ["", "dimension=segment"], ids=["links", "values"])
def test_own_and_shared_segments_are_offered_apart(seen, other, site, user, query):
    saved(seen, site, user)
    segments.add(seen.control, site.id, "Everyone's", [["is", "visit:country", ["FR"]]])
    mine, theirs = (browser.page(f"/{site.domain}/filter?period=day&{query}").text for browser in (seen, other))

    assert mine.index("Mine") < mine.index("Everyone's")
    assert ("My segments" if not query else "Mine (only for me)") in mine
    assert ("Mine" in theirs, "My segments" in theirs, "Everyone's" in theirs) == (False, False, True)


def test_the_form_refuses_the_segment_of_another_user(seen, other, site, user):
    url = f"/{site.domain}/filter?dimension=segment&op=is&value={saved(seen, site, user)}&apply=1"

    assert "no segment" in other.page(url, status=422).text
    assert 303 == seen.get(url).status_code


def test_a_segment_saved_from_another_has_its_filters(seen, other, site, user):
    path = f"/{site.domain}/filter?f=is,segment,{saved(seen, site, user)}&f=is,source,Google"
    url = seen.post(path, name="Shared", readers="everyone").headers["location"]
    [shared] = segments.list_all(seen.control, site.id)

    assert [["is", "visit:country", ["FR"]], ["is", "visit:source", ["Google"]]] == shared.filters
    assert 200 == other.get(url).status_code


def test_an_error_keeps_the_name_and_the_choice(seen, site, user):
    saved(seen, site, user)
    page = seen.post(f"/{site.domain}/filter?f=is,source,Google", name="Mine", readers="me")

    assert 422 == page.status_code
    [radio] = [box for box in Page(page.text).attributes("input", type="radio") if "checked" in box]
    assert "me" == radio["value"]
    assert Page(page.text).attributes("input", name="name", value="Mine")
