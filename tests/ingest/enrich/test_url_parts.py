import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.enrich.url_parts import MAX_HOST_CHARACTERS, host, is_address, split


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        pytest.param("https://a.example/b?c#d", ("https", "a.example", "/b", "c", "d"), id="everything"),
        pytest.param("HTTPS://A.Example", ("https", "A.Example", "", "", ""), id="the scheme ignores case"),
        pytest.param("//a.example/b", ("", "a.example", "/b", "", ""), id="without a scheme"),
        pytest.param("/b?c", ("", "", "/b", "c", ""), id="a path"),
        pytest.param("a.example/b", ("", "", "a.example/b", "", ""), id="a host without slashes is a path"),
        pytest.param("about:blank", ("about", "", "blank", "", ""), id="a scheme without a host"),
        pytest.param("/b:c//d", ("", "", "/b:c//d", "", ""), id="a colon behind a slash"),
        pytest.param("https://a.example?b/c", ("https", "a.example", "", "b/c", ""), id="a query right after the host"),
        pytest.param("https://a.example#b?c", ("https", "a.example", "", "", "b?c"), id="a question in the fragment"),
        pytest.param("", ("", "", "", "", ""), id="nothing"),
    ],
)
def test_a_url_has_parts(url, parts):
    assert parts == split(url)


@pytest.mark.parametrize(
    ("authority", "name"),
    [
        pytest.param("Example.ORG", "example.org", id="lower case"),
        pytest.param("example.org:8443", "example.org", id="no port"),
        pytest.param("www.example.org", "example.org", id="no www"),
        pytest.param("www.www.example.org", "www.example.org", id="one www only"),
        pytest.param("wwwexample.org", "wwwexample.org", id="www without a dot stays"),
        pytest.param("ann:secret@example.org", "example.org", id="no user, no password"),
        pytest.param("ann@example.com:pw@example.org", "example.org", id="an e-mail address as user"),
        pytest.param("[2001:db8::1]:80", "2001:db8::1", id="ipv6 without brackets and port"),
        pytest.param("ann@[2001:DB8::1]", "2001:db8::1", id="ipv6 in capitals, behind a user"),
        pytest.param("[::ffff:192.0.2.1]", "::ffff:192.0.2.1", id="ipv6 that ends like ipv4"),
        pytest.param("[2001:db8::1", "", id="a bracket that never closes"),
        pytest.param("[2001:db8::1]x", "", id="something behind the bracket"),
        pytest.param("[2001:db8::1::2]", "", id="no ipv6 in brackets"),
        pytest.param("[example.org]", "", id="a name in brackets"),
        pytest.param(" example.org\x00", "example.org", id="white space and control characters"),
        pytest.param(":80", "", id="a port alone"),
    ],
)
def test_a_host_is_a_bare_name(authority, name):
    assert name == host(authority)


@pytest.mark.parametrize(
    ("hostname", "is_one"),
    [
        pytest.param("192.0.2.1", True, id="ipv4"),
        pytest.param("2001:db8::1", True, id="ipv6"),
        pytest.param("3221225985", True, id="ipv4 as one number"),
        pytest.param("192.0.2.1.example", False, id="a name that begins like one"),
        pytest.param("1und1.de", False, id="a name with figures"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_addresses_are_told_from_names(hostname, is_one):
    assert is_one is is_address(hostname)


@given(st.text(st.characters(exclude_categories=()), max_size=500))
def test_any_text_has_parts_and_a_host_within_limits(text):
    name = host(split(text).authority)

    assert len(name) <= MAX_HOST_CHARACTERS
    assert "@" not in name
    assert "/" not in name
