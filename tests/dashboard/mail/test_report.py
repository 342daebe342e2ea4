"""The reports of the week from the 2nd to the 8th of March 2026, and of February."""

from datetime import date

import pytest

from dashboard import language
from dashboard.mail import report
from dashboard.services import services_of
from schema.mail.subscriptions import Kind
from schema.measures import goals
from schema.privacy.profile import Privacy
from schema.sites import sites
from tests.factories import an_event, store, views

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 8)


def a_report(desk, *, kind=Kind.WEEKLY, first=FIRST, last=LAST):
    site = sites.by_domain(desk.control, "example.org", now=0)
    assert site
    return report.of_days(services_of(desk.app), site, kind, first=first, last=last)


def lines(written):
    return {box.title: [(line.label, line.number, line.width) for line in box.lines] for box in written.boxes}


@pytest.fixture
def busy(desk, database, site):
    """Give a site with three visits in the week, two in the week before, and one on the Monday after."""
    store(
        database,
        [
            *views("/", "/pricing", start="2026-03-02 00:00", site_id=site.id, source="Google"),
            *views("/", start="2026-03-05 12:00", site_id=site.id, source="Google"),
            *views("/", start="2026-03-08 22:00", site_id=site.id),
            *views("/old", start="2026-02-24 09:00", site_id=site.id),
            *views("/old", start="2026-02-25 09:00", site_id=site.id),
            *views("/new", start="2026-03-09 09:00", site_id=site.id, source="Bing"),
        ],
    )
    return desk


def test_a_weekly_report_says_what_the_week_brought(busy):
    weekly = a_report(busy)

    assert "Last week, example.org had 3 visitors, 50% more than the week before." == weekly.sentence
    assert ("Visitors", "3", "↑ 50%") == (weekly.stats[0].name, weekly.stats[0].value, weekly.stats[0].change.text)
    assert {
        "Top pages": [("/", "3", 100), ("/pricing", "1", 33)],
        "Sources": [("Google", "2", 100)],
    } == lines(weekly)
    assert "http://stats.test/example.org?period=custom&from=2026-03-02&to=2026-03-08" == weekly.url
    assert weekly.url + "&f=is,page,/pricing" == weekly.boxes[0].lines[1].url


def test_a_monthly_report_says_what_the_month_brought(busy):
    monthly = a_report(busy, kind=Kind.MONTHLY, first=date(2026, 2, 1), last=date(2026, 2, 28))

    assert "In February 2026, example.org had 2 visitors." == monthly.sentence
    assert "1–28 Feb 2026" == monthly.days.replace("\u2009", "").replace("\u202f", " ")
    assert "http://stats.test/example.org?period=month&date=2026-02-01" == monthly.url


def test_goals_that_visitors_reached_are_listed(busy, database, site):
    for name in ("Signup", "Order"):
        goals.add(busy.control, goals.new(site.id, event_name=name))
    store(database, [an_event(name="Signup", time="2026-03-05 12:00", site_id=site.id)])

    assert [("Signup", "1", 100)] == lines(a_report(busy))["Goals"]


def test_a_week_without_visitors_says_so(desk, site):
    empty = a_report(desk)

    assert "Last week, example.org had no visitors." == empty.sentence
    assert ["None in these days."] * 2 == [box.note for box in empty.boxes]


def test_a_report_is_in_the_language_of_its_context(busy):
    with language.speaking("fr"):
        weekly = a_report(busy)

    assert "La semaine dernière, example.org a eu 3 visiteurs, 50 % de plus que la semaine précédente." == (
        " ".join(weekly.sentence.split())
    )
    assert ["Pages les plus vues", "Sources"] == [box.title for box in weekly.boxes]


def test_an_exempt_site_rounds_folds_and_keeps_sources_to_itself(desk, database, site):
    sites.change(desk.control, site, now=0, privacy=Privacy(profile="exempt", retention_months=13))
    for number in range(14):
        path = "/" if number < 12 else "/rare"
        store(database, views(path, start="2026-03-05 12:00", site_id=site.id, source="Google"))
    weekly = a_report(desk)

    assert "Last week, example.org had 10 visitors." == weekly.sentence
    assert weekly.note.startswith("Figures are rounded to the nearest ten")
    assert ["/", "Other (<10)"] == [line.label for line in weekly.boxes[0].lines]
    assert "10" == weekly.boxes[0].lines[0].number
    assert "" == weekly.boxes[0].lines[1].url
    assert [] == weekly.boxes[1].lines
    assert "This site does not show where visitors came from: its privacy profile is exempt." == weekly.boxes[1].note


def test_an_exempt_site_does_not_tell_none_from_nine(desk, database, site):
    sites.change(desk.control, site, now=0, privacy=Privacy(profile="exempt", retention_months=13))
    store(database, views("/", start="2026-03-05 12:00", site_id=site.id))

    assert "Last week, example.org had fewer than ten visitors." == a_report(desk).sentence
