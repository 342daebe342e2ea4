"""What the tracker sends, seen from the other end of the wire."""

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.browser import tab
from tests.journeys.recorder import Recorder
from tests.journeys.website import Website

pytestmark = pytest.mark.browser

SOURCE = 'src="http://stats.example/js/script.js"'
LOCAL = 'src="http://stats.example/js/script.local.js"'
SNIPPET = f'<script defer data-domain="site.example" {SOURCE}></script>'
LONG = "<div style='height: 10000px'></div>"

# A router as the Navigation API is made for, and a link that is followed.
ROUTER = """
navigation.addEventListener('navigate', (event) => {
  if (event.canIntercept && !event.hashChange) event.intercept({ handler: async () => {} })
})
window.follow = (href) => {
  const link = document.body.appendChild(Object.assign(document.createElement('a'), { href }))
  link.click()
}
"""
LEAVE = "document.hasFocus = () => false; dispatchEvent(new Event('blur'))"
RETURN = "document.hasFocus = () => true; dispatchEvent(new Event('focus'))"
SCROLL = "new Promise(done => { addEventListener('scroll', done); scrollTo(0, %d) })"
GROW = "new Promise(done => { new ResizeObserver(done).observe(document.body); document.body.style.height = '2000px' })"
END = """
Promise.allSettled(underway).then(() =>
  fetch('http://stats.example/api/event', {method: 'POST', body: JSON.stringify({n: 'the end'})})
)
"""
WATCH_FETCH = """
window.kept = []
const send = window.fetch
window.fetch = (url, options) => { kept.push(options.keepalive); return send(url, options) }
"""
HIDE = "Object.defineProperty(document, 'hidden', {value: true, configurable: true})"
SHOW = "delete document.hidden; document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))"


def sent(page: Page, recorder: Recorder) -> list[dict[str, Any]]:
    """Return what the page has sent until now."""
    page.evaluate(END)
    return [one.event for one in recorder.until("the end")]


def sent_of(name: str, page: Page, recorder: Recorder) -> list[dict[str, Any]]:
    return [event for event in sent(page, recorder) if event["n"] == name]


def paths(events: list[dict[str, Any]]) -> list[str]:
    return [event["u"].removeprefix("http://site.example") for event in events]


def test_a_page_that_loads_is_a_page_view(page, recorder):
    page.goto("http://site.example/about.html?utm_source=letter")

    url = "http://site.example/about.html?utm_source=letter"
    assert sent(page, recorder) == [{"n": "pageview", "u": url, "r": "", "d": "site.example"}]


def test_a_page_in_a_frame_is_not_counted(page, website: Website, recorder):
    framed = website.page(
        f"{SNIPPET}<script>onload = () => plausible('Signup', {{callback: () => top.done = 1}})</script>"
    )
    page.goto(website.page(f"{SNIPPET}<iframe src='{framed}'></iframe>"))
    page.wait_for_function("top.done")

    assert [event["u"] for event in sent(page, recorder)] == [page.url]


def test_a_page_in_a_frame_is_counted_where_the_snippet_asks_for_it(page, website: Website, recorder):
    framed = website.page("<script defer src='http://stats.example/js/script.frames.js'></script>")
    page.goto(website.page(f"<iframe src='{framed}'></iframe>"))

    assert [event["u"] for event in sent_of("pageview", page, recorder)] == [framed]


def test_an_event_travels_without_preflight_and_without_credentials(page, recorder):
    page.context.add_cookies([{"name": "session", "value": "secret", "url": "http://stats.example/"}])
    page.goto("http://site.example/")

    headers = recorder.take(1)[0].headers
    assert headers["content-type"] == "text/plain;charset=UTF-8"
    assert "cookie" not in headers


def test_the_page_that_led_here_is_told(page, recorder):
    page.goto("http://search.example/")
    page.get_by_role("link").click()
    page.wait_for_url("http://site.example/")

    assert [event["r"] for event in sent(page, recorder)] == ["http://search.example/"]


