"""The report shows what is stored in the chosen period, and escapes every value."""

import gzip
import re
from datetime import datetime, timedelta

import pytest
from markupsafe import escape

from schema.exclusions import rules
from schema.sites import sites
from tests.dashboard.desk import Page
from tests.factories import an_event, store, views

HOSTILE = "/<script>alert('x')</script>\"&amp;\\"


@pytest.fixture
def busy(desk, database, site):
    """Give a browser, and a site with two visits yesterday, one today, and three a month ago."""
    store(
        database,
        [
            *views("/", "/pricing", "/", start="2026-03-09 08:00", every_s=60, site_id=site.id, source="Google",
                   country="FR", browser="Firefox", os="Mac", device="Desktop"),
            *views("/pricing", start="2026-03-09 12:00", site_id=site.id, source="Google", country="DE",
                   browser="Chrome", os="iOS", device="Mobile"),
            *views("/", start="2026-03-10 09:00", site_id=site.id),
            *views("/old", start="2026-02-01 09:00", site_id=site.id),
            *views("/old", start="2026-02-01 10:00", site_id=site.id),
            *views("/old", start="2026-02-01 11:00", site_id=site.id),
        ],
    )  # fmt: skip
    return desk


def stats(page: Page) -> dict[str, str]:
    """Return the headline numbers of a page by name."""
    stats = re.findall(r'stat-name">([^<]+)</span>\s*<strong class="stat-value" title="[^"]*">([^<]+)<', page.html)
    return dict(stats)


def box(page: Page, name: str) -> list[tuple[str, str, str]]:
    """Return the rows of a box: label, visitors, share."""
    section = page.html.split(f'id="{name}"')[1].split("</section>")[0]
    name_part = r'row-name">\s*(?:<img[^>]*>\s*)?<bdi>([^<]*)</bdi></span>'
    return re.findall(
        name_part + r'<span class="row-number"[^>]*>([^<]+)</span><span class="row-share">([^<]+)<', section
    )


def changes(page: Page) -> list[str]:
    return re.findall(r'<span aria-hidden="true">([^<]*)</span><span class="unseen">', page.html)


@pytest.mark.parametrize(
    ("period", "numbers"),
    [
        pytest.param("day", ["1", "1", "1", "1", "100%", "0s"], id="today"),
        pytest.param("yesterday", ["2", "2", "4", "2", "50%", "1m 0s"], id="yesterday"),
        pytest.param("7d", ["2", "2", "4", "2", "50%", "1m 0s"], id="seven days without today"),
        pytest.param("28d", ["2", "2", "4", "2", "50%", "1m 0s"], id="28 days"),
        pytest.param("30d", ["2", "2", "4", "2", "50%", "1m 0s"], id="30 days"),
        pytest.param("91d", ["5", "5", "7", "1.4", "80%", "24s"], id="91 days"),
        pytest.param("month", ["3", "3", "5", "1.67", "67%", "40s"], id="this month with today"),
        pytest.param("12mo", ["3", "3", "3", "1", "100%", "0s"], id="twelve whole months"),
        pytest.param("all", ["6", "6", "8", "1.33", "83%", "20s"], id="all time"),
        pytest.param("custom&from=2026-02-01&to=2026-02-02", ["3", "3", "3", "1", "100%", "0s"], id="custom days"),
        pytest.param(
            "custom&from=2026-02-02&to=2026-02-01", ["3", "3", "3", "1", "100%", "0s"], id="the wrong way round"
        ),
    ],
)
def test_the_headline_is_what_is_stored(busy, site, period, numbers):
    page = busy.page(f"/{site.domain}?period={period}")

    assert stats(page) == dict(
        zip(
            ["Visitors", "Visits", "Page views", "Views per visit", "Bounce rate", "Visit duration"],
            numbers,
            strict=True,
        )
    )


