"""The script of a site, and the module: what plausible.init asks for, seen from the other end of the wire."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.journeys.recorder import Recorder
from tests.journeys.test_scripts import CLICK, HERE, STAY, own
from tests.journeys.test_tracker import LEAVE, SNIPPET, sent, sent_of
from tests.journeys.website import Website

pytestmark = pytest.mark.browser

QUEUE = """
window.plausible = window.plausible || function () { (plausible.q = plausible.q || []).push(arguments) };
plausible.init = plausible.init || function (options) { plausible.o = options || {} };
"""
SCRIPT = '<script async src="http://stats.example/js/pa-known.js"></script>'


@pytest.fixture
def begun(same_tab: Page, website: Website, recorder: Recorder) -> Callable[..., Any]:
    """Give a function that opens a page with init called, does things there, and returns what was sent."""

    def events(options: str, *steps: str, body: str = "", host: str = "site.example") -> Any:
        same_tab.goto(
            website.page(f"{STAY}<script>{QUEUE} plausible.init({options})</script>{SCRIPT}{body}", host=host)
        )
        for step in steps:
            same_tab.evaluate(step)
        return sent(same_tab, recorder)

    return events


def test_the_script_of_a_site_knows_for_whom_it_counts(begun):
    events = begun("{domain: 'other.example'}")

    assert events == [{"n": "pageview", "u": events[0]["u"], "r": "", "d": "site.example", "p": {}, "h": 0}]


def test_the_script_of_a_site_waits_for_init(same_tab, website: Website, recorder):
    same_tab.goto(website.page(f"<script>{QUEUE} plausible('Early')</script>{SCRIPT}"))
    before = sent(same_tab, recorder)
    same_tab.evaluate("plausible.init()")

    assert (before, sorted(event["n"] for event in sent(same_tab, recorder))) == ([], ["Early", "pageview"])


def test_a_page_without_the_queue_calls_init_itself(same_tab, website: Website, recorder):
    same_tab.goto(website.page(SCRIPT.replace("async ", "")))
    same_tab.evaluate("plausible.init()")

    assert [event["n"] for event in sent(same_tab, recorder)] == ["pageview"]


def test_a_second_init_changes_nothing(begun):
    events = begun("", "plausible.init({hashBasedRouting: true})", "plausible('Signup')")

    assert [(event["n"], event["h"]) for event in events] == [("pageview", 0), ("Signup", 0)]


@pytest.mark.parametrize(
    ("options", "steps", "expected"),
    [
        pytest.param("{autoCapturePageviews: false}", [], [], id="no page views"),
        pytest.param("{hashBasedRouting: true}", ["location.hash = 'a'"], ["", "#a"], id="fragments are pages"),
        pytest.param("{transformRequest: () => null}", [LEAVE], [], id="nothing passes"),
        pytest.param(
            "{transformRequest: event => ({...event, u: event.u + '?made'})}", [], ["?made"], id="another address"
        ),
    ],
)
def test_init_chooses_page_views(begun, same_tab, options, steps, expected):
    views = [event["u"].partition(".html")[2] for event in begun(options, *steps) if event["n"] != "engagement"]

    assert views == expected


def test_a_page_changed_on_its_way_is_reported_as_it_was_sent(begun):
    events = begun("{transformRequest: event => ({...event, u: 'http://site.example/secret'})}", LEAVE)

    assert [(event["n"], event["u"]) for event in events] == [
        ("pageview", f"{HERE}/secret"),
        ("engagement", f"{HERE}/secret"),
    ]


@pytest.mark.parametrize(
    ("custom", "expected"),
    [
        pytest.param("{a: 1, b: 2}", {"a": 1, "b": 3}, id="the same for all"),
        pytest.param("name => ({a: name})", {"a": "Signup", "b": 3}, id="by the event's name"),
    ],
)
def test_custom_properties_go_with_every_event(begun, custom, expected):
    events = begun(f"{{customProperties: {custom}}}", "plausible('Signup', {props: {b: 3}})")

    assert own(events) == [("Signup", expected)]


@pytest.mark.parametrize(
    ("options", "body", "step", "names"),
    [
        pytest.param("{}", "<a id=it href='http://other.example/'>", "click", [], id="no links by themselves"),
        pytest.param(
            "{outboundLinks: true}",
            "<a id=it href='http://other.example/'>",
            "click",
            ["Outbound Link: Click"],
            id="links to other sites",
        ),
        pytest.param("{}", "<a id=it href='/a.pdf'>", "click", [], id="no downloads by themselves"),
        pytest.param("{fileDownloads: true}", "<a id=it href='/a.pdf'>", "click", ["File Download"], id="downloads"),
        pytest.param(
            "{fileDownloads: {fileExtensions: ['iso']}}",
            "<a id=it href='/a.iso'>",
            "click",
            ["File Download"],
            id="an ending chosen",
        ),
        pytest.param(
            "{fileDownloads: {fileExtensions: ['iso']}}",
            "<a id=it href='/a.pdf'>",
            "click",
            [],
            id="a usual ending where others are chosen",
        ),
        pytest.param("{}", "<form id=it>", "submit", [], id="no forms by themselves"),
        pytest.param("{formSubmissions: true}", "<form id=it>", "submit", ["Form: Submission"], id="forms"),
        pytest.param(
            "{formSubmissions: true}", "<form id=it><input required>", "submit", [], id="a form not filled in"
        ),
        pytest.param(
            "{formSubmissions: true}",
            "<form id=it novalidate><input required>",
            "submit",
            ["Form: Submission"],
            id="a form that need not be filled in",
        ),
        pytest.param("{formSubmissions: true}", "<form id=it method=dialog>", "submit", [], id="a dialog that closes"),
        pytest.param("{formSubmissions: true}", "<form id=it method=DIALOG>", "submit", [], id="a DIALOG that closes"),
        pytest.param(
            "{formSubmissions: true}",
            "<form id=it method=post><input name=method value=dialog>",
            "submit",
            ["Form: Submission"],
            id="a form with a field of that name",
        ),
        pytest.param(
            "{formSubmissions: true}",
            "<form id=it><input name=matches><input name=getAttribute><input name=parentElement>",
            "submit",
            ["Form: Submission"],
            id="fields named after methods",
        ),
        pytest.param(
            "{formSubmissions: true, outboundLinks: true}",
            "<a href='http://other.example/'><form id=it>",
            "submit",
            ["Form: Submission"],
            id="a form in a link, which nobody follows",
        ),
        pytest.param(
            "{formSubmissions: true}",
            "<form id=it class='plausible-event-name=Buy'>",
            "submit",
            ["Buy"],
            id="a form with a name of its own",
        ),
    ],
)
def test_init_chooses_events_of_clicks_and_forms(begun, options, body, step, names):
    events = begun(options, CLICK % (step, 0), body=body)

    assert [name for name, _ in own(events)] == names


@pytest.mark.parametrize(
    ("form", "names"),
    [
        pytest.param("<form><button id=press>", ["Form: Submission"], id="sends"),
        pytest.param("<form><input required><button id=press formnovalidate>", ["Form: Submission"], id="sends anyway"),
        pytest.param("<form><input required><button id=press>", [], id="is held up"),
        pytest.param("<form><button id=press formmethod=dialog>", [], id="closes a dialog"),
        pytest.param(
            "<form method=dialog><button id=press formmethod=post>", ["Form: Submission"], id="sends a dialog"
        ),
    ],
)
def test_the_button_decides_what_a_form_does(same_tab, website: Website, recorder, form, names):
    stay = "addEventListener('submit', (event) => event.preventDefault())"
    init = f"<script>{QUEUE} plausible.init({{formSubmissions: true}}); {stay}</script>"
    same_tab.goto(website.page(init + SCRIPT + form))
    same_tab.evaluate("press.click()")

    assert [name for name, _ in own(sent(same_tab, recorder))] == names


@pytest.mark.parametrize(("options", "is_counted"), [("", False), ("captureInFrames: true", True)])
def test_init_decides_about_frames(same_tab, website: Website, recorder, options, is_counted):
    framed = website.page(f"<script>{QUEUE} plausible.init({{{options}}})</script>{SCRIPT}")
    same_tab.goto(website.page(f"<iframe src='{framed}'></iframe>"))

    assert len(sent_of("pageview", same_tab, recorder)) == is_counted


def test_in_hash_mode_a_query_behind_the_hash_is_no_new_page(begun):
    steps = [
        "location.hash = '/use?tab=1'",
        "location.hash = '/use?tab=2'",
        "history.replaceState({}, '', '#/install')",
    ]
    events = begun("{hashBasedRouting: true}", *steps)

    assert [event["u"].partition(".html")[2] for event in events if event["n"] == "pageview"] == [
        "",
        "#/use?tab=1",
        "#/install",
    ]


@pytest.mark.parametrize(("options", "is_counted"), [("{}", False), ("{captureOnLocalhost: true}", True)])
def test_init_decides_about_developers(begun, options, is_counted):
    assert len(begun(options, host="localhost")) == is_counted


@pytest.mark.parametrize(
    ("options", "said"),
    [pytest.param("{}", ["Not counted: pageview"], id="by itself"), pytest.param("{logging: false}", [], id="not")],
)
def test_an_event_that_is_not_counted_is_told_to_the_developer(begun, same_tab, options, said):
    messages: list[str] = []
    same_tab.on("console", lambda message: messages.append(message.text))
    begun(options, host="localhost")

    assert messages == said


def test_the_loaded_script_says_what_it_is(begun, same_tab):
    begun("{lib: 'shop'}")

    assert same_tab.evaluate("[plausible.s, plausible.l, typeof plausible.v]") == ["shop", True, "number"]


def test_both_ways_of_setting_up_count_once_together(same_tab, website: Website, recorder):
    same_tab.goto(website.page(f"<script>{QUEUE} plausible.init()</script>{SCRIPT}{SNIPPET}"))

    assert [event["n"] for event in sent(same_tab, recorder)] == ["pageview"]


# --- The module ---

MODULE = "import { init, track } from 'http://stats.example/js/script.mjs'; Object.assign(window, { init, track })"


@pytest.fixture
def module(same_tab: Page, website: Website) -> Page:
    """Give a page that has imported the module and not called it yet."""
    same_tab.goto(website.page(f"<script type='module'>{MODULE}</script>"))
    same_tab.wait_for_function("!!window.init")
    return same_tab


def test_the_module_counts_when_it_is_told_for_whom(module, recorder):
    module.evaluate("init({domain: 'site.example'}); track('Signup', {props: {plan: 'pro'}})")

    assert [(event["n"], event["d"], event["p"]) for event in sent(module, recorder)] == [
        ("pageview", "site.example", {}),
        ("Signup", "site.example", {"plan": "pro"}),
    ]


@pytest.mark.parametrize(
    ("call", "refusal"),
    [
        pytest.param("track('Signup')", "init comes before track", id="an event before init"),
        pytest.param("init({})", "init needs a domain", id="init for nobody"),
        pytest.param("init({domain: 'a'}), init({domain: 'a'})", "init comes once", id="init twice"),
    ],
)
def test_the_module_refuses(module, call, refusal):
    assert refusal in module.evaluate(f"() => {{ try {{ {call} }} catch (error) {{ return error.message }} }}")


@pytest.mark.parametrize(("options", "is_there"), [("", True), (", bindToWindow: false", False)])
def test_the_module_can_leave_the_window_alone(module, options, is_there):
    module.evaluate(f"init({{domain: 'site.example'{options}}})")

    assert module.evaluate("'plausible' in window") == is_there
