import time

import pytest

from schema.measures import segments
from schema.measures.segments import SegmentError
from schema.people import accounts, users
from schema.people.users import User
from schema.sites import sites
from schema.stores.control import Control

SITE = 1
FRANCE = [["is", "visit:country", ["FR"]]]


@pytest.fixture(autouse=True)
def _site(control: Control) -> None:
    sites.add(control, "example.org", timezone="UTC", now=time.time())


def test_a_segment_gives_back_its_filters_and_labels(control: Control) -> None:
    segment = segments.add(control, SITE, " Français ", FRANCE, labels={"FR": "France"})

    assert ("Français", FRANCE, {"FR": "France"}) == (segment.name, segment.filters, segment.labels)
    assert segment == segments.by_id(control, SITE, segment.id)


def test_segments_are_listed_by_name_and_of_one_site_alone(control: Control) -> None:
    other = sites.add(control, "other.example", timezone="UTC", now=time.time())
    second, first = (segments.add(control, SITE, name, FRANCE) for name in ("B", "A"))
    theirs = segments.add(control, other.id, "A", FRANCE)

    assert [first, second] == segments.list_all(control, SITE)
    with pytest.raises(SegmentError, match=f"there is no segment {theirs.id} on this site"):
        segments.by_id(control, SITE, theirs.id)


def test_what_is_not_given_stays_as_it_is(control: Control) -> None:
    segment = segments.add(control, SITE, "France", FRANCE, labels={"FR": "France"})

    renamed = segments.change(control, segment, name="Français")
    narrowed = segments.change(control, renamed, filters=[*FRANCE, ["is", "event:page", ["/"]]], labels={})

    assert (segment.id, "Français", FRANCE, {"FR": "France"}) == (
        renamed.id,
        renamed.name,
        renamed.filters,
        renamed.labels,
    )
    assert [narrowed] == segments.list_all(control, SITE)


@pytest.mark.parametrize(
    ("name", "filters", "sentence"),
    [
        pytest.param("", FRANCE, "must have 1 to 255 bytes", id="no name"),
        pytest.param("é" * 128, FRANCE, "must have 1 to 255 bytes", id="a name of 256 bytes"),
        pytest.param("France", [], "at least one filter", id="no filter"),
        pytest.param("France", [["is", "event:page", ["p" * 5120]]], "5120 bytes of JSON", id="too much"),
    ],
)
def test_what_can_not_be_a_segment_is_one_sentence(control: Control, name, filters, sentence) -> None:
    kept = segments.add(control, SITE, "Kept", FRANCE)

    with pytest.raises(SegmentError, match=sentence):
        segments.add(control, SITE, name, filters)
    with pytest.raises(SegmentError, match=sentence):
        segments.change(control, kept, name=name, filters=filters)
    assert [kept] == segments.list_all(control, SITE)


def test_a_name_may_have_255_bytes(control: Control) -> None:
    assert 255 == len(segments.add(control, SITE, "a" + "é" * 127, FRANCE).name.encode())


def test_a_name_is_taken_once(control: Control) -> None:
    segments.add(control, SITE, "A", FRANCE)
    other = segments.add(control, SITE, "B", FRANCE)

    with pytest.raises(SegmentError, match="a segment named A already exists"):
        segments.add(control, SITE, "A", FRANCE)
    with pytest.raises(SegmentError, match="a segment named A already exists"):
        segments.change(control, other, name="A")


def test_a_removed_segment_is_gone_and_can_not_be_changed(control: Control) -> None:
    segment = segments.add(control, SITE, "A", FRANCE)
    segments.remove(control, segment)

    assert [] == segments.list_all(control, SITE)
    with pytest.raises(SegmentError, match="there is no segment"):
        segments.change(control, segment, name="B")


ME, OTHER = 1, 2


@pytest.fixture
def owned(control: Control) -> Control:
    """Give a control file with two users, who have one segment each, and a shared segment."""
    for name in ("me", "other"):
        users.add(control, f"{name}@example.org", now=time.time())
    for name, user_id in (("Shared", None), ("Mine", ME), ("Theirs", OTHER)):
        segments.add(control, SITE, name, FRANCE, user_id=user_id)
    return control


@pytest.mark.parametrize(
    ("user_id", "names"),
    [
        pytest.param(ME, ["Mine", "Shared"], id="own segments before shared ones"),
        pytest.param(OTHER, ["Theirs", "Shared"], id="those of another user"),
        pytest.param(3, ["Shared"], id="a user without own segments"),
        pytest.param(None, ["Shared"], id="no user"),
    ],
)
def test_a_user_sees_own_segments_and_shared_ones_alone(owned: Control, user_id, names):
    seen = segments.list_all(owned, SITE, user_id=user_id)

    assert names == [segment.name for segment in seen]
    for segment in segments.of_everyone(owned, SITE):
        if segment in seen:
            assert segment == segments.by_id(owned, SITE, segment.id, user_id=user_id)
        else:
            with pytest.raises(SegmentError, match=f"there is no segment {segment.id} on this site"):
                segments.by_id(owned, SITE, segment.id, user_id=user_id)


def test_of_everyone_are_all_of_the_site_alone(owned: Control):
    other = sites.add(owned, "other.example", timezone="UTC", now=time.time())

    assert ["Mine", "Shared", "Theirs"] == [segment.name for segment in segments.of_everyone(owned, SITE)]
    assert [] == segments.of_everyone(owned, other.id)


@pytest.mark.parametrize(
    ("name", "user_id", "is_taken"),
    [
        pytest.param("Mine", ME, True, id="of the same user"),
        pytest.param("Shared", None, True, id="shared"),
        pytest.param("Mine", OTHER, False, id="of another user"),
        pytest.param("Mine", None, False, id="shared, where a user has it"),
        pytest.param("Shared", ME, False, id="of a user, where it is shared"),
    ],
)
def test_a_name_is_taken_once_by_each_owner(owned: Control, name, user_id, is_taken):
    if is_taken:
        with pytest.raises(SegmentError, match="already exists"):
            segments.add(owned, SITE, name, FRANCE, user_id=user_id)
    else:
        assert segments.add(owned, SITE, name, FRANCE, user_id=user_id).user_id == user_id


def test_put_never_replaces_the_segment_of_a_user(owned: Control):
    segments.put(owned, SITE, "Mine", [["is", "visit:country", ["DE"]]])

    assert FRANCE == next(one.filters for one in segments.list_all(owned, SITE, user_id=ME) if one.name == "Mine")


def test_a_changed_segment_keeps_its_owner(owned: Control):
    mine = segments.list_all(owned, SITE, user_id=ME)[0]

    assert ME == segments.change(owned, mine, name="Renamed").user_id


def test_a_removed_user_takes_own_segments_along(owned: Control):
    accounts.delete(owned, User(ME, "me@example.org", None), may_be_last=True)

    assert ["Shared", "Theirs"] == [segment.name for segment in segments.of_everyone(owned, SITE)]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param(["Sign"], ["Sign", "Joined"], id="that only the old name contains"),
        pytest.param(["n"], ["n"], id="that both names contain"),
        pytest.param(["Sold"], ["Sold"], id="that neither name contains"),
    ],
)
def test_a_filter_by_a_part_of_the_name_selects_the_renamed_goal(texts, expected) -> None:
    filters = segments.with_renamed_goal([["contains", "event:goal", texts]], old="Signup", new="Joined")

    assert [["contains", "event:goal", expected]] == filters
