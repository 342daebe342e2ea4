"""The page of what was not counted, and why."""

import re
import time

import pytest

from dashboard.pages.reasons import WORDINGS
from ingest.outcome import REDACTED, Reason
from schema.exclusions import rules
from schema.sites import sites
from tests.dashboard.desk import Page
from tests.factories import store, store_drops, views

HOSTILE = "<script>alert('x')</script>"


def reasons(page: Page) -> list[tuple[str, str, str]]:
    """Return title, count and share of every line."""
    lines = re.findall(
        r"</svg><strong>([^<]+)</strong>.*?<td>([^<]+)</td>\s*<td[^>]*>([^<]+)<", page.html, flags=re.DOTALL
    )
    return [(title, count, share) for title, count, share in lines]


@pytest.fixture
def page_of(desk, site):
    return lambda query="", **more: desk.page(f"/{site.domain}/not-counted{query}", **more)


def test_reasons_are_explained_most_frequent_first(database, page_of):
    store_drops(database, "bot_search", 30, at="2026-03-10 08:00")
    store_drops(database, "bot_ai", 1200, at="2026-03-10 09:00")
    store_drops(database, "bot_search", 3, at="2026-03-10 10:00")

    page = page_of("?period=day")

    assert reasons(page) == [("AI assistants", "1,200", "97%"), ("Search engines", "33", "3%")]
    assert "1,233 page views and events were not counted. Most common reason: AI assistants." in page.text
    assert "Crawlers of ChatGPT" in page.text


def test_a_single_hit_is_in_the_singular(database, page_of):
    store_drops(database, "prefetch")

    assert "1 page view or event was not counted. Most common reason: Prefetched pages." in page_of("?period=day").text


def test_every_reason_has_texts():
    assert set(Reason) - {Reason.UNKNOWN_SITE, Reason.WOULD_EXCLUDE, *REDACTED.values()} | {"bot"} == set(WORDINGS)


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        pytest.param("bot", "Bots", id="one of an earlier version"),
        pytest.param("out_of_luck", "Out of luck", id="one of a later version"),
    ],
)
def test_a_reason_of_another_version_has_a_name(database, page_of, reason, title):
    store_drops(database, reason, 2)

    assert reasons(page_of("?period=day")) == [(title, "2", "100%")]


def test_exclusions_are_listed_by_their_notes(database, control, site, page_of):
    office = rules.add(
        control, rules.network("192.0.2.0/24", site_id=site.id, note="Office <Paris>"), who="a test", now=time.time()
    )
    unnamed = rules.add(control, rules.network("198.51.100.0/24", site_id=None, note=""), who="a test", now=time.time())
    for rule, count in ((office.id, 5), (unnamed.id, 3), (99, 1)):
        store_drops(database, "excluded", count, rule=rule)

    page = page_of("?period=day")

    assert reasons(page) == [("Exclusions", "9", "100%")]
    assert "5: Office <Paris> (network 192.0.2.0/24 (256 addresses))" in page.text
    assert "3: No note (network 198.51.100.0/24 (256 addresses))" in page.text
    assert "1: Removed rule" in page.text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        pytest.param("?period=day", "1", id="today"),
        pytest.param("?period=yesterday", "10", id="yesterday"),
        pytest.param("?period=7d", "10", id="seven days without today"),
        pytest.param("?period=month", "11", id="this month"),
        pytest.param("?period=12mo", "100", id="twelve months without this one"),
        pytest.param("?period=all", "111", id="all time"),
        pytest.param("?period=custom&from=2026-02-01&to=2026-02-01", "100", id="a custom day"),
        pytest.param("", "10", id="28 days by default"),
    ],
)
def test_the_period_is_the_one_in_the_url(database, page_of, query, count):
    for at, number in (("2026-03-10 12:00", 1), ("2026-03-09 12:00", 10), ("2026-02-01 12:00", 100)):
        store_drops(database, "bot_ai", number, at=at)

    assert reasons(page_of(query)) == [("AI assistants", count, "100%")]