@pytest.mark.parametrize(
    ("query", "name", "lines"),
    [
        pytest.param("", "sources", [("Google", "2", "67%"), ("Direct / None", "1", "33%")], id="sources"),
        pytest.param("", "pages", [("/", "2", "67%"), ("/pricing", "2", "67%")], id="pages"),
        pytest.param("pages=entry", "pages", [("/", "2", "67%"), ("/pricing", "1", "33%")], id="entry pages"),
        pytest.param("pages=exit", "pages", [("/", "2", "67%"), ("/pricing", "1", "33%")], id="exit pages"),
        pytest.param(
            "", "places", [("(not set)", "1", "33%"), ("Germany", "1", "33%"), ("France", "1", "33%")], id="countries"
        ),
        pytest.param(
            "", "devices", [("(not set)", "1", "33%"), ("Chrome", "1", "33%"), ("Firefox", "1", "33%")], id="browsers"
        ),
        pytest.param(
            "devices=systems",
            "devices",
            [("(not set)", "1", "33%"), ("Mac", "1", "33%"), ("iOS", "1", "33%")],
            id="systems",
        ),
        pytest.param(
            "devices=sizes",
            "devices",
            [("(not set)", "1", "33%"), ("Desktop", "1", "33%"), ("Mobile", "1", "33%")],
            id="sizes",
        ),
        pytest.param("f=is,source,Google", "pages", [("/pricing", "2", "100%"), ("/", "1", "50%")], id="filtered"),
        pytest.param("f=is_not,source,Google", "pages", [("/", "1", "100%")], id="filtered the other way"),
    ],
)
def test_the_boxes_are_what_is_stored(busy, site, query, name, lines):
    assert box(busy.page(f"/{site.domain}?period=month&{query}"), name) == lines


def test_regions_and_cities_are_named_with_what_they_are_in(desk, database, site):
    limburg = {"site_id": site.id, "region_name": "Limburg"}
    store(
        database,
        [
            *views("/", country="NL", city_name="Maastricht", **limburg),
            *views("/", country="BE", city_name="Hasselt", **limburg),
            *views("/", country="BE", city_name="Hasselt", **limburg),
            *views("/", country="DE", city_name="Berlin", region_name="Berlin", site_id=site.id),
            *views("/", country="MC", city_name="Monaco", site_id=site.id),
        ],
    )
    regions = desk.page(f"/{site.domain}?period=day&places=regions")
    cities = desk.page(f"/{site.domain}?period=day&places=cities")

    assert box(regions, "places") == [
        ("Limburg, Belgium", "2", "40%"),
        ("(not set)", "1", "20%"),
        ("Berlin, Germany", "1", "20%"),
        ("Limburg, Netherlands", "1", "20%"),
    ]
    assert box(cities, "places") == [
        ("Hasselt, Limburg", "2", "40%"),
        ("Berlin, Germany", "1", "20%"),
        ("Maastricht, Limburg", "1", "20%"),
        ("Monaco, Monaco", "1", "20%"),
    ]


def test_the_report_credits_the_location_database(busy, site):
    assert "Location data:" not in busy.page(f"/{site.domain}").text

    busy.credits_due = [("IP Geolocation by DB-IP", "https://db-ip.com")]

    page = busy.page(f"/{site.domain}")
    assert page.attributes("a", href="https://db-ip.com")
    assert "Location data: IP Geolocation by DB-IP" in page.text


def test_visitors_behind_a_vpn_are_separate_from_unknown_countries(desk, database, site):
    store(database, [an_event(site_id=site.id, country="A1"), an_event(site_id=site.id)])

    assert box(desk.page(f"/{site.domain}"), "places") == [
        ("(not set)", "1", "50%"),
        ("Anonymous VPN", "1", "50%"),
    ]


def test_a_box_has_nine_lines(desk, database, site):
    store(database, [an_event(path=f"/{number}", site_id=site.id) for number in range(12)])

    assert len(box(desk.page(f"/{site.domain}"), "pages")) == 9


def test_a_period_without_visits_has_an_empty_report(busy, site):
    page = busy.page(f"/{site.domain}?period=custom&from=2026-02-10&to=2026-02-11")

    assert stats(page)["Visitors"] == "0"
    assert box(page, "sources") == []
    assert "Nothing in this period." in page.text


def test_changes_compare_with_the_previous_period(busy, site):
    page = busy.page(f"/{site.domain}?period=custom&from=2026-03-10&to=2026-03-10&match_day_of_week=false")

    # Until this hour yesterday: both visits, four page views.
    assert changes(page) == ["↓ 50%", "↓ 50%", "↓ 75%", "↓ 50%", "↑ 50 points", "↓ 100%"]
    assert page.html.count("change-bad") == 6


@pytest.mark.parametrize(
    "period",
    [
        pytest.param("all", id="all time"),
        pytest.param("custom&from=2026-02-01&to=2026-03-10&match_day_of_week=false", id="since the first day"),
    ],
)
def test_there_is_no_change_from_days_before_the_first_event(busy, site, period):
    page = busy.page(f"/{site.domain}?period={period}")

    assert changes(page) == []
    assert "chart-previous" not in page.html


