import time
from datetime import date

import pytest

from schema.measures import annotations
from schema.measures.annotations import Annotation, AnnotationError
from schema.people import users
from schema.sites import sites

SITE, ME = 1, 1


@pytest.fixture
def control(control):
    """Give a control file with a site and two users."""
    sites.add(control, "example.org", timezone="UTC", now=time.time())
    for name in ("me", "other"):
        users.add(control, f"{name}@example.org", now=time.time())
    return control


def add(control, day="2026-03-09", note="Launch", user_id=None) -> Annotation:
    return annotations.put(control, annotations.new(SITE, day=day, note=note, user_id=user_id))


def notes(result: list[Annotation]) -> list[str]:
    return [annotation.note for annotation in result]


@pytest.mark.parametrize(
    ("note", "stored"),
    [
        pytest.param("Launch", "Launch", id="a word"),
        pytest.param("  Launch \n of\tit ", "Launch of it", id="white space becomes single spaces"),
        pytest.param("é" * 200, "é" * 200, id="200 characters"),
        pytest.param("<script>", "<script>", id="markup is text"),
    ],
)
def test_a_note_is_one_line(note, stored):
    assert stored == annotations.new(SITE, day="2026-03-09", note=note).note


@pytest.mark.parametrize(
    "note", ["", " \n ", "é" * 201, "a\x00b", "a\u202eb"], ids=["empty", "blank", "long", "control", "direction"]
)
def test_any_other_note_is_refused(note):
    with pytest.raises(AnnotationError, match="1 to 200 characters"):
        annotations.new(SITE, day="2026-03-09", note=note)


@pytest.mark.parametrize("day", ["", "yesterday", "2026-02-30", "20260309", "2026-W10-1", "1999-12-31", "2100-01-01"])
def test_a_day_is_a_date(day):
    with pytest.raises(AnnotationError, match="is not a date"):
        annotations.new(SITE, day=day, note="Launch")


def test_the_latest_day_comes_first(control):
    for day in ("2026-03-09", "2026-03-11", "2026-03-10"):
        add(control, day, note=day)

    assert ["2026-03-11", "2026-03-10", "2026-03-09"] == notes(annotations.list_all(control, SITE))


def test_a_period_has_its_first_and_last_day(control):
    for day in ("2026-03-08", "2026-03-09", "2026-03-10", "2026-03-11"):
        add(control, day, note=day)
    result = annotations.within(control, SITE, first=date(2026, 3, 9), last=date(2026, 3, 10))

    assert ["2026-03-09", "2026-03-10"] == notes(result)


def test_a_personal_note_is_for_one_user(control):
    mine = add(control, note="mine", user_id=ME)

    for user_id, expected in ((ME, ["mine"]), (2, []), (None, [])):
        assert expected == notes(annotations.list_all(control, SITE, user_id=user_id))
        assert expected == notes(annotations.within(control, SITE, first=mine.day, last=mine.day, user_id=user_id))
    assert mine == annotations.by_id(control, SITE, mine.id, user_id=ME)
    for user_id in (2, None):
        with pytest.raises(AnnotationError, match="there is no annotation"):
            annotations.by_id(control, SITE, mine.id, user_id=user_id)


def test_the_same_note_is_stored_once(control):
    assert add(control) == add(control)
    assert 3 == len({add(control).id, add(control, user_id=ME).id, add(control, day="2026-03-10").id})


def test_a_note_can_be_changed_and_removed(control):
    note = add(control)
    changed = annotations.change(control, note, annotations.new(SITE, day="2026-03-10", note="Sale", user_id=ME))

    assert changed == annotations.by_id(control, SITE, note.id, user_id=ME)
    annotations.remove(control, changed)
    assert [] == annotations.list_all(control, SITE, user_id=ME)


def test_another_site_has_its_own(control):
    note = add(control)
    other = sites.add(control, "other.example", timezone="UTC", now=time.time())

    assert [] == annotations.list_all(control, other.id)
    with pytest.raises(AnnotationError):
        annotations.by_id(control, other.id, note.id)


def test_a_site_has_a_limited_number(control, monkeypatch):
    monkeypatch.setattr(annotations, "MAX_PER_SITE", 2)
    for note in "ab":
        add(control, note=note)

    with pytest.raises(AnnotationError, match="remove one first"):
        add(control, note="c")
    assert "a" == add(control, note="a").note
