"""Nothing the tracker does throws on the page, whatever the page has changed, frozen or blocked."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.journeys.recorder import Recorder
from tests.journeys.test_init import QUEUE
from tests.journeys.test_init import SCRIPT as SITE_SCRIPT
from tests.journeys.test_scripts import script
from tests.journeys.test_tracker import LEAVE, RETURN, sent
from tests.journeys.website import Website

pytestmark = pytest.mark.browser

# What the page's own listeners hear of errors.
LISTEN = """<script>
  window.heard = []
  addEventListener("error", (event) => heard.push(`error: ${event.message}`))
  addEventListener("unhandledrejection", (event) => heard.push(`rejection: ${event.reason}`))
</script>"""
EVERYTHING = "script.hash.outbound-links.file-downloads.tagged-events.exclusions.pageview-props"
OPTIONS = "{ hashBasedRouting: true, outboundLinks: true, fileDownloads: true, formSubmissions: true }"
MODULE = """<script type="module">
  import { init } from "http://stats.example/js/script.mjs"
  init({ domain: "site.example", outboundLinks: true, fileDownloads: true, formSubmissions: true })
  window.isReady = true
</script>"""
SETUPS = [
    pytest.param(script("script"), id="script"),
    pytest.param(script(EVERYTHING), id="every extension"),
    pytest.param(f"<script>{QUEUE} plausible.init({OPTIONS})</script>{SITE_SCRIPT}", id="the script of a site"),
    pytest.param(MODULE, id="the module"),
]
# All that a page can do by itself, one after the other.
USE = """
for (const step of [
  () => history.pushState({}, "", "/other"),
  () => history.replaceState({}, "", "/third"),
  () => dispatchEvent(new PopStateEvent("popstate", { state: { persisted: { toString: null } } })),
  () => dispatchEvent(new Event("scroll")),
  () => window.plausible?.("Signup", { props: { plan: "pro" } }),
  () => document.body.append(document.createElement("p")),
  () => document.body?.click(),
])
  try {
    step()
  } catch (error) {
    if (/stats\\.example/.test(error.stack)) heard.push(`thrown: ${error.stack}`)
  }
