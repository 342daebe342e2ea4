import pytest

from dashboard.outbound.home_page import Expected, problems
from dashboard.outbound.request import Answer

EXPECTED = Expected(("example.org", "old.example"), "https://stats.example", "abc123", "sha384-now")
TAG = '<script defer data-domain="example.org" src="https://stats.example/js/script.js"></script>'


def said(html: str, *, url: str = "https://example.org/", status: int = 200, **headers: str) -> list[str]:
    sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return [str(sentence) for sentence in problems(Answer(url, status, sent, html.encode()), EXPECTED)]


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(TAG, id="the tag"),
        pytest.param(TAG.replace("example.org", "shop.example, www.example.org"), id="one of several domains"),
        pytest.param('<script src="https://stats.example/js/script.js"></script>', id="without a domain, on its host"),
        pytest.param('<script async src="https://stats.example/js/pa-abc123.js"></script>', id="the site's own script"),
        pytest.param(
            '<script data-domain=example.org data-api="/api/event" src="/js/script.js"></script>', id="first-party"
        ),
        pytest.param(TAG.replace("script.js", "script.hash.outbound-links.js"), id="a variant"),
        pytest.param(TAG.replace("/js/script.js", "/js/p.js"), id="another name of the script"),
        pytest.param(f"{TAG.replace('example.org', 'other.example')}{TAG}", id="beside the tag of another site"),
        pytest.param(TAG.replace("defer", 'integrity="sha384-old sha384-now"'), id="pinned"),
    ],
)
def test_a_right_snippet_has_no_problem(html):
    assert [] == said(f"<html><head>{html}</head></html>")


@pytest.mark.parametrize(
    ("html", "sentence"),
    [
        pytest.param("<p>Hello", "The script tag is not in the HTML of https://example.org/.", id="no tag"),
        pytest.param(f"<!-- {TAG} -->", "The script tag is not in the HTML", id="a comment"),
        pytest.param('<script src="https://[/js/script.js">', "The script tag is not in the HTML", id="a broken URL"),
        pytest.param(
            TAG.replace("example.org", "shop.example"),
            'names shop.example. Write data-domain="example.org".',
            id="domain",
        ),
        pytest.param(TAG.replace("example.org", "old.example"), "names the former domain old.example.", id="former"),
        pytest.param(
            '<script src="https://stats.example/js/pa-zzz.js">', "loads the script of another site", id="another script"
        ),
        pytest.param(
            TAG.replace("https://stats.example", "https://cdn.example"),
            "The script comes from cdn.example, and not from https://stats.example.",
            id="another server",
        ),
        pytest.param(TAG.replace("https://stats", "http://stats"), "browsers block the script", id="without TLS"),
        pytest.param(TAG.replace("defer", 'type="text/plain"'), "has the type text/plain", id="held back"),
        pytest.param(TAG.replace("defer", 'integrity="sha384-old"'), "pins an older version", id="pinned before"),
        pytest.param(
            f"<meta http-equiv=Content-Security-Policy content=\"script-src 'self'\">{TAG}",
            "blocks the script. Add https://stats.example to its script-src.",
            id="a policy in the page",
        ),
    ],
)
def test_what_is_wrong_is_said(html, sentence):
    assert [True] == [sentence in one for one in said(html)]


def test_a_policy_in_the_headers_blocks_events():
    policy = "script-src https://stats.example; connect-src 'self'"

    assert ["The Content-Security-Policy of the page blocks events. Add https://stats.example to its connect-src."] == (
        said(TAG, content_security_policy=policy)
    )


def test_a_page_that_is_not_there_has_a_status():
    assert ["https://example.org/ answers with the status 503."] == said(TAG, status=503)


@pytest.mark.parametrize("charset", ["utf-16", "nonsense", "latin-1"])
def test_any_encoding_is_read(charset):
    assert len(said(TAG, content_type=f"text/html; charset={charset}")) < 2
