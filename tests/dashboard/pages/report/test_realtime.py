"""The page of the last half hour, at 14:30 in Paris."""

import re
from datetime import timedelta

import pytest

from schema.measures import goals
from schema.people import users
from schema.stores.database import Database
from tests.dashboard.desk import Page
from tests.factories import an_event, store, views

PATH = "/example.org/realtime"


@pytest.fixture
def busy(desk, database, site):
    """Give a browser, and a site with a visitor from Google now, two others this half hour, and an earlier one."""
    now = desk.now
    first = views("/", "/pricing", start=now - timedelta(minutes=3), site_id=site.id, source="Google", country="FR")
    store(
        database,
        [
            *first,
            an_event(first[0].visit, time=now - timedelta(minutes=1), name="Signup", path="/pricing", position=3),
            *views("/", start=now - timedelta(minutes=10), site_id=site.id, source="Bing", country="DE"),
            *views("/", "/", start=now - timedelta(minutes=20), site_id=site.id),
            *views("/old", start=now - timedelta(minutes=40), site_id=site.id),
        ],
    )
    return desk


def stats(page: Page) -> list[str]:
    return re.findall(r'stat-value" title="[^"]*">([^<]+)<', page.html)


def rows(page: Page, box: str) -> list[tuple[str, str]]:
    section = page.html.split(f'id="{box}"')[1].split("</section>")[0]
    return re.findall(r'<bdi>([^<]*)</bdi></span><span class="row-number"[^>]*>([^<]+)<', section)


def heights(page: Page) -> list[str]:
    return re.findall(r'class="chart-bar"[^>]* height="([^"]+)%"', page.html)


def test_the_page_shows_who_is_on_the_site(busy):
    page = busy.page(PATH)

    assert ["1", "3", "5"] == stats(page)
    assert [("/", "1"), ("/pricing", "1")] == rows(page, "pages")
    assert [("Google", "1")] == rows(page, "sources")
    assert [("France", "1")] == rows(page, "places")
    assert 30 == len(heights(page))
    assert "Updated 14:30:00" in page.text


def test_a_bar_is_a_minute(busy):
    minutes = [number for number, height in enumerate(heights(busy.page(PATH))) if height != "0"]

    # The half hour has ended with this second: an event of 20 minutes ago is in the minute before the 20th.
    assert [9, 10, 19, 26, 27, 28] == minutes


def test_a_site_without_visitors_says_so(desk, site):
    page = desk.page(PATH)

    assert ["0", "0", "0"] == stats(page)
    assert page.text.count("Nobody in the last 5 minutes.") == 3
    assert "Nobody reached a goal in the last 30 minutes." in page.text


def test_goals_of_the_half_hour_are_counted(busy, site):
    goals.add(busy.control, goals.new(site.id, event_name="Signup"))
    goals.add(busy.control, goals.new(site.id, page_path="/old"))
    page = busy.page(PATH)
    section = page.html.split('id="goals"')[1].split("</section>")[0]

    assert ["Signup"] == re.findall("<bdi>([^<]+)</bdi>", section)
    assert ["1", "1"] == re.findall("<td>([^<]+)</td>", section)
    assert page.attributes("a", href=f"{PATH}?f=is,goal,Signup")


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        pytest.param("f=is,source,Google", ["1", "1", "2"], id="a source"),
        pytest.param("f=is_not,source,Google", ["0", "2", "3"], id="not a source"),
        pytest.param("f=is,country,DE", ["0", "1", "1"], id="a country"),
        pytest.param("f=is,page,/pricing", ["1", "1", "1"], id="a page"),
        pytest.param("f=is,goal,Signup", ["1", "1", "1"], id="a goal: its conversions"),
    ],
)
def test_filters_of_the_view_apply(busy, site, query, numbers):
    goals.add(busy.control, goals.new(site.id, event_name="Signup"))

    assert numbers == stats(busy.page(f"{PATH}?{query}"))


def test_a_row_filters_this_page_and_the_menu_leads_back_to_the_report(busy):
    page = busy.page(f"{PATH}?f=is,country,FR")

    assert page.attributes("a", href=f"{PATH}?f=is,country,FR&f=is,source,Google")
    assert page.attributes("a", href=PATH)  # without the filter
    assert page.attributes("a", href="/example.org?period=7d&f=is,country,FR")
    assert page.attributes("form", action="/example.org")
    assert not page.attributes("details", id="comparison")


@pytest.mark.parametrize(
    ("query", "target"),
    [
        pytest.param("period=realtime", PATH, id="the period"),
        pytest.param("period=realtime&f=is,source,Google&f=is,page,/a", f"{PATH}?f=is,source,Google&f=is,page,/a",
                     id="with filters"),
        pytest.param("f=is,country,FR&l=FR,France&period=realtime&comparison=off&date=2026-03-01",
                     f"{PATH}?f=is,country,FR&l=FR,France", id="as Plausible writes it"),
    ],
)  # fmt: skip
def test_the_period_realtime_leads_here(busy, query, target):
    answer = busy.get(f"/example.org?{query}")

    assert (303, target) == (answer.status_code, answer.headers["location"])
    assert 200 == busy.get(target).status_code


def test_the_report_links_here_with_its_filters(busy):
    [live] = busy.page("/example.org?period=7d&f=is,source,Google").attributes("a", id="live")

    assert f"{PATH}?f=is,source,Google" == live["href"]


def test_a_filter_that_is_not_understood_is_named(busy):
    assert "There is no dimension “nothing”" in busy.page(f"{PATH}?f=is,nothing,x", status=400).text


def test_the_page_refreshes_with_and_without_scripts(busy):
    page = busy.page(PATH)

    assert [{"http-equiv": "refresh", "content": "15"}] == page.attributes("meta", **{"http-equiv": "refresh"})
    assert "<noscript>" in page.html.partition("http-equiv")[0][-80:]
    assert page.attributes("div", **{"data-refresh": "15"})
    assert "The server does not respond." in page.text
    [sentence] = page.attributes("p", role="alert")
    assert "hidden" in sentence


def test_a_refresh_asks_at_most_four_statements(busy, site, monkeypatch):
    goals.add(busy.control, goals.new(site.id, event_name="Signup"))
    statements: list[str] = []
    query = Database.query

    def counted(self, sql, parameters=None):
        statements.append(sql)
        return query(self, sql, parameters)

    monkeypatch.setattr(Database, "query", counted)
    busy.page(f"{PATH}?f=is,source,Google")

    assert 1 <= len(statements) <= 4


def test_the_page_speaks_french(busy):
    busy.client.headers["accept-language"] = "fr"
    page = busy.page(PATH)

    assert "Visiteurs actuels" in page.text
    assert "Actualisé à 14:30:00" in page.text


def test_realtime_needs_a_session_and_a_site(stranger, control, user, site):
    assert 303 == stranger.get(PATH).status_code

    stranger.client.cookies.set("sillage_session", users.start_session(control, user, now=stranger.clock()))

    assert 404 == stranger.get("/unknown.example/realtime").status_code
