"""The page with the snippets to paste."""

from dashboard.outbound.request import Answer, OutboundError
from schema.sites import sites
from tests.dashboard.desk import Page


def test_every_snippet_is_there(desk, site):
    text = desk.page("/example.org/settings/install").text

    assert '<script defer data-domain="example.org" src="http://stats.test/js/script.js"></script>' in text
    assert '<script defer data-domain="example.org" data-api="/api/event" src="/js/script.js"></script>' in text
    assert "wp_enqueue_script( 'sillage', 'http://stats.test/js/script.js'" in text
    assert 'integrity="sha384-' in text
    assert f"http://stats.test/js/pa-{sites.script_id(desk.control, site)}.js" in text
    assert "http://stats.test/api/pixel.gif?d=example.org" in text
    assert "/js/script.local.js" in text
    assert "location = /api/event {" in text
    assert "handle @sillage { reverse_proxy http://stats.test {" in text
    assert '- url: "http://stats.test"' in text


def fetching(desk, *answers):
    """Have the check get these answers, in order, and return the URLs that it requests."""
    urls: list[str] = []
    left = list(answers)

    def fetch(url, *, limits):
        urls.append(url)
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Answer(url, 200, [], answer.encode())

    desk.provide(fetch=fetch)
    return urls


TAG = '<script defer data-domain="example.org" src="http://stats.test/js/script.js"></script>'


def test_a_page_is_requested_only_when_somebody_asks(desk, site):
    urls = fetching(desk, TAG, TAG)
    desk.page("/example.org/settings/install")
    before = list(urls)
    desk.post("/example.org/settings/install")

    assert ([], ["https://example.org"]) == (before, urls)


def test_the_check_says_what_is_wrong(desk, site):
    fetching(desk, TAG.replace("example.org", "exmaple.org"))
    page = Page(desk.post("/example.org/settings/install").text)

    assert 'The script tag names exmaple.org. Write data-domain="example.org".' in page.text


def test_a_site_without_https_is_requested_with_http(desk, site):
    refused = OutboundError("%(host)s refuses connections.", host="example.org")
    urls = fetching(desk, refused, TAG)
    page = Page(desk.post("/example.org/settings/install").text)

    assert ["https://example.org", "http://example.org"] == urls
    assert "The snippet on http://example.org is right." in page.text


def test_a_site_that_cannot_be_reached_is_named(desk, site):
    fetching(desk, OutboundError("%(host)s was not found. Check the address.", host="example.org"), OutboundError("x"))

    assert "example.org was not found. Check the address." in desk.post("/example.org/settings/install").text