@pytest.mark.parametrize(
    ("query", "title", "text"),
    [
        pytest.param("day", "Not counted, by hour", "Tue 10 Mar, 12:00: 1,500 not counted", id="a day by the hour"),
        pytest.param("month", "Not counted, by day", "Tue 10 Mar 2026: 1,500 not counted", id="a month by the day"),
    ],
)
def test_the_chart_has_every_number(database, page_of, query, title, text):
    store_drops(database, "bot_ai", 1500, at="2026-03-10 11:30")

    html = page_of(f"?period={query}").html

    assert f"<title>{title}</title>" in html
    assert f"<title>{text}</title>" in html
    assert f"Highest on {text}." in html


def test_a_message_shows_that_everything_was_counted(page_of):
    page = page_of()

    assert "All traffic was counted." in page.text
    assert reasons(page) == []
    assert not page.attributes("table")


def test_an_invalid_period_is_explained_and_replaced_by_the_default(page_of):
    page = page_of("?period=fortnight", status=400)

    assert "There is no period 'fortnight'" in page.text
    assert "Today" in page.html.split('id="period"')[1].split("</summary>")[0]


def test_the_period_menu_stays_on_the_page(database, page_of):
    page = page_of("?period=7d")

    [chosen, _comparison] = page.attributes("a", **{"class": "menu-item", "aria-current": "true"})
    assert chosen["href"] == "/example.org/not-counted?period=7d"
    assert page.attributes("form", method="get", action="/example.org/not-counted")
    assert page.attributes("a", href="/example.org?period=7d")


@pytest.mark.parametrize(
    "query", ["period=7d", "period=custom&from=2026-03-09&to=2026-03-10"], ids=["a period with a name", "days"]
)
def test_the_report_leads_to_the_same_period(desk, database, site, query):
    store(database, views("/", start="2026-03-09 08:00", site_id=site.id))

    assert desk.page(f"/{site.domain}?{query}").attributes("a", href=f"/example.org/not-counted?{query}")


def test_a_site_without_page_views_shows_what_was_not_counted(desk, site):
    assert desk.page(f"/{site.domain}").attributes("a", href="/example.org/not-counted?period=day")


def test_notes_are_escaped(database, control, site, page_of):
    rule = rules.add(
        control, rules.network("192.0.2.0/24", site_id=site.id, note=HOSTILE), who="a test", now=time.time()
    )
    store_drops(database, "excluded", rule=rule.id)
    store_drops(database, HOSTILE)

    page = page_of("?period=day")

    assert not any(page.inline_scripts)
    assert HOSTILE in page.text


def test_numbers_of_another_site_stay_there(database, control, site, page_of):
    other = sites.add(control, "other.example", timezone="UTC", now=time.time())
    store_drops(database, "bot_ai", site_id=other.id)

    assert reasons(page_of("?period=all")) == []


def test_it_needs_a_session_and_an_existing_site(stranger, desk, site):
    assert stranger.get("/example.org/not-counted").headers["location"].startswith("/sign-in?")
    assert desk.get("/nobody.example/not-counted").status_code == 404


def test_what_was_replaced_is_counted_apart(database, page_of):
    store_drops(database, "redacted_email", 12, at="2026-03-10 08:00")
    store_drops(database, "redacted_token", 3, at="2026-03-10 09:00")
    store_drops(database, "redacted_email", 100, at="2026-03-08 09:00")

    page = page_of("?period=day")

    rows = re.findall(
        r"<strong>([^<]+)</strong>\s*<span class=\"hint\">(:\w+)</span>.*?<td>(\d+)", page.html, re.DOTALL
    )
    assert rows == [("E-mail addresses", ":email", "12"), ("Tokens", ":token", "3")]
    assert "All traffic was counted." in page.text


def test_where_nothing_was_replaced_there_is_no_table(database, page_of):
    store_drops(database, "bot_ai", 3)

    assert "Replaced" not in page_of("?period=day").text
