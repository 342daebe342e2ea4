import pytest

from ingest.request.client_ip import UNKNOWN, TrustedProxies, client_ip, named_ip, pack

VISITOR, OTHER, PROXY, SECOND_PROXY = "198.51.100.7", "203.0.113.9", "127.0.0.1", "10.0.0.2"
VISITOR_6 = "2001:db8::cafe"
TRUSTED = TrustedProxies(["127.0.0.0/8", "10.0.0.0/8", "::1/128", "fd00::/8"])


def found(peer: str | None, **headers: str) -> bytes:
    named = {name.replace("_", "-").encode(): value.encode("latin-1") for name, value in headers.items()}
    return client_ip(peer, named, TRUSTED)


@pytest.mark.parametrize(
    "header", ["x_forwarded_for", "x_plausible_ip", "cf_connecting_ip", "b_forwarded_for", "forwarded"]
)
def test_a_stranger_cannot_claim_another_address(header):
    claim = f"for={OTHER}" if header == "forwarded" else OTHER

    assert pack(VISITOR) == found(VISITOR, **{header: claim})
    assert pack(OTHER) == found(PROXY, **{header: claim})


@pytest.mark.parametrize(
    ("chain", "address"),
    [
        pytest.param(VISITOR, VISITOR, id="one proxy"),
        pytest.param(f"{VISITOR}, {SECOND_PROXY}", VISITOR, id="two proxies deep"),
        pytest.param(f"{VISITOR}, {SECOND_PROXY}, 10.9.9.9", VISITOR, id="three proxies deep"),
        pytest.param(f"{OTHER}, {VISITOR}", VISITOR, id="what the visitor claimed himself stands left"),
        pytest.param(f"{OTHER}, {VISITOR}, {SECOND_PROXY}", VISITOR, id="a claim left of two proxies"),
        pytest.param(f"127.0.0.1, {VISITOR}", VISITOR, id="a claim to be a proxy of ours"),
        pytest.param(f"10.1.1.1, {SECOND_PROXY}", "10.1.1.1", id="nobody but proxies: a visitor from inside"),
        pytest.param(VISITOR_6, VISITOR_6, id="ipv6"),
        pytest.param(f"{VISITOR_6},fd00::1", VISITOR_6, id="an ipv6 proxy"),
        pytest.param(f"::ffff:{VISITOR}", VISITOR, id="mapped ipv6 is ipv4"),
        pytest.param(f"{VISITOR}, ::ffff:{SECOND_PROXY}", VISITOR, id="a proxy in mapped form"),
        pytest.param(f"{VISITOR}:51234", VISITOR, id="with a port"),
        pytest.param(f"[{VISITOR_6}]:443", VISITOR_6, id="brackets and a port"),
        pytest.param(f"{OTHER}, nonsense", PROXY, id="garbage from the nearest proxy: the peer, never hearsay"),
        pytest.param(f"{OTHER}, nonsense, {SECOND_PROXY}", SECOND_PROXY, id="garbage behind a proxy: that proxy"),
        pytest.param("unknown", PROXY, id="nothing but garbage"),
        pytest.param(f"{VISITOR},", PROXY, id="an empty last entry"),
        pytest.param("\xff\x00", PROXY, id="bytes that are no text"),
    ],
)
def test_behind_proxies_the_right_most_stranger_of_the_chain_counts(chain, address):
    assert pack(address) == found(PROXY, x_forwarded_for=chain)


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        pytest.param(f"for={VISITOR}", VISITOR, id="plain"),
        pytest.param(f"For={VISITOR};proto=https;by=10.0.0.1", VISITOR, id="upper case, among other pairs"),
        pytest.param(f'proto=https;for="[{VISITOR_6}]:4711"', VISITOR_6, id="ipv6, quoted, with a port"),
        pytest.param(f'for="{VISITOR}:80"', VISITOR, id="ipv4, quoted, with a port"),
        pytest.param(f"for={OTHER}, for={VISITOR}, for={SECOND_PROXY}", VISITOR, id="a chain"),
        pytest.param(f"for={VISITOR}, for=_hidden", PROXY, id="a hidden hop ends the search"),
        pytest.param("for=unknown", PROXY, id="unknown"),
        pytest.param(f"for={OTHER}, proto=https", PROXY, id="the nearest proxy does not say for whom"),
        pytest.param("proto=https", PROXY, id="no client in it"),
    ],
)
def test_the_standard_header_is_read_as_a_chain(forwarded, address):
    assert pack(address) == found(PROXY, forwarded=forwarded)


@pytest.mark.parametrize("header", ["x_plausible_ip", "cf_connecting_ip", "b_forwarded_for"])
def test_a_trusted_program_speaks_for_its_visitor(header):
    assert pack(VISITOR) == found(PROXY, **{header: VISITOR})
    assert pack(VISITOR) == found(PROXY, **{header: f"{VISITOR}, {OTHER}"})
    assert pack(PROXY) == found(PROXY, **{header: "nonsense"})


