import time

import pytest

from schema.measures import segments
from schema.measures.segments import SegmentError
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
