"""What each extension in a script's name brings, seen from the other end of the wire."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from ingest.pages.tracker_scripts import script_integrity
from tests.journeys.recorder import Recorder
from tests.journeys.test_tracker import LEAVE, sent
from tests.journeys.website import Website

pytestmark = pytest.mark.browser

HERE = "http://site.example"
# A click is made and its default forgotten, so that the page stays.
STAY = """<script>
  for (const kind of ["click", "auxclick", "submit"]) addEventListener(kind, (event) => event.preventDefault(), true)
</script>"""
CLICK = (
    "document.querySelector('#it').dispatchEvent(new MouseEvent('%s', {bubbles: true, cancelable: true, button: %d}))"
)


def script(name: str, attributes: str = "") -> str:
    return f'<script defer data-domain="site.example" {attributes} src="http://stats.example/js/{name}.js"></script>'


@pytest.fixture
def named(same_tab: Page, website: Website, recorder: Recorder) -> Callable[..., Any]:
    """Give a function that opens a page with a script of some name, does things there, and returns what was sent."""

    def events(name: str, *steps: str, attributes: str = "", body: str = "", host: str = "site.example") -> Any:
        same_tab.goto(website.page(STAY + script(name, attributes) + body, host=host))
        for step in steps:
            same_tab.evaluate(step)
        return sent(same_tab, recorder)

    return events


def own(events: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    """Return names and properties of the events other than page views, in order."""
    return [(event["n"], event.get("p", event.get("props"))) for event in events if event["n"] != "pageview"]


@pytest.mark.parametrize("name", ["plausible", "analytics", "p", "script.pageleave.revenue"])
def test_a_script_of_any_name_counts(named, name):
    assert [event["n"] for event in named(name)] == ["pageview"]


def test_hash_makes_fragments_pages(named):
    events = named("script.hash", "location.hash = '/use'")

    assert [(event["u"].partition("#")[2], event["h"]) for event in events if event["n"] == "pageview"] == [
        ("", 1),
        ("/use", 1),
    ]


def test_local_counts_developers(named):
    assert len(named("script.local", host="localhost")) == 1


def test_manual_counts_what_the_page_calls_alone(named):
    options = f"{{u: '{HERE}/by-hand', props: {{part: 'two'}}}}"
    events = named("script.manual", "history.pushState({}, '', '/other')", f"plausible('pageview', {options})", LEAVE)

    assert [(event["n"], event["u"], event["props"]) for event in events] == [
        ("pageview", f"{HERE}/by-hand", {"part": "two"}),
        ("engagement", f"{HERE}/by-hand", {"part": "two"}),
    ]


def test_compat_finds_its_tag_by_its_id(page, website: Website, recorder):
    loader = """
    <script id="plausible" data-domain="site.example" type="text/x-kept" src="http://stats.example/js/x.js"></script>
    <script type="module">
      const code = await (await fetch("http://stats.example/js/script.compat.js")).text();
      Function(code)();
    </script>"""
    page.goto(website.page(loader))

    assert [event["d"] for event in (one.event for one in recorder.take(1))] == ["site.example"]


def test_what_comes_with_compat_reads_the_tag_found_by_its_id(page, website: Website, recorder):
    loader = """
    <script id="plausible" data-domain="site.example" event-author="Ann" file-types="abc" type="text/x-kept"
      src="http://stats.example/js/x.js"></script>
    <a id="it" href="/a.abc">A file</a>
    <script type="module">
      const name = "script.compat.pageview-props.file-downloads.js";
      Function(await (await fetch("http://stats.example/js/" + name)).text())();
      it.onclick = (event) => event.preventDefault();
      it.click();
    </script>"""
    page.goto(website.page(loader))

    assert [(event["n"], event["p"]["author"]) for event in (one.event for one in recorder.take(2))] == [
        ("pageview", "Ann"),
        ("File Download", "Ann"),
    ]


def test_a_page_left_out_fails_at_no_extension(named):
    attributes = 'data-exclude="/**" event-author="Ann"'

    assert named("script.exclusions.hash.pageview-props", LEAVE, attributes=attributes) == []


@pytest.mark.parametrize(
    ("attributes", "path", "is_counted"),
    [
        pytest.param('data-exclude="/private"', "/private", False, id="the page"),
        pytest.param('data-exclude="/private"', "/private/", False, id="the page with a slash at the end"),
        pytest.param('data-exclude="/private"', "/private/deep", True, id="a page below it"),
        pytest.param('data-exclude="/private/*"', "/private/deep", False, id="a star, one part"),
        pytest.param('data-exclude="/private/*"', "/private/deep/er", True, id="a star, two parts"),
        pytest.param('data-exclude="/private/**"', "/private/deep/er", False, id="two stars, two parts"),
        pytest.param('data-exclude="/other, /pri*te"', "/private", False, id="the second of a list"),
        pytest.param('data-exclude="/a.b"', "/axb", True, id="a dot, which is a dot"),
        pytest.param('data-include="/blog/**"', "/blog/one", True, id="what is let in"),
        pytest.param('data-include="/blog/**"', "/shop", False, id="what is not let in"),
        pytest.param('data-include="/**" data-exclude="/shop"', "/shop", False, id="what is let in and left out"),
    ],
)
def test_exclusions_choose_pages(named, attributes, path, is_counted):
    start = '<script>history.replaceState({}, "", "%s")</script>' % path  # noqa: UP031
    events = named("script.exclusions", "plausible('Signup')", LEAVE, attributes=attributes, body=start)

    assert [event["n"] for event in events] == (["pageview", "Signup", "engagement"] if is_counted else ["Signup"])


def test_pageview_props_go_with_every_event(named):
    attributes = 'event-author="Ann" event-logged-in="true"'
    steps = ["plausible('Signup', {props: {author: 'Bob'}})", LEAVE]
    events = named("script.pageview-props", *steps, attributes=attributes)

    assert [(event["n"], event["p"]) for event in events] == [
        ("pageview", {"author": "Ann", "logged-in": "true"}),
        ("Signup", {"author": "Bob", "logged-in": "true"}),
        ("engagement", {"author": "Ann", "logged-in": "true"}),
    ]


@pytest.mark.parametrize(
    ("link", "click", "url"),
    [
        pytest.param(
            '<a id=it href="http://other.example/a?b=1">', ("click", 0), "http://other.example/a?b=1", id="one"
        ),
        pytest.param('<a href="http://other.example/"><b id=it>', ("click", 0), "http://other.example/", id="around"),
        pytest.param('<a id=it href="http://other.example/">', ("auxclick", 1), "http://other.example/", id="middle"),
        pytest.param('<a id=it href="http://other.example/">', ("auxclick", 2), None, id="the right button"),
        pytest.param('<a id=it href="/about.html">', ("click", 0), None, id="a link within the site"),
        pytest.param('<a id=it href="mailto:a@b.example">', ("click", 0), None, id="a link to write a letter"),
        pytest.param("<a id=it>", ("click", 0), None, id="no link"),
        pytest.param(
            '<svg><a href="http://other.example/"><text id=it>', ("click", 0), "http://other.example/", id="in SVG"
        ),
        pytest.param(
            '<svg><a xlink:href="//other.example/a"><text id=it>', ("click", 0), "http://other.example/a", id="xlink"
        ),
        pytest.param('<svg><a href="/a"><text id=it>', ("click", 0), None, id="in SVG, within the site"),
        pytest.param(
            '<a href="/a"><svg><use id=it href="http://other.example/">', ("click", 0), None, id="no SVG link"
        ),
        pytest.param("<svg><a><text id=it>", ("click", 0), None, id="an SVG link to nowhere"),
        pytest.param(
            '<map><area id=it href="http://other.example/">', ("click", 0), "http://other.example/", id="an area"
        ),
        pytest.param("<map><area id=it nohref>", ("click", 0), None, id="an area to nowhere"),
        pytest.param('<a id=it href="http://[other">', ("click", 0), None, id="an invalid address"),
        pytest.param(
            '<a href="http://other.example/"><form><input name=closest><input name=matches><b id=it>',
            ("click", 0),
            "http://other.example/",
            id="around fields named after methods",
        ),
    ],
)
def test_outbound_links_are_events(named, link, click, url):
    events = named("script.outbound-links", CLICK % click, body=link)

    assert own(events) == ([("Outbound Link: Click", {"url": url})] if url else [])


# Puts a link into a shadow root.
SHADOW = """
window.root = document.querySelector('#host').attachShadow({ mode: '%s' })
root.innerHTML = '<a href="http://other.example/"><b>x</b></a>'
"""


@pytest.mark.parametrize(
    ("mode", "around", "url"),
    [
        pytest.param("open", "<p id=host>", "http://other.example/", id="open"),
        pytest.param("closed", "<p id=host>", None, id="closed, in which nothing is seen"),
        pytest.param("closed", "<a href='http://third.example/'><p id=host>", "http://third.example/", id="in a link"),
    ],
)
def test_links_in_a_shadow_root_are_events(named, mode, around, url):
    events = named("script.outbound-links", SHADOW % mode, "root.querySelector('b').click()", body=around)

    assert own(events) == ([("Outbound Link: Click", {"url": url})] if url else [])


@pytest.mark.parametrize(
    ("attributes", "path", "is_download"),
    [
        pytest.param("", "/a.pdf", True, id="a usual ending"),
        pytest.param("", "/a.pdf?b=c.html", True, id="before a query"),
        pytest.param("", "/a.html?b=c.pdf", False, id="in a query"),
        pytest.param("", "/Report.PDF", True, id="in capitals"),
        pytest.param("", "/Report.PDF?b=c#d", True, id="in capitals, before a query"),
        pytest.param("", "/apdf", False, id="the same letters without a dot"),
        pytest.param("", "/a.pdf/b", False, id="in the name of a folder"),
        pytest.param("", "/a.pdfx", False, id="an ending that starts alike"),
        pytest.param('file-types="ISO"', "/a.iso", True, id="chosen in capitals"),
        pytest.param("", "/a.iso", False, id="another ending"),
        pytest.param("", "/pdf", False, id="no ending"),
        pytest.param('file-types="iso,img"', "/a.iso", True, id="an ending chosen"),
        pytest.param('file-types="iso,img"', "/a.pdf", False, id="a usual one where others are chosen"),
        pytest.param('add-file-types="iso,img"', "/a.img", True, id="an ending added"),
        pytest.param('add-file-types="iso,img"', "/a.pdf", True, id="a usual one where others are added"),
    ],
)
def test_file_downloads_are_events(named, attributes, path, is_download):
    events = named(
        "script.file-downloads", CLICK % ("click", 0), attributes=attributes, body=f'<a id=it href="{path}">'
    )

    expected = [("File Download", {"url": HERE + path.partition("?")[0]})]
    assert own(events) == (expected if is_download else [])


def test_a_download_from_another_site_is_an_outbound_link(named):
    link = '<a id=it href="http://other.example/a.pdf">'
    events = named("script.file-downloads.outbound-links", CLICK % ("click", 0), body=link)

    assert [name for name, _ in own(events)] == ["Outbound Link: Click"]


@pytest.mark.parametrize(
    ("body", "step", "expected"),
    [
        pytest.param("<b id=it class='plausible-event-name=Buy+now'>", "click", ("Buy now", {}), id="a name"),
        pytest.param("<b id=it class='plausible-event-name--Buy'>", "click", ("Buy", {}), id="a name with dashes"),
        pytest.param(
            "<b id=it class='plausible-event-name=Buy plausible-event-plan=big+one'>",
            "click",
            ("Buy", {"plan": "big one"}),
            id="a property",
        ),
        pytest.param(
            "<a class='plausible-event-name=Buy' href='http://other.example/'><b id=it>",
            "click",
            ("Buy", {"url": "http://other.example/"}),
            id="a link, which does not count as an outbound link then",
        ),
        pytest.param("<p class='plausible-event-name=Buy'><i><u><b id=it>", "click", ("Buy", {}), id="three around"),
        pytest.param("<p class='plausible-event-name=Buy'><i><u><s><b id=it>", "click", None, id="four around"),
        pytest.param("<form id=it class='plausible-event-name=Buy'>", "submit", ("Buy", {}), id="a form sent"),
        pytest.param("<form class='plausible-event-name=Buy'><b id=it>", "click", None, id="a click in a form"),
        pytest.param("<b id=it class='plausible-event-plan=big'>", "click", None, id="no name"),
    ],
)
def test_tagged_elements_are_events(named, body, step, expected):
    events = named("script.tagged-events.outbound-links", CLICK % (step, 0), body=body)

    assert own(events) == ([expected] if expected else [])


def test_a_tagged_element_tells_what_was_earned(named):
    tags = "plausible-event-name=Buy plausible-revenue-amount=9.5 plausible-revenue-currency=EUR"
    events = named("script.tagged-events.revenue", CLICK % ("click", 0), body=f"<b id=it class='{tags}'>")

    assert events[-1]["revenue"] == {"amount": "9.5", "currency": "EUR"}


def test_a_script_without_extensions_hears_no_clicks(named):
    link = "<a id=it class='plausible-event-name=Buy' href='http://other.example/a.pdf'>"

    assert own(named("script", CLICK % ("click", 0), body=link)) == []


def test_a_page_that_stops_its_clicks_is_heard_all_the_same(named):
    link = "<p onclick='event.stopPropagation()'><a id=it href='http://other.example/'>"

    assert len(own(named("script.outbound-links", CLICK % ("click", 0), body=link))) == 1


@pytest.mark.parametrize(
    ("integrity", "is_run"),
    [
        pytest.param(script_integrity(), True, id="that it is"),
        pytest.param(f"sha384-{'A' * 64}", False, id="that it is not"),
    ],
)
def test_a_pinned_script_runs_when_it_is_the_one(named, integrity, is_run):
    assert len(named("script", attributes=f'integrity="{integrity}" crossorigin="anonymous"')) == is_run