@pytest.mark.parametrize("source", [SOURCE, 'src="http://stats.example/js/script.hash.outbound-links.js"'])
def test_a_page_that_its_own_people_read_sends_nothing(page, recorder, website: Website, source):
    address = website.page(f"<script defer data-domain='site.example' data-internal {source}></script>{LONG}")
    page.goto(address)
    page.evaluate("plausible('Signup')")
    for step in (SCROLL % 500, LEAVE, HIDE, SHOW):
        page.evaluate(step)

    assert sent(page, recorder) == []


def test_a_page_left_by_a_link_is_reported(page, recorder):
    page.goto("http://site.example/")
    page.get_by_role("link", name="About").click()
    page.wait_for_url("http://site.example/about.html")

    # The report of the page that goes may come after the view of the page that comes.
    events = [one.event for one in recorder.take(3)]
    assert sorted(zip([event["n"] for event in events], paths(events), strict=True)) == [
        ("engagement", "/"),
        ("pageview", "/"),
        ("pageview", "/about.html"),
    ]


@pytest.mark.parametrize(
    ("attributes", "where", "domain"),
    [
        pytest.param('data-domain="a.example,b.example"', "/api/event", "a.example,b.example", id="for several sites"),
        pytest.param("", "/api/event", None, id="for the page's host"),
        pytest.param('data-api="http://stats.example/quiet"', "/quiet", None, id="to another address"),
    ],
)
def test_the_snippet_says_for_whom_and_where_to(page, website: Website, recorder, attributes, where, domain):
    page.goto(website.page(f"<script defer {attributes} {SOURCE}></script>"))

    one = recorder.take(1)[0]
    assert (one.path, one.event.get("d")) == (where, domain)


def test_a_snippet_pasted_twice_counts_once(page, website: Website, recorder):
    page.goto(website.page(SNIPPET + SNIPPET))

    assert len(sent(page, recorder)) == 1


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param("history.pushState({}, '', '/other')", ["/other"], id="another path"),
        pytest.param("history.pushState({}, '', '?q=1')", [], id="the same path with a query"),
        pytest.param("history.pushState({}, '', '#part')", [], id="a part of the same page"),
        pytest.param("location.hash = 'part'", [], id="a link to a part of it"),
        pytest.param("history.replaceState({}, '', '/other')", ["/other"], id="an address replaced by another"),
        pytest.param("history.replaceState({}, '', '?q=1')", [], id="an address replaced by itself with a query"),
        pytest.param("History.prototype.pushState.call(history, {}, '', '/other')", ["/other"], id="past our function"),
        pytest.param(f"{ROUTER}; follow('/other')", ["/other"], id="a link that a router intercepts"),
        pytest.param(f"{ROUTER}; follow('/about.html?q=1')", [], id="a link to the same path that it intercepts"),
        pytest.param(f"{ROUTER}; follow('#part')", [], id="a link to a part that it leaves alone"),
    ],
)
def test_navigation_without_a_load_is_a_page_view_when_the_path_changes(page, recorder, steps, expected):
    page.goto("http://site.example/about.html")
    page.evaluate(steps)

    views = sent_of("pageview", page, recorder)
    assert paths(views) == ["/about.html", *expected]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param(["history.pushState({}, '', '/other')"], ["/other"], id="another path"),
        pytest.param(["history.pushState({}, '', '?q=1')"], [], id="the same path"),
        pytest.param(
            ["history.replaceState({}, '', '/other')", LEAVE, RETURN], ["/other"], id="a path replaced, later"
        ),
        pytest.param(["history.replaceState({}, '', '?q=1')", LEAVE, RETURN], [], id="the same path, later"),
    ],
)
@pytest.mark.parametrize(
    "start",
    [
        pytest.param(
            "Object.defineProperty(window, 'navigation', {value: undefined})", id="without the Navigation API"
        ),
        pytest.param(
            "Object.defineProperty(window, 'navigation', {value: ['Home']})", id="with a variable of its name"
        ),
    ],
)
def test_the_other_ways_of_navigation_suffice(page, recorder, start, steps, expected):
    page.add_init_script(start)
    page.goto("http://site.example/about.html")
    for step in steps:
        page.evaluate(step)

    assert paths(sent_of("pageview", page, recorder)) == ["/about.html", *expected]