@pytest.mark.parametrize(
    ("chain", "address"),
    [
        pytest.param({}, OTHER, id="no chain: the program's word"),
        pytest.param({"x_forwarded_for": VISITOR}, VISITOR, id="a chain: the header came from the visitor"),
        pytest.param({"forwarded": f"for={VISITOR}"}, VISITOR, id="a chain in the standard header"),
        pytest.param({"x_forwarded_for": "nonsense"}, PROXY, id="a chain of garbage"),
    ],
)
def test_a_forwarding_chain_outweighs_the_single_address_headers(chain, address):
    assert pack(address) == found(PROXY, x_plausible_ip=OTHER, **chain)


def test_a_unix_socket_is_a_program_of_this_machine():
    assert pack(VISITOR) == found(None, x_forwarded_for=VISITOR)
    assert pack(VISITOR) == found(None, x_plausible_ip=VISITOR)
    assert found(None) == UNKNOWN


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        pytest.param(VISITOR, VISITOR, id="ipv4"),
        pytest.param(VISITOR_6, VISITOR_6, id="ipv6"),
        pytest.param(f"::ffff:{VISITOR}", VISITOR, id="ipv4 on a socket for both"),
        pytest.param("fe80::1%eth0", "fe80::1", id="with a zone"),
    ],
)
def test_without_headers_it_is_the_peer(peer, address):
    assert pack(address) == found(peer)


def test_a_mapped_trusted_peer_may_forward():
    assert pack(VISITOR) == found(f"::ffff:{PROXY}", x_forwarded_for=VISITOR)
    assert pack(OTHER) == found(f"::ffff:{OTHER}", x_forwarded_for=VISITOR)


@pytest.mark.parametrize(
    "text", ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "::g", "[]", "a:1", ":80", "1.2.3.4\0", "é", "0x7f.1", "1 2"]
)
def test_what_is_no_address_is_unknown(text):
    assert pack(text) == UNKNOWN


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        pytest.param("192.0.2.0/24", "192.0.2.255", "192.0.3.0", id="ipv4"),
        pytest.param("192.0.2.1", "192.0.2.1", "192.0.2.2", id="one address"),
        pytest.param("192.0.2.77/24", "192.0.2.1", "192.0.1.255", id="host bits set"),
        pytest.param("2001:db8::/32", "2001:db8:ffff::", "2001:db9::", id="ipv6"),
        pytest.param("::/0", "2001:db8::1", "192.0.2.1", id="all of ipv6 holds no ipv4"),
        pytest.param("::ffff:192.0.2.0/120", "192.0.2.9", "192.0.3.9", id="ipv4 in mapped form"),
    ],
)
def test_a_network_is_trusted_as_written(network, inside, outside):
    trusted = TrustedProxies([network])

    assert pack(inside) in trusted
    assert pack(outside) not in trusted


def test_an_unknown_address_is_never_in_a_trusted_network():
    assert UNKNOWN not in TrustedProxies(["0.0.0.0/0", "::/0"])


def test_a_network_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"proxy\.example"):
        TrustedProxies(["proxy.example"])


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        pytest.param({"x_plausible_ip": VISITOR}, VISITOR, id="by its own header"),
        pytest.param({"x_plausible_ip": VISITOR, "x_forwarded_for": OTHER}, VISITOR, id="which outweighs a chain"),
        pytest.param({"x_forwarded_for": VISITOR}, VISITOR, id="by a chain"),
        pytest.param({"x_forwarded_for": f"{VISITOR}, {OTHER}, 10.0.0.2"}, VISITOR, id="to which proxies added"),
        pytest.param({"forwarded": f"for={VISITOR}, for={OTHER}"}, VISITOR, id="by the standard header"),
        pytest.param({"x_forwarded_for": VISITOR, "cf_connecting_ip": OTHER}, VISITOR, id="a CDN on the way"),
        pytest.param({"cf_connecting_ip": VISITOR}, VISITOR, id="by a CDN's header alone"),
        pytest.param({"b_forwarded_for": f"{VISITOR},{OTHER}"}, VISITOR, id="by another CDN's"),
        pytest.param({"x_plausible_ip": "nonsense", "x_forwarded_for": VISITOR}, VISITOR, id="garbage and a chain"),
        pytest.param({"x_plausible_ip": f"[{VISITOR_6}]:443"}, VISITOR_6, id="with brackets and a port"),
        pytest.param({"x_plausible_ip": "nonsense"}, None, id="garbage"),
        pytest.param({}, None, id="not at all"),
    ],
)
def test_a_sender_with_a_key_names_its_visitor(headers, address):
    named = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}

    assert named_ip(named) == (pack(address) if address else UNKNOWN)
