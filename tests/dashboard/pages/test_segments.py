import json

import pytest

from schema.measures import goals, segments
from schema.people import users
from tests.dashboard.desk import Desk, Page

PATH = "/example.org/settings/segments"
FRANCE = '[["is", "visit:country", ["FR"]]]'


def test_filters_are_stored_as_json_and_shown_again(desk, site):
    desk.post(PATH, name="France", filters='[ ["is", "visit:country", ["FR"]] ]')
    (segment,) = segments.list_all(desk.control, site.id)

    assert [["is", "visit:country", ["FR"]]] == segment.filters
    assert '[["is","visit:country",["FR"]]]' in desk.page(PATH).text


@pytest.mark.parametrize(
    "filters",
    [
        pytest.param("", id="nothing"),
        pytest.param("{}", id="no list"),
        pytest.param("[" * 100_000, id="JSON without end"),
        pytest.param('[["is", "visit:country", ["France"]]]', id="filters that can not be queried"),
    ],
)
def test_anything_else_is_rejected_and_nothing_stored(desk, site, filters):
    assert desk.post(PATH, name="France", filters=filters).status_code in (413, 422)
    assert [] == segments.list_all(desk.control, site.id)


@pytest.fixture
def other(desk, database):
    """Give the browser of another user."""
    other = Desk(desk.control, database)
    other.enter(users.add(desk.control, "bob@example.org", now=desk.clock(), is_owner=True))
    return other


@pytest.mark.parametrize(
    ("fields", "is_own"),
    [
        pytest.param({"readers": "me"}, True, id="only for me"),
        pytest.param({"readers": "everyone"}, False, id="for everyone"),
        pytest.param({}, False, id="without a choice"),
    ],
)
def test_a_segment_is_for_whom_the_form_says(desk, other, site, user, fields, is_own):
    desk.post(PATH, name="France", filters=FRANCE, **fields)
    [segment] = segments.of_everyone(desk.control, site.id)

    assert (user.id if is_own else None) == segment.user_id
    assert is_own == ("Only for me" in rows(desk))
    assert is_own == ("France" not in rows(other))


def test_own_segments_come_before_shared_ones(desk, site, user):
    segments.add(desk.control, site.id, "A", json.loads(FRANCE))
    segments.add(desk.control, site.id, "B", json.loads(FRANCE), user_id=user.id)

    assert rows(desk).index("Only for me") < rows(desk).index("For everyone")


@pytest.mark.parametrize(
    ("is_theirs", "status"), [pytest.param(True, 404, id="of another user"), pytest.param(False, 303, id="shared")]
)
def test_the_segment_of_another_user_cannot_be_removed(desk, other, site, user, is_theirs, status):
    segment = segments.add(desk.control, site.id, "A", json.loads(FRANCE), user_id=user.id if is_theirs else None)

    assert status == other.post(f"{PATH}/{segment.id}/remove", sure="yes").status_code
    assert is_theirs == bool(segments.of_everyone(desk.control, site.id))


def test_an_error_keeps_the_choice_of_readers(desk, site):
    answer = Page(desk.post(PATH, name="a", filters="x", readers="me").text)

    assert ["me"] == [box["value"] for box in answer.attributes("input", type="radio") if "checked" in box]


def test_a_goal_shows_only_the_segments_that_its_reader_sees(desk, other, site, user):
    goals.add(desk.control, goals.new(site.id, event_name="Signup"))
    segments.add(desk.control, site.id, "Mine", [["is", "event:goal", ["Signup"]]], user_id=user.id)
    path = "/example.org/settings/goals"

    assert "segment Mine" in desk.page(path).text
    assert "segment Mine" not in other.page(path).text
    assert "Mine" in desk.page(f"{path}/1/remove").text
    assert "Mine" not in other.page(f"{path}/1/remove").text


def rows(desk) -> str:
    """Return the text of the list."""
    return str(Page(desk.page(PATH).html.partition("<tbody>")[2].partition("</tbody>")[0]).text)


def test_a_segment_is_edited(desk, site):
    segment = segments.add(desk.control, site.id, "A", json.loads(FRANCE))
    form = desk.page(f"{PATH}/{segment.id}")
    answer = desk.post(f"{PATH}/{segment.id}", name="Belgium", filters=FRANCE.replace("FR", "BE"))
    [changed] = segments.list_all(desk.control, site.id)

    assert form.attributes("input", name="name", value="A")
    assert f"{PATH}#row-{segment.id}" == answer.headers["location"]
    assert ("Belgium", [["is", "visit:country", ["BE"]]]) == (changed.name, changed.filters)


def test_the_segment_of_another_user_cannot_be_edited(desk, other, site, user):
    segment = segments.add(desk.control, site.id, "A", json.loads(FRANCE), user_id=user.id)

    assert 404 == other.get(f"{PATH}/{segment.id}").status_code
    assert 404 == other.post(f"{PATH}/{segment.id}", name="B", filters=FRANCE).status_code
