import pytest

from dashboard.outbound import csp

PAGE = "https://www.example.org/"
SCRIPT = "https://stats.example/js/script.js"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param("", True, id="no policy"),
        pytest.param("img-src 'none'", True, id="a policy about something else"),
        pytest.param("default-src 'self'", False, id="a default for all"),
        pytest.param("default-src 'none'; script-src https://stats.example", True, id="the origin"),
        pytest.param("script-src stats.example", True, id="the host"),
        pytest.param("script-src *.example", True, id="all hosts below"),
        pytest.param("script-src *.stats.example", False, id="only hosts below it"),
        pytest.param("script-src other.example", False, id="another host"),
        pytest.param("script-src http://stats.example", True, id="the same host without TLS"),
        pytest.param("script-src https:", True, id="a scheme"),
        pytest.param("script-src *", True, id="everything"),
        pytest.param("script-src 'none'", False, id="nothing"),
        pytest.param("script-src 'unsafe-inline'", False, id="inline scripts"),
        pytest.param("script-src https://stats.example:8443", False, id="another port"),
        pytest.param("script-src https://stats.example:443/js/", True, id="a port and a directory"),
        pytest.param("script-src https://stats.example/js/other.js", False, id="another file"),
        pytest.param("script-src-elem 'none'; script-src *", False, id="the narrower directive"),
        pytest.param("script-src *; script-src 'none'", True, id="a repeated directive"),
        pytest.param("script-src 'self', script-src *", False, id="two policies"),
        pytest.param("script-src 'strict-dynamic' https:", False, id="hosts are ignored"),
        pytest.param("script-src 'strict-dynamic' 'nonce-abc'", True, id="the nonce of the tag"),
    ],
)
def test_a_policy_lets_a_script_load_or_not(policy, expected):
    assert expected == csp.allows_script(csp.parse(policy), SCRIPT, page_url=PAGE, nonce="abc")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param("default-src 'self'", False, id="only the page's own host"),
        pytest.param("default-src 'self'; connect-src 'self' https://stats.example", True, id="the origin"),
        pytest.param("script-src 'none'", True, id="a policy about scripts"),
    ],
)
def test_a_policy_lets_events_be_sent_or_not(policy, expected):
    assert expected == csp.allows_request(csp.parse(policy), "https://stats.example/api/event", page_url=PAGE)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://www.example.org/api/event", True, id="the same origin"),
        pytest.param("https://example.org/api/event", False, id="another host"),
        pytest.param("https://www.example.org:8443/api/event", False, id="another port"),
    ],
)
def test_self_is_the_origin_of_the_page(url, expected):
    assert expected == csp.allows_request(csp.parse("connect-src 'self'"), url, page_url=PAGE)
