import pytest

from schema.measures import annotations
from schema.measures.annotations import Annotation
from schema.people import users
from tests.dashboard.desk import Desk, Page
from tests.dashboard.pages.report.test_page import marked
from tests.factories import store, views

REPORT = "/example.org"
NOTES = f"{REPORT}/notes"


@pytest.fixture
def busy(desk, database, site):
    """Give a browser, and a site with a visit on the 5th of March."""
    store(database, views("/", start="2026-03-05 12:00", site_id=site.id))
    return desk


def add(desk, site, *, day="2026-03-09", note="Launch", user_id: int | None = None) -> Annotation:
    return annotations.put(desk.control, annotations.new(site.id, day=day, note=note, user_id=user_id))


def marks(desk, query: str) -> tuple[list[str], list[str]]:
    return marked(desk.page(f"{REPORT}?{query}"))


@pytest.mark.parametrize(
    ("query", "bucket"),
    [
        pytest.param("period=7d", "Mon 9 Mar 2026", id="a day"),
        pytest.param("period=day&date=2026-03-09", "Mon 9 Mar, 00:00", id="the first hour of its day"),
        pytest.param("period=24h", "Tue 10 Mar, 00:00", id="midnight of the last 24 hours"),
        pytest.param("period=91d&interval=week", "week of 9 Mar 2026", id="a week"),
    ],
)
def test_a_note_stands_at_its_day(busy, site, query, bucket):
    add(busy, site, day="2026-03-10" if "24h" in query else "2026-03-09")

    assert ([bucket], [f"{bucket}: Launch."]) == marks(busy, query)


def test_notes_of_other_days_are_not_shown(busy, site):
    add(busy, site, day="2026-02-01")
    add(busy, site, day="2026-03-10")

    assert ([], []) == marks(busy, "period=7d")


def test_marks_are_numbered_from_the_left(busy, site):
    add(busy, site, day="2026-03-08", note="Sale!")
    add(busy, site, day="2026-03-09")
    page = busy.page(f"{REPORT}?period=7d")

    assert ["Sun 8 Mar 2026: Sale!", "Mon 9 Mar 2026: Launch."] == marked(page)[1]
    assert 2 == page.html.count('class="mark-number"') == page.html.count('class="chart-flag-number"')


def test_a_personal_note_is_shown_to_its_writer_alone(busy, site, database, user):
    other = Desk(busy.control, database)
    other.enter(users.add(busy.control, "bob@example.org", now=busy.clock(), is_owner=True))
    note = add(busy, site, user_id=user.id)

    assert ["Mon 9 Mar 2026: Launch."] == marks(busy, "period=7d")[1]
    assert [] == marks(other, "period=7d")[1]
    assert "Launch" not in other.page(NOTES).text
    assert 404 == other.get(f"{NOTES}?edit={note.id}").status_code
    assert 404 == other.post(f"{NOTES}/{note.id}", day="2026-03-09", note="x").status_code
    assert 404 == other.post(f"{NOTES}/{note.id}/remove").status_code


def test_a_link_under_the_chart_leads_to_the_form_and_back_to_the_view(busy, site):
    (link,) = busy.page(f"{REPORT}?period=7d&f=is,country,FR").attributes(
        "a", href=f"{NOTES}?period=7d&f=is,country,FR"
    )
    form = busy.page(link["href"])

    assert form.attributes("form", action=f"{NOTES}?period=7d&f=is,country,FR#add")
    assert form.attributes("a", href=f"{REPORT}?period=7d&f=is,country,FR")
    assert form.attributes("input", name="day", value="2026-03-10")


@pytest.mark.parametrize(
    ("day", "place"),
    [
        pytest.param("2026-03-09", f"{REPORT}?period=7d#notes", id="a day of the report: the report"),
        pytest.param("2026-01-01", f"{NOTES}?period=7d#row-1", id="another day: the list"),
    ],
)
def test_after_saving_the_note_is_in_view(busy, site, day, place):
    answer = busy.post(f"{NOTES}?period=7d", day=day, note="Launch")

    assert (303, place) == (answer.status_code, answer.headers["location"])
    assert "Launch" in busy.page(place.partition("#")[0]).text


@pytest.mark.parametrize(("fields", "is_personal"), [({}, False), ({"personal": "yes"}, True)])
def test_a_note_is_for_everybody_unless_it_is_personal(busy, site, user, fields, is_personal):
    busy.post(NOTES, day="2026-03-09", note="Launch", **fields)
    (note,) = annotations.list_all(busy.control, site.id, user_id=user.id)

    assert is_personal == (note.user_id == user.id)
    assert bool(busy.page(f"{NOTES}?edit=1").attributes("input", name="personal", checked=None)) == is_personal


def test_a_note_is_edited_and_removed(busy, site):
    add(busy, site)
    form = busy.page(f"{NOTES}?period=7d&edit=1")
    assert form.attributes("form", action=f"{NOTES}/1?period=7d#add")
    assert form.attributes("input", name="note", value="Launch")

    assert 303 == busy.post(f"{NOTES}/1?period=7d", day="2026-03-08", note="Sale").status_code
    assert ["Sun 8 Mar 2026: Sale."] == marks(busy, "period=7d")[1]

    question = busy.page(f"{NOTES}/1/remove?period=7d")
    assert "Remove the note of 8 Mar 2026? Sale" in question.text
    assert question.attributes("a", href=f"{NOTES}?period=7d#row-1")
    answer = busy.post(f"{NOTES}/1/remove?period=7d", sure="yes")
    assert f"{NOTES}?period=7d&removed=0#removed" == answer.headers["location"]
    assert ([], []) == marks(busy, "period=7d")


@pytest.mark.parametrize("path", [NOTES, f"{NOTES}/1"], ids=["adding", "editing"])
def test_a_note_that_is_refused_stays_in_the_form(busy, site, path):
    add(busy, site)
    answer = busy.post(path, day="2026-03-09", note="<b>" * 100)
    page = Page(answer.text)

    assert 422 == answer.status_code
    assert "A note is a text of 1 to 200 characters" in page.text
    assert page.attributes("input", name="note", value="<b>" * 100)


@pytest.mark.parametrize("number", ["99", "9" * 30])
def test_a_note_that_is_gone_is_not_found(busy, site, number):
    assert 404 == busy.get(f"{NOTES}?edit={number}").status_code


def test_markup_in_a_note_is_text(busy, site):
    add(busy, site, note="<script>alert(1)</script>")
    page = busy.page(f"{REPORT}?period=7d")

    assert "<script>alert" not in page.html
    assert "<script>alert(1)</script>." in page.text
