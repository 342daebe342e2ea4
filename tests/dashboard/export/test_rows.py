import time
from datetime import date

import pytest

from dashboard.export import rows
from dashboard.export.rows import FIRST, LAST, Kind, Span
from schema.sites import sites
from tests.factories import a_visit, an_event, store, views


@pytest.fixture
def site(control):
    return sites.add(control, "example.org", timezone="Europe/Paris", now=time.time())


def read(database, site, kind, *, first=FIRST, last=LAST):
    spans = rows.spans(database, site, kind, first=first, last=last)
    return [row for piece in rows.rows(database, site, kind, spans, first=first, last=last) for row in piece]


def test_events_come_in_order_of_time(database, site):
    store(database, views("/late", start="2026-03-11 12:00"))
    store(database, views("/", "/next", start="2026-03-10 12:00"))

    assert ["/", "/next", "/late"] == [row["pathname"] for row in read(database, site, Kind.EVENTS)]


@pytest.mark.parametrize(
    ("first", "last", "paths"),
    [
        pytest.param(date(2026, 3, 10), date(2026, 3, 10), ["/tenth"], id="one day"),
        pytest.param(date(2026, 3, 11), LAST, ["/eleventh"], id="from a day on"),
        pytest.param(FIRST, date(2026, 3, 9), [], id="before the first"),
    ],
)
def test_only_the_chosen_local_days_are_exported(database, site, first, last, paths):
    store(database, views("/tenth", start="2026-03-10 12:00"))
    store(database, views("/eleventh", start="2026-03-10 23:30"))

    assert paths == [row["pathname"] for row in read(database, site, Kind.EVENTS, first=first, last=last)]


def test_events_of_another_site_are_not_exported(database, site):
    store(database, views("/", site_id=site.id + 1))

    assert [] == read(database, site, Kind.EVENTS)


def test_a_visit_is_one_row(database, site):
    visit = a_visit(pageviews=2, entry_page="/", exit_page="/next", country="FR")
    store(database, [an_event(visit), an_event(visit, path="/next", position=2)])
    (row,) = read(database, site, Kind.VISITS)

    assert ("/", "/next", 2, "FR", False) == tuple(
        row[name] for name in ("entry_page", "exit_page", "pageviews", "country", "is_bounce")
    )


def test_hours_with_few_rows_are_one_span(database, site):
    for hour in (10, 11, 15):
        store(database, views("/", start=f"2026-03-10 {hour}:00"))
    (span,) = rows.spans(database, site, Kind.EVENTS, first=FIRST, last=LAST)

    assert (6 * 3600, 3) == (span.end - span.start, span.rows)


def test_a_busy_hour_is_a_span_of_its_own(database, site, monkeypatch):
    monkeypatch.setattr(rows, "SPAN_ROWS", 2)
    for hour in (10, 11, 15):
        store(database, views("/", start=f"2026-03-10 {hour}:00"))
    spans: list[Span] = rows.spans(database, site, Kind.EVENTS, first=FIRST, last=LAST)

    assert [2, 1] == [span.rows for span in spans]


def test_many_rows_come_in_pieces(database, site, monkeypatch):
    monkeypatch.setattr(rows, "PIECE_BYTES", 1)
    store(database, views("/a", "/b", "/c"))
    spans = rows.spans(database, site, Kind.EVENTS, first=FIRST, last=LAST)
    pieces = list(rows.rows(database, site, Kind.EVENTS, spans, first=FIRST, last=LAST))

    assert len(pieces) > 1
    assert ["/a", "/b", "/c"] == [row["pathname"] for piece in pieces for row in piece]
