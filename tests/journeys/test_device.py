"""The tracker reads and writes nothing on the visitor's device, and no answer to it marks the device."""

import pytest
from playwright.sync_api import BrowserContext, Page

from ingest.tracker import names
from tests.journeys.test_tracker import HIDE, LEAVE, LOCAL, SHOW, sent
from tests.journeys.website import Website

pytestmark = pytest.mark.browser

# Every door to what a browser keeps, replaced by one that writes down who goes through and then lets pass.
WATCH = """
window.touched = []
const watch = (holder, name) => {
  const { get, set } = Object.getOwnPropertyDescriptor(holder, name)
  Object.defineProperty(holder, name, {
    configurable: true,
    get() { touched.push(name); return get.call(this) },
    set(value) { touched.push(name); set?.call(this, value) },
  })
}
watch(Document.prototype, "cookie")
const names = ["localStorage", "sessionStorage", "indexedDB", "caches", "cookieStore", "name"]
// Some doors exist on secure pages only, as on localhost.
for (const name of names) if (name in window) watch(window, name)
for (const name of ["storage", "serviceWorker"]) if (name in navigator) watch(Navigator.prototype, name)
watch(History.prototype, "state")
"""


@pytest.fixture
def watched(visitor: BrowserContext, page: Page) -> Page:
    """Give a tab that writes down in `touched` whatever is read from or written to the device."""
    visitor.add_init_script(WATCH)
    return page


@pytest.mark.parametrize(
    ("use", "name"),
    [
        pytest.param("document.cookie", "cookie", id="a cookie is read"),
        pytest.param("document.cookie = 'a=1'", "cookie", id="a cookie is written"),
        pytest.param("localStorage.getItem('a')", "localStorage", id="local storage"),
        pytest.param("sessionStorage.setItem('a', 1)", "sessionStorage", id="session storage"),
        pytest.param("indexedDB.open('a')", "indexedDB", id="a database"),
        pytest.param("caches.open('a')", "caches", id="a cache"),
        pytest.param("cookieStore.get('a')", "cookieStore", id="the other way to cookies"),
        pytest.param("window.name = 'a'", "name", id="the window's name"),
        pytest.param("navigator.storage.estimate()", "storage", id="what storage there is"),
        pytest.param("navigator.serviceWorker.ready", "serviceWorker", id="a script that stays"),
        pytest.param("history.state", "state", id="the history's state"),
    ],
)
def test_the_watch_sees_a_page_that_uses(watched, website: Website, use, name):
    watched.goto(website.page("a page of its own doing", host="localhost"))
    watched.evaluate(f"() => {{ {use} }}")

    assert name in watched.evaluate("touched")


def test_the_tracker_touches_nothing_on_the_device(watched, website: Website, recorder):
    # A secure page, where every door exists.
    snippet = f"<script defer {LOCAL}></script>"
    watched.goto(website.page(snippet + "<div style='height: 5000px'></div>", host="localhost"))
    watched.evaluate("plausible('Signup', {props: {plan: 'pro'}, revenue: {amount: 1, currency: 'EUR'}})")
    watched.evaluate("history.pushState({}, '', '/other')")
    watched.evaluate("new Promise(done => { addEventListener('scroll', done); scrollTo(0, 1000) })")
    for step in (LEAVE, HIDE, SHOW):
        watched.evaluate(step)
    events = sent(watched, recorder)

    assert {event["n"] for event in events} == {"pageview", "Signup", "engagement"}
    assert watched.evaluate("touched") == []


EVERY_EXTENSION = ".".join(sorted(names.EXTENSIONS - {"manual"}))
CLICKS = """
<a id="out" class="plausible-event-plan=a" href="http://other.example/">out</a>
<a id="file" href="/a.pdf">file</a><b id="tagged" class="plausible-event-name=Buy">buy</b><form id="form"></form>
<script>for (const kind of ["click", "submit"]) addEventListener(kind, (event) => event.preventDefault(), true)</script>
"""
OPTIONS = "captureOnLocalhost: true, outboundLinks: true, fileDownloads: true, formSubmissions: true"
SETTING_UP = f"plausible.init({{{OPTIONS}, customProperties: {{a: 1}}, transformRequest: (event) => event}})"


@pytest.mark.parametrize(
    ("script", "setting_up", "events"),
    [
        pytest.param(
            f"<script defer data-exclude='/other' event-author='Ann'"
            f" src='http://stats.example/js/script.{EVERY_EXTENSION}.js'></script>",
            "",
            {"pageview", "Outbound Link: Click", "File Download", "Buy", "engagement"},
            id="with every extension",
        ),
        pytest.param(
            "<script src='http://stats.example/js/pa-known.js'></script>",
            SETTING_UP,
            {"pageview", "Outbound Link: Click", "File Download", "Buy", "Form: Submission", "engagement"},
            id="made for a site",
        ),
    ],
)
def test_no_feature_touches_anything_on_the_device(watched, website: Website, recorder, script, setting_up, events):
    watched.goto(website.page(CLICKS + script, host="localhost"))
    watched.evaluate(setting_up)
    for element in ("out", "file", "tagged"):
        watched.evaluate(f"document.getElementById('{element}').click()")
    watched.evaluate("document.forms[0].requestSubmit()")
    for step in (LEAVE, HIDE, SHOW):
        watched.evaluate(step)

    assert {event["n"] for event in sent(watched, recorder)} == events
    assert watched.evaluate("touched") == []


def test_nothing_is_kept_on_the_device_after_a_visit(visitor: BrowserContext, page, recorder):
    page.goto("http://site.example/")
    recorder.take(1)

    assert visitor.storage_state(indexed_db=True) == {"cookies": [], "origins": []}