def test_going_back_without_a_load_is_a_page_view(page, recorder):
    page.goto("http://site.example/shop.html")
    page.get_by_role("button", name="Shoes").click()
    page.evaluate("new Promise(done => { addEventListener('popstate', done); history.back() })")

    views = sent_of("pageview", page, recorder)
    assert paths(views) == ["/shop.html", "/shop/shoes", "/shop.html"]


def test_a_page_left_without_a_load_is_reported_under_its_own_address(page, recorder):
    page.goto("http://site.example/shop.html")
    page.get_by_role("button", name="Shoes").click()
    page.get_by_role("button", name="Hats").click()

    reports = sent_of("engagement", page, recorder)
    assert paths(reports) == ["/shop.html", "/shop/shoes"]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param("location.hash = '/use'", ["#/use"], id="a link"),
        pytest.param("history.pushState({}, '', '#/use')", ["#/use"], id="a router that pushes"),
        pytest.param("history.replaceState({}, '', '#/use')", ["#/use"], id="a route replaced by another"),
        pytest.param("location.hash = '/install'", [], id="the same route again"),
        pytest.param("location.hash = '/install?tab=2'", [], id="the same route with a query"),
        pytest.param("location.hash = '/use?tab=2'", ["#/use?tab=2"], id="another route with a query"),
        pytest.param("history.pushState({}, '', '?q=1#/install')", [], id="the same route after another query"),
    ],
)
def test_hash_routes_are_page_views(page, recorder, steps, expected):
    page.goto("http://site.example/guide.html#/install")
    page.evaluate(steps)

    views = sent_of("pageview", page, recorder)
    assert paths(views) == [f"/guide.html{route}" for route in ("#/install", *expected)]
    assert {view["h"] for view in views} == {1}


def test_a_page_opened_in_the_background_waits_until_it_is_seen(page, recorder):
    page.add_init_script(HIDE)
    page.goto("http://site.example/about.html")
    page.evaluate("history.pushState({}, '', '/other')")
    unseen = sent(page, recorder)
    page.evaluate(SHOW)

    assert (unseen, paths(sent(page, recorder))) == ([], ["/other"])


def test_a_page_seen_again_after_a_while_in_the_background_is_no_new_view(page, recorder):
    page.goto("http://site.example/about.html")
    page.evaluate("history.replaceState({}, '', '?q=1')")
    page.evaluate(HIDE)
    page.evaluate(SHOW)

    assert paths(sent_of("pageview", page, recorder)) == ["/about.html"]


def test_a_page_that_comes_back_whole_is_viewed_again(page, recorder):
    page.goto("http://site.example/")
    page.evaluate("window.isTheSame = true")
    page.goto("http://site.example/about.html")
    page.go_back(wait_until="commit")
    page.wait_for_function("window.isTheSame")

    # Each of the two pages that were left is reported too, when it suits the browser.
    views = [one.event for one in recorder.take(5) if one.event["n"] == "pageview"]
    assert paths(views) == ["/", "/about.html", "/"]


# --- How far and how long a page is read ---


def test_the_first_report_comes_however_little_was_read(page, recorder):
    page.goto("http://site.example/")
    page.evaluate(LEAVE)

    assert len(sent_of("engagement", page, recorder)) == 1


@pytest.mark.parametrize(
    ("body", "steps", "percent"),
    [
        pytest.param("<p>short</p>", [], 100, id="all, of a page that fits the window"),
        pytest.param("<div style='height: 1000px'></div>", [], 50, id="the first window"),
        pytest.param("<div style='height: 1000px'></div>", [SCROLL % 250], 75, id="as far as scrolled"),
        pytest.param("<div style='height: 1000px'></div>", [SCROLL % 500, SCROLL % 0], 100, id="furthest, not last"),
        pytest.param(
            "<p>short</p>",
            [GROW],
            25,
            id="the first window, of a page that grew",
        ),
    ],
)
def test_a_report_says_how_far_down_the_page_was_seen(page, website: Website, recorder, body, steps, percent):
    page.set_viewport_size({"width": 800, "height": 500})
    page.goto(website.page(f"<style>body {{ margin: 0 }}</style>{SNIPPET}{body}"))
    for step in steps:
        page.evaluate(step)
    page.evaluate(LEAVE)

    assert [report["sd"] for report in sent_of("engagement", page, recorder)] == [percent]


