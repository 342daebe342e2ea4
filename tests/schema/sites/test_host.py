import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schema.sites.host import (
    ascii_host,
    host_of_domain,
    is_name,
    normal_domain,
    normal_host,
    of_authority,
    of_url,
    without_www,
)

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=120)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        pytest.param("example.org", "example.org", id="a plain name"),
        pytest.param(" Example.ORG. ", "example.org", id="capitals, white space and a final dot"),
        pytest.param("xn--mller-kva.example", "müller.example", id="an encoded name"),
        pytest.param("XN--Mller-KVA.Example.", "müller.example", id="an encoded name in capitals"),
        pytest.param("MÜLLER.example", "müller.example", id="an international name in capitals"),
        pytest.param("mu\u0308ller.example", "müller.example", id="a letter and its dots apart"),
        pytest.param("ｍüller。example", "müller.example", id="wide letters and an ideographic dot"),
        pytest.param("blog.xn--mller-kva.example", "blog.müller.example", id="an encoded word in the middle"),
        pytest.param("faß.example", "faß.example", id="a sharp s"),
        pytest.param("xn--fa-hia.example", "faß.example", id="a sharp s, encoded"),
        pytest.param("FASS.example", "fass.example", id="two letters instead of a sharp s"),
        pytest.param("xn--i-7iq.example", "i❤.example", id="an emoji"),
        pytest.param("i❤\ufe0f.example", "i❤.example", id="an emoji that asks for colour"),
        pytest.param("xn--mgbh0fb.example", "مثال.example", id="from right to left"),
        pytest.param("exa_mple.org", "exa_mple.org", id="an underscore"),
        pytest.param("xn--.example", "xn--.example", id="nothing encoded"),
        pytest.param("xn--a.example", "xn--a.example", id="what does not decode"),
        pytest.param("xn--99999999.example", "xn--99999999.example", id="what decodes beyond all characters"),
        pytest.param("xn--abc-.example", "xn--abc-.example", id="an encoded plain word"),
        pytest.param("xn--MLLER-5OA.example", "xn--mller-5oa.example", id="an encoded character that is not normal"),
        pytest.param("axn--mller-kva.example", "axn--mller-kva.example", id="an encoded word that begins otherwise"),
        pytest.param("xn--mller-kva" * 9, "xn--mller-kva" * 9, id="a word too long for the DNS"),
        pytest.param("", "", id="nothing"),
        pytest.param(".", "", id="the root"),
    ],
)
def test_a_host_has_one_form(text, host):
    assert host == normal_host(text)
    assert host == normal_host(host)


@pytest.mark.parametrize(
    ("host", "encoded"),
    [
        pytest.param("müller.example", "xn--mller-kva.example", id="an international name"),
        pytest.param("faß.example", "xn--fa-hia.example", id="a sharp s"),
        pytest.param("i❤.example", "xn--i-7iq.example", id="an emoji"),
        pytest.param("example.org", "example.org", id="a plain name"),
        pytest.param("2001:db8::1", "2001:db8::1", id="an address"),
    ],
)
def test_the_dns_has_a_form_of_its_own(host, encoded):
    assert encoded == ascii_host(host)


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        pytest.param("Example.org:443", "example.org", id="a default port"),
        pytest.param("example.org:8443", "example.org", id="another port"),
        pytest.param("ann:pw@xn--mller-kva.example.:80", "müller.example", id="a user, a final dot and a port"),
        pytest.param("m%C3%BCller.example", "müller.example", id="percent-encoded"),
        pytest.param("[2001:DB8:0:0::1]:80", "2001:db8::1", id="ipv6 in its long form"),
        pytest.param("2001:DB8::1", "2001:db8::1", id="ipv6 without brackets"),
        pytest.param("[::ffff:192.0.2.1]", "::ffff:192.0.2.1", id="ipv6 with ipv4 inside"),
        pytest.param("[2001:db8::1", "", id="an open bracket"),
        pytest.param("[example.org]", "", id="a name in brackets"),
        pytest.param("a:b:c", "", id="two colons and no address"),
    ],
)
def test_an_authority_has_a_host(authority, host):
    assert host == of_authority(authority)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        pytest.param("https://ann@Müller.example:8080/a?b#c", "müller.example", id="everything"),
        pytest.param("//example.org/a", "example.org", id="without a scheme"),
        pytest.param("https://example.org?a/b", "example.org", id="a query right after the host"),
        pytest.param("example.org/a", "", id="a path"),
        pytest.param("mailto:ann@example.org", "", id="an e-mail address"),
        pytest.param("/a//example.org", "", id="slashes in a path"),
    ],
)
def test_a_url_has_a_host(url, host):
    assert host == of_url(url)


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        pytest.param("example.org", True, id="a name"),
        pytest.param("localhost", True, id="one word"),
        pytest.param("müller.example", True, id="an international name"),
        pytest.param("i❤.example", True, id="an emoji"),
        pytest.param("exa_mple.org", True, id="an underscore"),
        pytest.param("xn--a.example", True, id="what does not decode"),
        pytest.param("", False, id="nothing"),
        pytest.param("a..example", False, id="two dots"),
        pytest.param("-a.example", False, id="a hyphen in front"),
        pytest.param("a-.example", False, id="a hyphen at the end"),
        pytest.param("exa mple.org", False, id="white space"),
        pytest.param("exa\u2028mple.org", False, id="a line separator"),
        pytest.param("\ud800.example", False, id="half a character"),
        pytest.param("Example.org", False, id="capitals"),
        pytest.param("ü" * 63 + ".example", False, id="a word too long once encoded"),
        pytest.param("a." * 127 + "example", False, id="too long"),
        pytest.param("2001:db8::1", False, id="an address"),
    ],
)
def test_a_name_can_be_in_the_dns(host, is_one):
    assert is_one is is_name(host)


@given(ANY_TEXT)
@example("xn--" + "9" * 59)
@example("xn--\ud800.example")
@example("%ff%00@[::1%eth0]")
def test_nothing_raises_and_every_form_is_final(text):
    host = normal_host(text)

    assert host == normal_host(host)
    assert isinstance((normal_domain(text), ascii_host(text), is_name(text), of_authority(text), of_url(text)), tuple)
    if is_name(host):
        assert host == normal_host(ascii_host(host))


@pytest.mark.parametrize(
    ("host", "rest"),
    [("www.example.org", "example.org"), ("www.www.org", "www.org"), ("wwwexample.org", "wwwexample.org"), ("www", "")],
)
def test_one_www_is_taken(host, rest):
    assert rest == without_www(host)


def test_a_domain_has_a_host():
    assert ["example.org"] * 4 == [
        host_of_domain(f"example.org{rest}") for rest in ("", ":8080", "/blog", ":8080/blog/2026")
    ]