"""


@pytest.fixture
def heard(same_tab: Page, website: Website, recorder: Recorder) -> Callable[[str], Any]:
    """Give a function that opens a page, uses it, and returns the errors that the page heard."""

    def errors(html: str, use: str = USE) -> list[str]:
        same_tab.goto(website.page(LISTEN + html))
        for step in (use, LEAVE, RETURN):
            same_tab.evaluate(step)
        # A rejection that nobody handles is reported after the microtasks of its task.
        same_tab.evaluate("Promise.allSettled(underway).then(() => new Promise((done) => setTimeout(done)))")
        return list(same_tab.evaluate("heard"))

    return errors


HOSTILE = [
    pytest.param(
        "Object.freeze(window.plausible ??= Object.assign(() => {}, { init() {}, o: {} }))", id="plausible is frozen"
    ),
    pytest.param("Object.defineProperty(window, 'plausible', { value: () => {} })", id="plausible cannot be written"),
    pytest.param(
        "const get = () => { if (/stats/.test(Error().stack)) throw 1; return { init() {} } };"
        "Object.defineProperty(window, 'plausible', { get })",
        id="plausible cannot be read",
    ),
    pytest.param("Object.freeze(history)", id="history is frozen"),
    pytest.param("Object.seal(history)", id="history is sealed"),
    pytest.param("window.fetch = undefined; window.underway = []", id="fetch is missing"),
    pytest.param("window.fetch = () => { throw Error('fetch') }", id="fetch throws"),
    pytest.param("window.fetch = () => 5", id="fetch returns no promise"),
    pytest.param("window.fetch = () => Promise.reject(Error('fetch'))", id="fetch rejects"),
    pytest.param("window.fetch = () => ({ catch: 1, then: 1 })", id="fetch returns an impostor"),
    pytest.param("Object.defineProperty(window, 'ResizeObserver', { value: undefined })", id="no ResizeObserver"),
    pytest.param("Object.defineProperty(window, 'navigation', { value: undefined })", id="no Navigation API"),
    pytest.param("Object.defineProperty(window, 'navigation', { value: {} })", id="another navigation"),
    pytest.param("Object.defineProperty(window, 'navigator', { value: undefined })", id="no navigator"),
    pytest.param("Object.defineProperty(window, 'localStorage', { get() { throw 1 } })", id="no storage"),
    pytest.param("Object.defineProperty(document, 'currentScript', { value: null })", id="no current script"),
    pytest.param("Object.defineProperty(document, 'hasFocus', { value: 1 })", id="hasFocus cannot be called"),
    pytest.param("JSON.stringify = () => { throw 1 }", id="JSON fails"),
    pytest.param("window.plausible = { q: 5, o: 7 }", id="a number as the queue"),
    pytest.param("window.plausible = { q: [null, 5, {}], o: null }", id="a queue of anything"),
    pytest.param("self.Element = undefined", id="no Element"),
]


@pytest.mark.parametrize("setup", SETUPS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_page_hears_no_error(heard, setup, hostile):
    assert heard(f"<script>{{ {hostile} }}</script>{setup}") == []


@pytest.mark.parametrize("setup", SETUPS)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<form name=hasFocus></form><form name=querySelector></form>", id="document's methods"),
        pytest.param("<img name=hidden><img name=referrer><img name=documentElement>", id="document's properties"),
        pytest.param("<a id=plausible></a><a id=navigation></a><a id=options></a>", id="window's properties"),
    ],
)
def test_a_page_whose_elements_have_the_names_of_properties_hears_no_error(heard, setup, body):
    assert heard(body + setup) == []


@pytest.mark.parametrize("setup", SETUPS)
def test_a_page_that_forbids_the_request_hears_no_error(heard, setup):
    policy = "<meta http-equiv=content-security-policy content=\"connect-src 'none'\">"

    assert heard(policy + setup) == []


@pytest.mark.parametrize("setup", SETUPS)
def test_a_sandboxed_frame_hears_no_error(same_tab, website: Website, recorder, setup):
    report = "<script>onload = () => setTimeout(() => parent.postMessage(heard, '*'), 50)</script>"
    framed = website.page(LISTEN + setup + report)
    same_tab.goto(website.page("<script>onmessage = (event) => { window.told = event.data }</script>"))
    same_tab.evaluate(
        "src => document.body.append(Object.assign(document.createElement('iframe'), {sandbox: 'allow-scripts', src}))",
        framed,
    )
    same_tab.wait_for_function("window.told")

    assert same_tab.evaluate("told") == []


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("Object.freeze(window.plausible ??= () => {})", id="a frozen plausible"),
        pytest.param("Object.freeze(history)", id="a frozen history"),
        pytest.param("Object.defineProperty(window, 'navigation', { value: {} })", id="another navigation"),
    ],
)
@pytest.mark.parametrize("setup", [SETUPS[0], SETUPS[1], SETUPS[3]])
def test_a_page_is_counted_nevertheless(heard, same_tab, recorder, setup, hostile):
    errors = heard(f"<script>{{ {hostile} }}</script>{setup}", "window.isReady ?? 1")
    views = [event for event in sent(same_tab, recorder) if event["n"] == "pageview"]

    assert (errors, len(views)) == ([], 1)


@pytest.mark.parametrize("setup", [SETUPS[0], SETUPS[2]])
@pytest.mark.parametrize(
    "call",
    [
        pytest.param("plausible()", id="nothing"),
        pytest.param("plausible(Symbol('a'), Symbol('b'))", id="symbols"),
        pytest.param("plausible('a', null)", id="null"),
        pytest.param("plausible('a', { get props() { throw 1 } })", id="a getter that throws"),
        pytest.param("plausible('a', new Proxy({}, { ownKeys() { throw 1 }, get() { throw 1 } }))", id="a proxy"),
        pytest.param("const a = {}; a.a = a; plausible('a', { props: a })", id="a circle"),
        pytest.param("const a = {}; a.a = a; plausible('pageview', { props: a })", id="a circle as a page view"),
        pytest.param("plausible('a', { props: { a: 1n } })", id="a number too big for JSON"),
        pytest.param("plausible('a', { toJSON() { throw 1 } })", id="a toJSON that throws"),
        pytest.param("plausible('a', { callback: 5 })", id="a number as the callback"),
        pytest.param("fetch = () => Promise.reject(1); plausible('a', { callback: 5 })", id="and a lost event"),
        pytest.param("plausible('a', { props: { a: 'b'.repeat(1e6) } })", id="more than keepalive allows"),
        pytest.param("plausible('a', { url: { toString() { throw 1 } } })", id="an address that throws"),
        pytest.param(
            "plausible.apply(null, [Object.create(null), Object.create(null)])", id="objects without prototype"
        ),
    ],
)
def test_a_strange_call_throws_nothing_and_later_ones_are_sent(heard, same_tab, recorder, setup, call):
    sending = "const send = fetch; window.last = () => { window.fetch = send; plausible('Last') };"
    errors = heard(setup, f"(() => {{ {sending} {call} }})()")
    same_tab.evaluate("last(); history.pushState({}, '', '/after')")
    events = sent(same_tab, recorder)

    assert errors == []
    assert [event["n"] for event in events if event.get("n") == "Last"] == ["Last"]
    assert any(event["u"].endswith("/after") for event in events if event.get("n") == "pageview")


def test_what_a_callback_throws_is_the_pages_own(website: Website, browser, recorder):
    with browser.new_context() as context:
        page = context.new_page()
        page.add_init_script("window.__plausible = true")
        page.goto(website.page(LISTEN + script("script")))
        page.evaluate("plausible('Signup', { callback() { throw 'mine' } })")
        page.wait_for_function("heard.length")

        assert page.evaluate("heard") == ["rejection: mine"]


# --- Pages made at random ---

FUZZ = """
(seed) => {
  // A generator of numbers that gives the same page for the same seed (mulberry32).
  const random = (below) => {
    seed = (seed + 0x6d2b79f5) | 0
    let bits = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) % below
  }
  const one = (choices) => choices[random(choices.length)]
  const html = ["a", "area", "form", "b", "button", "input", "div", "template", "slot", "object", "label", "x-own"]
  const svg = ["a", "svg", "use", "text", "g", "foreignObject"]
  const names = ["action", "method", "matches", "closest", "parentNode", "nodeName", "classList", "getAttribute",
    "nodeType", "href", "parentElement", "host", "elements", "target"]
  const values = ["http://other.example/", "/a.PDF", "http://[", "javascript:0", "", "#x", "dialog", "mailto:a@b",
    "plausible-event-name=Buy plausible-event-a=b", "plausible-event-__proto__=x plausible-event-name=B", "\\0",
    "//x:99999"]
  const attributes = ["href", "class", "name", "id", "method", "action", "target", "download", "xlink:href",
    "formmethod"]
  const element = () => {
    const made = random(3)
      ? document.createElement(one(html))
      : document.createElementNS(`http://www.w3.org/${one(["2000/svg", "1998/Math/MathML", "x"])}`, one(svg))
    for (let count = random(4); count--; ) {
      const name = one(attributes)
      const value = name == "name" || name == "id" ? one(names) : one(values)
      if (name == "xlink:href") made.setAttributeNS("http://www.w3.org/1999/xlink", name, value)
      else made.setAttribute(name, value)
    }
    return made
  }
  const roots = [document.body]
  const nodes = [window, document, document.documentElement, document.body]
  for (let count = 12; count--; ) {
    const node = random(6) ? element() : document.createTextNode("text")
    try { one(nodes.slice(2)).appendChild(node) } catch { document.body.append(node) }
    nodes.push(node)
    if (!random(3))
      try {
        const root = node.attachShadow({ mode: one(["open", "closed"]) })
        const inner = element()
        root.append(inner)
        nodes.push(inner, root)
      } catch {}
  }
  const strange = () => one([
    undefined, null, 0, "", "pageview", "Signup", Symbol("a"), 1n, [], {}, () => 0,
    new Proxy({}, { get() { throw 1 } }),
    { get props() { throw 1 } }, { props: { get a() { throw 1 } } }, { url: {} }, { u: Symbol("u") },
    { revenue: { toJSON() { throw 1 } } }, { interactive: NaN }, { callback: {} }, document, window,
    { props: document }, new Event("x"), Object.create(null), { props: new Map([[1, 2]]) }, { n: "x", d: 5, sd: {} },
  ])
  const events = [
    () => new MouseEvent("click", { bubbles: !!random(2), composed: !!random(2), cancelable: true }),
    () => new MouseEvent("auxclick", { bubbles: true, composed: true, button: random(4) }),
    () => new SubmitEvent("submit", { bubbles: true, cancelable: true }),
    () => new Event("submit", { bubbles: true }),
    () => new CustomEvent("click", { bubbles: true, detail: {} }),
    () => new PopStateEvent("popstate", { state: strange() }),
    () => new PageTransitionEvent("pageshow", { persisted: !!random(2) }),
    () => new Event(one(["scroll", "focus", "blur", "visibilitychange", "currententrychange"]), { bubbles: true }),
  ]
  const steps = [
    () => one(nodes).dispatchEvent(one(events)()),
    () => one(nodes).dispatchEvent(one(events)()),
    () => plausible(strange(), strange()),
    () => plausible(...[strange(), strange(), strange()]),
    () => history[one(["pushState", "replaceState"])]({}, "", one(["/a", "/b?x", "#y", "#y?z", "/b"])),
    () => one(nodes).remove?.(),
  ]
  // What the page's own objects throw is theirs: what comes through the tracker must not.
  for (let round = 150; round--; )
    try {
      one(steps)()
    } catch (error) {
      if (/stats\\.example/.test(error?.stack)) heard.push(error.stack)
    }
}
"""
STILL = """<script>
  for (const kind of ["click", "auxclick", "submit"]) addEventListener(kind, (event) => event.preventDefault(), true)
</script>"""


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("setup", SETUPS)
def test_a_random_page_hears_no_error_and_is_counted(same_tab, website: Website, recorder, setup, seed):
    same_tab.goto(website.page(f"{LISTEN}{STILL}<body>{setup}"))
    same_tab.wait_for_function("window.plausible?.t")
    same_tab.evaluate(FUZZ, seed)
    same_tab.evaluate("history.pushState({}, '', '/last'); plausible('Last')")
    events = sent(same_tab, recorder)

    assert same_tab.evaluate("heard") == []
    assert sum(event.get("n") == "Last" for event in events) == 1
    assert any(str(event.get("u")).endswith("/last") for event in events if event.get("n") == "pageview")
