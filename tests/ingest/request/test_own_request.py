"""What a request says of its own browser: where it came by, which host it asked, and whether a form of ours sent it."""

import pytest

from ingest.request import own_request
from ingest.request.client_ip import Hop, TrustedProxies
from ingest.request.own_request import OwnRequest

VISITOR, STRANGER, PROXY, OUTER = "198.51.100.7", "203.0.113.9", "127.0.0.1", "10.0.0.2"
TRUSTED = TrustedProxies(["127.0.0.0/8", "10.0.0.0/8", "::1/128"])


def read(peer: str | None = PROXY, **headers: str) -> OwnRequest:
    lines = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "headers": lines, "client": (peer, 50_000) if peer else None}
    return own_request.read(scope, TRUSTED, header_names=frozenset({b"x-office"}))


@pytest.mark.parametrize(
    ("peer", "headers", "hops"),
    [
        pytest.param(VISITOR, {}, [(VISITOR, "client")], id="no proxy"),
        pytest.param(STRANGER, {"x_forwarded_for": VISITOR}, [(VISITOR, "ignored"), (STRANGER, "client")],
                     id="a stranger who claims to be a proxy"),
        pytest.param(STRANGER, {"x_plausible_ip": VISITOR}, [(STRANGER, "client")], id="by another header"),
        pytest.param(PROXY, {"x_forwarded_for": VISITOR}, [(VISITOR, "client"), (PROXY, "trusted")], id="one proxy"),
        pytest.param(PROXY, {"x_forwarded_for": f"{STRANGER}, {VISITOR}, {OUTER}"},
                     [(STRANGER, "ignored"), (VISITOR, "client"), (OUTER, "trusted"), (PROXY, "trusted")],
                     id="two proxies, and a claim"),
        pytest.param(PROXY, {"forwarded": f"for={VISITOR};proto=https, for={OUTER}"},
                     [(VISITOR, "client"), (OUTER, "trusted"), (PROXY, "trusted")], id="the standard header"),
        pytest.param(PROXY, {"x_forwarded_for": "::ffff:198.51.100.7"},
                     [("::ffff:198.51.100.7", "client"), (PROXY, "trusted")], id="a mapped address"),
        pytest.param(PROXY, {}, [(PROXY, "client")], id="a proxy that says nothing"),
        pytest.param(PROXY, {"x_plausible_ip": VISITOR}, [(VISITOR, "client"), (PROXY, "trusted")],
                     id="a header for one address"),
        pytest.param(None, {"x_forwarded_for": VISITOR}, [(VISITOR, "client"), ("a Unix socket", "trusted")],
                     id="a Unix socket"),
    ],
)  # fmt: skip
def test_the_way_of_a_request_is_told(peer, headers, hops):
    own = read(peer, **headers)

    assert own.hops == tuple(Hop(text, role) for text, role in hops)
    (client,) = [text for text, role in hops if role == "client"]
    assert own.shown_address == client.removeprefix("::ffff:")


@pytest.mark.parametrize(
    ("headers", "host"),
    [
        pytest.param({"host": "Example.org"}, "example.org", id="as it is"),
        pytest.param({"host": "example.org:8443"}, "example.org", id="with a port"),
        pytest.param({"host": "[2001:db8::1]:8443"}, "2001:db8::1", id="an address"),
        pytest.param({"host": "stats.example", "x_forwarded_host": "www.example.org"}, "www.example.org",
                     id="as a web server passes it on"),
        pytest.param({"host": "stats.example", "x_forwarded_host": "www.example.org, inner"}, "www.example.org",
                     id="as two pass it on"),
        pytest.param({}, "", id="unknown"),
    ],
)  # fmt: skip
def test_the_host_is_the_one_the_browser_asked(headers, host):
    assert read(**headers).host == host


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        pytest.param({"sec_fetch_site": "same-origin"}, True, id="of the same page"),
        pytest.param({"sec_fetch_site": "none"}, True, id="typed"),
        pytest.param({"sec_fetch_site": "same-site"}, False, id="of a neighbour"),
        pytest.param({"sec_fetch_site": "cross-site"}, False, id="of a stranger"),
        pytest.param({"sec_fetch_site": "cross-site", "origin": "https://example.org"}, False, id="who lies"),
        pytest.param({"origin": "https://example.org"}, True, id="by an old browser"),
        pytest.param({"origin": "https://example.org:8443"}, True, id="with a port"),
        pytest.param({"origin": "https://example.org.evil.example"}, False, id="of a stranger, by an old browser"),
        pytest.param({"origin": "null"}, False, id="of nowhere"),
        pytest.param({}, True, id="by a browser that says nothing"),
    ],
)
def test_a_form_is_taken_from_its_own_page_alone(headers, is_own):
    assert read(host="example.org", **headers).is_of_own_page is is_own


@pytest.mark.parametrize(
    ("address", "family", "is_private"),
    [
        pytest.param("9.9.9.9", "IPv4", False, id="public"),
        pytest.param("192.168.1.7", "IPv4", True, id="private"),
        pytest.param("2620:fe::fe", "IPv6", False, id="public, IPv6"),
        pytest.param("fd00::7", "IPv6", True, id="private, IPv6"),
    ],
)
def test_the_kind_of_an_address_is_told(address, family, is_private):
    own = read(peer=address)

    assert (own.family, own.is_private) == (family, is_private)


def test_headers_of_rules_are_those_of_a_trusted_proxy():
    assert read(x_office="yes", x_other="1").headers == {"x-office": "yes"}
    assert read(peer=STRANGER, x_office="yes").headers == {}