def test_a_page_is_measured_by_its_own_content_not_by_that_of_the_next(page, website: Website, recorder):
    page.set_viewport_size({"width": 800, "height": 500})
    page.goto(website.page(f"<style>body {{ margin: 0 }}</style>{SNIPPET}short"))
    page.evaluate(GROW)
    page.evaluate("document.body.style.height = '500px'; history.pushState({}, '', '/other')")
    page.evaluate(LEAVE)

    assert [report["sd"] for report in sent_of("engagement", page, recorder)] == [25, 100]


def test_a_page_that_neither_scrolls_nor_grows_is_measured_all_the_same(page, website: Website, recorder):
    page.goto(website.page(SNIPPET))
    page.evaluate("history.pushState({}, '', '/other')")
    page.evaluate(LEAVE)

    assert [report["sd"] for report in sent_of("engagement", page, recorder)] == [100, 100]


def test_every_event_may_outlive_its_page(page, recorder):
    page.add_init_script(WATCH_FETCH)
    page.goto("http://site.example/")
    page.evaluate("plausible('Signup')")
    page.evaluate(LEAVE)

    assert page.evaluate("kept") == [True, True, True]


def test_a_tab_that_closes_reports_its_page(visitor: BrowserContext, recorder):
    closing = visitor.new_page()
    closing.goto("http://site.example/")
    closing.close()

    assert [one.event["n"] for one in recorder.take(2)] == ["pageview", "engagement"]


def test_a_report_says_how_long_the_page_was_in_front(page, recorder):
    page.clock.install(time=0)
    page.clock.pause_at(1_000)
    page.goto("http://site.example/")
    page.clock.run_for(4_000)
    page.evaluate(LEAVE)
    page.clock.run_for(60_000)
    page.evaluate(RETURN)
    page.clock.run_for(5_000)
    page.evaluate(LEAVE)

    assert [report["e"] for report in sent_of("engagement", page, recorder)] == [4_000, 5_000]


@pytest.mark.parametrize(
    ("read_ms", "steps", "reports"),
    [
        pytest.param(2_999, [], 1, id="too little time"),
        pytest.param(3_000, [], 2, id="three seconds more"),
        pytest.param(0, [SCROLL % 100], 2, id="deeper"),
    ],
)
def test_a_page_is_reported_again_only_when_more_was_read(page, website, recorder, read_ms, steps, reports):
    page.clock.install(time=0)
    page.clock.pause_at(1_000)
    page.goto(website.page(SNIPPET + LONG))
    page.evaluate(LEAVE)
    page.evaluate(RETURN)
    page.clock.run_for(read_ms)
    for step in steps:
        page.evaluate(step)
    page.evaluate(LEAVE)

    assert len(sent_of("engagement", page, recorder)) == reports


def test_time_too_short_to_report_is_kept_for_the_next_report(page, recorder):
    page.clock.install(time=0)
    page.clock.pause_at(1_000)
    page.goto("http://site.example/")
    page.evaluate(LEAVE)
    for _ in range(2):
        page.evaluate(RETURN)
        page.clock.run_for(2_000)
        page.evaluate(LEAVE)

    assert [report["e"] for report in sent_of("engagement", page, recorder)] == [0, 4_000]


def test_a_page_counted_under_another_address_is_reported_under_it(page, recorder):
    page.goto("http://site.example/")
    page.evaluate("plausible('pageview', {url: 'http://site.example/virtual', props: {part: 'two'}})")
    page.evaluate(LEAVE)

    report = sent_of("engagement", page, recorder)[-1]
    assert (report["u"], report["props"]) == ("http://site.example/virtual", {"part": "two"})