@pytest.mark.parametrize(
    ("first", "chosen"),
    [
        pytest.param("2026-03-10 12:00", "Today", id="since today"),
        pytest.param("2026-03-08 23:30", "Today", id="since yesterday, by the clock of the site"),
        pytest.param("2026-03-08 22:30", "Last 28 days", id="since the day before"),
    ],
)
def test_a_young_site_opens_with_today(desk, database, site, first, chosen):
    store(database, views("/", start=first, site_id=site.id))

    summary = desk.page(f"/{site.domain}").html.split('id="period"')[1].split("</summary>")[0]

    assert chosen in summary


@pytest.mark.parametrize(
    ("query", "title"),
    [
        pytest.param("period=7d", "Visitors by day", id="visitors by default"),
        pytest.param("period=day&metric=pageviews", "Page views by hour", id="page views of a day"),
        pytest.param("period=day&interval=minute", "Visitors by minute", id="visitors of every minute"),
        pytest.param("period=12mo&metric=bounce_rate", "Bounce rate by month", id="bounce rate of a year"),
    ],
)
def test_the_chart_shows_the_metric_in_the_url(busy, site, query, title):
    assert f"<title>{title}</title>" in busy.page(f"/{site.domain}?{query}").html


def test_every_bucket_has_its_number_and_the_previous_one(busy, site):
    page = busy.page(f"/{site.domain}?period=7d&metric=pageviews")
    texts = re.findall(r'chart-point"[^>]*><title>([^<]+)</title>', page.html)

    assert len(texts) == 7
    assert texts[-1] == "Mon 9 Mar 2026: 4 page views, 0 before"


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        pytest.param("period=fortnight", "There is no period &#39;fortnight&#39;", id="no such period"),
        pytest.param("period=custom", "&#39;&#39; is not a date", id="no dates"),
        pytest.param(
            "period=custom&from=2026-02-30&to=2026-03-01", "&#39;2026-02-30&#39; is not a date", id="no such day"
        ),
        pytest.param("period=custom&from=2030-01-01&to=2030-02-01", "in the future", id="days to come"),
        pytest.param("period=custom&from=2001-01-01&to=2026-03-01", "ten years", id="too many days"),
        pytest.param("period=custom&from=%3Cb%3E&to=x", "&#39;&lt;b&gt;&#39; is not a date", id="markup"),
    ],
)
def test_an_invalid_period_is_explained_and_replaced_by_the_default(busy, site, query, problem):
    page = busy.page(f"/{site.domain}?{query}", status=400)

    assert problem in page.html
    assert "Last 28 days" in page.html.split('id="period"')[1].split("</summary>")[0]
    assert stats(page)["Visitors"] == "2"


def test_values_from_visitors_are_escaped(desk, database, site):
    store(database, views(HOSTILE, site_id=site.id, source="<b onclick=x>", browser='"><img src=x>', country="<i"))

    page = desk.page(f"/{site.domain}?period=day")

    assert not page.attributes("b") + page.attributes("img", src="x") + page.attributes("i")
    assert not any(page.inline_scripts)
    assert (escape(HOSTILE), "1", "100%") in box(page, "pages")
    assert (escape("<b onclick=x>"), "1", "100%") in box(page, "sources")


def test_numbers_of_another_site_stay_there(desk, database, site):
    other = sites.add(desk.control, "other.example", timezone="Europe/Paris", now=desk.clock())
    store(database, [*views("/mine", site_id=site.id), *views("/theirs", "/theirs", site_id=other.id)])

    page = desk.page(f"/{site.domain}?period=day")

    assert stats(page)["Page views"] == "1"
    assert "/theirs" not in page.text
    assert page.attributes("a", href="/other.example")


@pytest.mark.parametrize(
    ("period", "is_shown"),
    [pytest.param("7d", True, id="several days"), pytest.param("day", False, id="one day")],
)
def test_a_note_explains_that_daily_visitors_are_summed(busy, site, period, is_shown):
    assert ("sum of daily visitors" in busy.page(f"/{site.domain}?period={period}").text) == is_shown


@pytest.mark.parametrize("domain", ["localhost", "example.org:8000", "café.example", "example.org/blog"])
def test_every_domain_that_can_be_added_has_its_pages(desk, domain):
    sites.add(desk.control, domain, timezone="UTC", now=desk.clock())

    assert domain in desk.page(f"/{domain}").text
    assert domain in desk.page(f"/{domain}/settings").text
    assert desk.get(f"/{domain}/current-visitors").json() == {"visitors": 0, "is_waiting": True}


