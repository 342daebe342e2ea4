import pytest

from ingest.outcome import Reason
from ingest.request.client_ip import TrustedProxies, pack
from ingest.request.sender import Sender, read_sender, with_key

TRUSTED = TrustedProxies(["127.0.0.0/8"])
PROXY, VISITOR = "127.0.0.1", "198.51.100.7"
FORWARDED = {b"x-forwarded-for": VISITOR.encode(), b"user-agent": b"Browser/1"}


def sender(headers, *, peer: str | None = PROXY, header_names=frozenset()) -> Sender:
    client = (peer, 4711) if peer else None
    return read_sender({"client": client}, headers, trusted=TRUSTED, header_names=header_names)


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        pytest.param(PROXY, VISITOR, id="through a trusted proxy"),
        pytest.param("192.0.2.1", "192.0.2.1", id="through another machine"),
    ],
)
def test_a_trusted_proxy_names_the_address_of_its_visitor(peer, address):
    assert Sender(pack(address), "Browser/1") == sender(FORWARDED, peer=peer)


@pytest.mark.parametrize(
    ("headers", "user_agent"),
    [
        pytest.param({b"user-agent": b"Browser/1"}, "Browser/1", id="a name"),
        pytest.param({b"user-agent": b"\xff"}, "\xff", id="any byte"),
        pytest.param({}, "", id="no header"),
    ],
)
def test_a_user_agent_is_read_as_latin_1(headers, user_agent):
    assert user_agent == sender(headers).user_agent


def test_client_hints_are_read():
    assert sender({b"sec-ch-ua": b'"Browser";v="1"', b"sec-ch-ua-mobile": b"?1"}).hints.is_mobile
    assert not sender({}).hints.is_mobile


@pytest.mark.parametrize(
    ("peer", "reason", "headers"),
    [
        pytest.param(PROXY, Reason.DATACENTER, {"x-staff": "yes"}, id="from a trusted proxy"),
        pytest.param("192.0.2.1", None, {}, id="from anyone else"),
    ],
)
def test_signals_of_headers_count_from_a_trusted_proxy(peer, reason, headers):
    sent = {b"x-plausible-ip-type": b"dc_ip", b"x-staff": b"yes", b"x-other": b"no"}
    signals = sender(sent, peer=peer, header_names=frozenset({b"x-staff"})).signals

    assert (reason, headers) == (signals.reason, dict(signals.headers))


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        pytest.param({b"x-plausible-ip": VISITOR.encode()}, VISITOR, id="an address"),
        pytest.param({}, "192.0.2.1", id="no address"),
        pytest.param({b"x-plausible-ip": b"nonsense"}, "192.0.2.1", id="a text that is not an address"),
    ],
)
def test_a_program_with_a_key_names_its_visitor(headers, address):
    program = sender({b"user-agent": b"Browser/1"}, peer="192.0.2.1")

    assert Sender(pack(address), "Browser/1", has_key=True) == with_key(program, headers)
    assert not program.has_key


def test_a_program_with_a_key_is_trusted_with_the_kind_of_an_address():
    headers = {b"x-plausible-ip-type": b"threat_ip"}
    program = sender(headers, peer="192.0.2.1")

    assert (None, Reason.THREAT) == (program.signals.reason, with_key(program, headers).signals.reason)