# --- What the page itself says ---


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param("", {}, id="nothing more"),
        pytest.param("{props: {plan: 'pro', seats: 3}}", {"props": {"plan": "pro", "seats": 3}}, id="properties"),
        pytest.param("{interactive: false}", {"interactive": False}, id="not a sign of life"),
        pytest.param("{u: 'http://site.example/x'}", {"u": "http://site.example/x"}, id="another address"),
        pytest.param(
            "{url: 'http://site.example/x'}",
            {"u": "http://site.example/x", "url": "http://site.example/x"},
            id="another address, by its long name",
        ),
        pytest.param(
            "{revenue: {amount: 9.5, currency: 'EUR'}}", {"revenue": {"amount": 9.5, "currency": "EUR"}}, id="money"
        ),
    ],
)
def test_the_page_sends_events_of_its_own(page, recorder, options, said):
    page.goto("http://site.example/")
    page.evaluate(f"plausible('Signup', {options or 'undefined'})")

    event = {"n": "Signup", "u": "http://site.example/", "r": "", "d": "site.example"}
    assert sent_of("Signup", page, recorder) == [event | said]


def test_events_called_before_the_tracker_arrived_are_sent_in_order(page, website: Website, recorder):
    queue = "window.plausible = window.plausible || function () { (plausible.q = plausible.q || []).push(arguments) };"
    page.goto(
        website.page(f"<script>{queue} plausible('One'); plausible('Two', {{props: {{a: 1}}}})</script>{SNIPPET}")
    )

    assert sorted((event["n"], event.get("props")) for event in sent(page, recorder)) == [
        ("One", None),
        ("Two", {"a": 1}),
        ("pageview", None),
    ]


def test_the_page_is_told_that_its_event_arrived(page, recorder):
    page.goto("http://site.example/")

    assert page.evaluate("new Promise(done => plausible('Signup', {callback: ({status}) => done(status)}))") == 202


def test_the_page_is_told_that_its_event_was_lost(page, website: Website):
    page.route("http://closed.example/", lambda route: route.abort())
    page.goto(website.page(f'<script defer data-api="http://closed.example/" {SOURCE}></script>'))

    answer = page.evaluate("new Promise(done => plausible('Signup', {callback: ({error}) => done(String(error))}))")
    assert answer == "TypeError: Failed to fetch"


# --- What is not counted ---


@pytest.mark.parametrize(
    ("host", "is_counted"),
    [
        pytest.param("localhost", False, id="localhost"),
        pytest.param("127.0.0.1", False, id="this machine"),
        pytest.param("127.8.9.10", False, id="this machine by another number"),
        pytest.param("[::1]", False, id="this machine in IPv6"),
        pytest.param("localhost.example", True, id="a host that starts alike"),
        pytest.param("127.example", True, id="a host that starts with the number"),
        pytest.param("12.127.0.0.1.example", True, id="a host that holds the number"),
    ],
)
def test_a_developer_at_work_is_not_counted(page, website: Website, recorder, host, is_counted):
    page.goto(website.page(SNIPPET, host=host))

    assert len(sent(page, recorder)) == is_counted


def test_a_page_opened_from_a_file_is_not_counted(page, recorder, tmp_path):
    file = tmp_path / "page.html"
    file.write_text(f"<!doctype html>{SNIPPET}")
    page.goto(file.as_uri())

    assert sent(page, recorder) == []


def test_a_developer_is_counted_where_the_snippet_asks_for_it(page, website: Website, recorder):
    page.goto(website.page(f"<script defer {LOCAL}></script>", host="localhost"))

    assert len(sent(page, recorder)) == 1


@pytest.mark.parametrize(
    ("source", "is_counted"),
    [
        pytest.param(SOURCE, False, id="as it is"),
        pytest.param(LOCAL, True, id="where the script is the one for that"),
    ],
)
def test_an_automated_browser_is_not_counted(browser: Browser, website: Website, recorder, source, is_counted):
    with browser.new_context() as automated, tab(automated) as page:
        page.goto(website.page(f"<script defer {source}></script>"))

        assert len(sent(page, recorder)) == is_counted


def test_a_page_that_is_not_counted_is_not_reported_either(page, website: Website, recorder):
    page.goto(website.page(SNIPPET, host="localhost"))
    page.evaluate(LEAVE)

    assert sent(page, recorder) == []


def test_a_page_that_waits_for_its_event_goes_on_when_it_is_not_counted(page, website: Website):
    page.goto(website.page(SNIPPET, host="localhost"))

    assert page.evaluate("new Promise(callback => plausible('Signup', {callback}))") is None