def test_an_empty_site_waits_and_turns_into_its_report(desk, database, site):
    waiting = desk.page(f"/{site.domain}")
    assert "Waiting for the first page view" in waiting.text
    assert '<script defer data-domain="example.org" src="http://stats.test/js/script.js"></script>' in waiting.text
    assert waiting.attributes("meta", **{"http-equiv": "refresh"})  # for browsers without scripts
    assert desk.get(f"/{site.domain}/current-visitors").json() == {"visitors": 0, "is_waiting": True}

    store(database, views("/", start=desk.now, site_id=site.id))

    assert desk.get(f"/{site.domain}/current-visitors").json() == {"visitors": 1, "is_waiting": False}
    report = desk.page(f"/{site.domain}")
    assert stats(report)["Visitors"] == "1"
    assert not report.attributes("meta", **{"http-equiv": "refresh"})


def test_current_visitors_are_those_of_the_last_five_minutes(desk, database, site):
    store(
        database,
        [
            *views("/", start=desk.now - timedelta(minutes=4), site_id=site.id),
            *views("/", start=desk.now - timedelta(minutes=6), site_id=site.id),
        ],
    )

    assert "1 online" in desk.page(f"/{site.domain}").text
    assert desk.get(f"/{site.domain}/current-visitors").json() == {"visitors": 1, "is_waiting": False}


def test_current_visitors_need_a_session(stranger, site):
    assert stranger.get(f"/{site.domain}/current-visitors").status_code == 303


def begin(desk, at: str, note: str = "Office", *, site_id: int | None = None, **fields: str) -> None:
    """Add a rule at a time."""
    rule = rules.read({"network": "192.0.2.0/24", "note": note, **fields}, site_id=site_id, now=0)
    rules.add(desk.control, rule, who="a test", now=datetime.fromisoformat(at).timestamp())


def marked(page: Page) -> tuple[list[str], list[str]]:
    """Return the marked buckets of the chart, and the sentences below it."""
    points = re.findall(r'chart-point"[^>]*><title>([^<]+)</title><line class="chart-mark"', page.html)
    sentences = page.html.partition('class="under"')[2].partition('class="under-links"')[0]
    return [re.split(r": \d", text)[0] for text in points], re.findall(r"<bdi>([^<]+)</bdi>", sentences)


@pytest.mark.parametrize(
    ("query", "at", "bucket"),
    [
        pytest.param("period=day", "2026-03-10T08:59:59Z", "Tue 10 Mar, 09:00", id="an hour"),
        pytest.param("period=day", "2026-03-10T09:00:00Z", "Tue 10 Mar, 10:00", id="the first second of an hour"),
        pytest.param("period=day&interval=minute", "2026-03-10T08:05:00Z", "Tue 10 Mar, 09:05", id="a minute"),
        pytest.param("period=day", "2026-03-09T23:00:00Z", "Tue 10 Mar, 00:00", id="the first instant"),
        pytest.param("period=7d", "2026-03-09T22:59:59Z", "Mon 9 Mar 2026", id="the last instant"),
        pytest.param("period=7d", "2026-03-05T12:00:00Z", "Thu 5 Mar 2026", id="a day"),
        pytest.param("period=91d", "2026-03-01T12:00:00Z", "Sun 1 Mar 2026", id="one of 91 days"),
        pytest.param(
            "period=custom&from=2026-01-20&to=2026-03-09", "2026-02-27T12:00:00Z", "week of 23 Feb 2026", id="a week"
        ),
        pytest.param("period=12mo", "2026-02-14T12:00:00Z", "February 2026", id="a month"),
    ],
)
def test_the_chart_has_a_mark_where_a_rule_took_effect(busy, query, at, bucket):
    begin(busy, at)

    buckets, sentences = marked(busy.page(f"/example.org?{query}"))

    assert buckets == [bucket]
    assert sentences == [f"{bucket}: The rule “Office” took effect."]


def test_only_what_began_in_the_period_and_keeps_visits_out_is_marked(busy, site):
    other = sites.add(busy.control, "other.example", timezone="UTC", now=busy.clock())
    begin(busy, "2026-03-09T23:00:00Z", "too late")
    begin(busy, "2026-03-02T22:59:59Z", "too early")
    begin(busy, "2026-03-05T12:00:00Z", "of others", site_id=other.id)
    begin(busy, "2026-03-05T12:00:00Z", "tried", mode="dry-run")
    begin(busy, "2026-03-05T12:00:00Z", "keeps", action="keep")

    assert marked(busy.page("/example.org?period=7d")) == ([], [])


def test_a_dry_run_rule_takes_effect_when_it_is_turned_on(busy):
    begin(busy, "2026-03-05T12:00:00Z", mode="dry-run")
    for at, mode in {"2026-03-06T12:00:00Z": "on", "2026-03-07T12:00:00Z": "dry-run"}.items():
        rules.change(busy.control, 1, {"mode": mode}, who="a test", now=datetime.fromisoformat(at).timestamp())
        buckets, _ = marked(busy.page("/example.org?period=7d"))
        assert buckets == (["Fri 6 Mar 2026"] if mode == "on" else [])


def test_rules_that_took_effect_together_share_a_mark(busy):
    for number in range(5):
        begin(busy, "2026-03-05T12:00:00Z", f"<{number}>")
    begin(busy, "2026-03-06T12:00:00Z", "")
    begin(busy, "2026-03-06T13:00:00Z", "B")
    buckets, sentences = marked(busy.page("/example.org?period=7d"))

    assert buckets == ["Thu 5 Mar 2026", "Fri 6 Mar 2026"]
    assert sentences == [
        "Thu 5 Mar 2026: 5 rules took effect: “&lt;0&gt;”, “&lt;1&gt;”, “&lt;2&gt;” and 2 more.",
        "Fri 6 Mar 2026: 2 rules took effect: “network 192.0.2.0/24 (256 addresses)” and “B”.",
    ]


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        pytest.param("?refresh=60", "60", id="a minute"),
        pytest.param("?refresh=1", "15", id="not more often than this"),
        pytest.param("?refresh=99999999", "86400", id="not less often than once a day"),
        pytest.param("?refresh=x", None, id="no number"),
        pytest.param("", None, id="never unless the URL says so"),
    ],
)
def test_a_screen_on_a_wall_refreshes_itself(busy, site, query, seconds):
    assert seconds == busy.get(f"/{site.domain}{query}").headers.get("refresh")


@pytest.mark.parametrize(
    "number", [pytest.param("%C2%B2", id="a digit of Unicode"), pytest.param("9" * 5000, id="5,000")]
)
def test_a_segment_needs_a_number(busy, site, number):
    assert "no segment" in busy.page(f"/{site.domain}?f=is,segment,{number}", status=400).text


@pytest.mark.parametrize("number", ["%C2%B2", "9" * 5000, "9" * 18])
def test_a_number_of_a_page_below_the_report_is_a_number_or_nothing(busy, site, number):
    pages = [f"/notes?edit={number}", f"/filter?edit={number}", f"/pages?rows_from={number}", f"?refresh={number}"]

    assert [] == [page[:20] for page in pages if busy.get(f"/{site.domain}{page}").status_code >= 500]


@pytest.mark.parametrize(
    ("query", "is_offered"),
    [
        pytest.param("period=day", True, id="today"),
        pytest.param("period=yesterday", True, id="yesterday"),
        pytest.param("period=24h", True, id="24 hours"),
        pytest.param("period=custom&from=2026-03-08&to=2026-03-08", True, id="a single day of choice"),
        pytest.param("period=custom&from=2026-03-08&to=2026-03-09", False, id="two days"),
        pytest.param("period=7d", False, id="a week"),
    ],
)
def test_minutes_are_offered_for_a_day(busy, site, query, is_offered):
    page = busy.page(f"/{site.domain}?{query}")

    assert is_offered == (">Minutes</a>" in page.html)
    assert (200 if is_offered else 400) == busy.get(f"/{site.domain}?{query}&interval=minute").status_code


def test_minutes_of_today_end_with_the_current_one_and_have_those_of_the_day_before(desk, database, site):
    store(database, views("/", start="2026-03-10 09:05", site_id=site.id))
    store(database, views("/", "/", start="2026-03-03 09:05", site_id=site.id, every_s=60))
    page = desk.page(f"/{site.domain}?period=day&interval=minute&table=1")
    lines = re.findall(r'<th scope="row">\s*(.+?)\s*</th>\s*<td>(.+?)</td>', page.html)

    assert [("Tue 10 Mar, 10:05", "1"), ("Tue 10 Mar, 10:06", "0")] == lines
    assert "Highest: Tue 10 Mar, 10:05, 1." in page.html
    assert "chart-unfinished" in page.html
    assert "14:31" not in page.text


def test_a_day_by_the_minute_is_a_small_page(desk, database, site):
    minutes = (f"2026-03-09 {hour:02}:{minute:02}" for hour in range(23) for minute in range(0, 60, 3))
    store(database, [one for start in minutes for one in views("/", start=start, site_id=site.id)])
    html = desk.page(f"/{site.domain}?period=yesterday&interval=minute").html

    assert html.count('class="chart-point"') <= 300
    assert len(gzip.compress(html.encode())) < 24_000
