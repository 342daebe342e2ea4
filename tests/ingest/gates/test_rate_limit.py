from array import array

import pytest

from ingest.gates.rate_limit import RateLimits
from ingest.outcome import Reason
from ingest.request.client_ip import UNKNOWN, TrustedProxies, pack

NOW = 1_790_000_000.25
SITE, OTHER_SITE = 1, 2
VISITOR, OTHER = pack("198.51.100.7"), pack("203.0.113.9")


def reasons(limits: RateLimits, *addresses: bytes, site_id: int = SITE) -> list[Reason | None]:
    return [limits.reason(address, site_id=site_id, now=NOW) for address in addresses]


@pytest.mark.parametrize(
    ("first", "second", "are_one"),
    [
        pytest.param("198.51.100.7", "198.51.100.7", True, id="one address"),
        pytest.param("198.51.100.7", "198.51.100.8", False, id="its neighbour"),
        pytest.param("2001:db8::1", "2001:db8::ffff:1", True, id="an ipv6 network"),
        pytest.param("2001:db8::1", "2001:db8:0:1::1", False, id="the network beside it"),
        pytest.param("198.51.100.7", "::ffff:198.51.100.7", True, id="mapped ipv6 is ipv4"),
    ],
)
def test_a_client_is_an_address_or_an_ipv6_network(first, second, are_one, monkeypatch):
    monkeypatch.setattr("secrets.token_bytes", bytes)  # a key under which none of these share a bucket
    limits = RateLimits(client_per_minute=1)

    expected = Reason.RATE_LIMITED_CLIENT if are_one else None
    assert reasons(limits, pack(first), pack(second)) == [None, expected]


def test_a_client_is_limited_over_all_sites_together():
    limits = RateLimits(client_per_minute=1)

    assert reasons(limits, VISITOR) == [None]
    assert reasons(limits, VISITOR, site_id=OTHER_SITE) == [Reason.RATE_LIMITED_CLIENT]


def test_a_site_is_limited_over_all_clients_together():
    limits = RateLimits(site_per_minute=2)

    assert reasons(limits, VISITOR, OTHER, VISITOR) == [None, None, Reason.RATE_LIMITED_SITE]
    assert reasons(limits, VISITOR, site_id=OTHER_SITE) == [None]


def test_what_a_client_sends_over_its_limit_takes_nothing_from_its_site():
    limits = RateLimits(client_per_minute=1, site_per_minute=2)

    assert reasons(limits, VISITOR, *[VISITOR] * 3) == [None, *[Reason.RATE_LIMITED_CLIENT] * 3]
    assert limits.reason(VISITOR, site_id=SITE, now=NOW + 60) is None
    assert limits.reason(VISITOR, site_id=OTHER_SITE, now=NOW + 60) is Reason.RATE_LIMITED_CLIENT


@pytest.mark.parametrize(
    ("address", "is_limited"),
    [
        pytest.param(VISITOR, True, id="a visitor"),
        pytest.param(pack("127.0.0.1"), False, id="a proxy of ours that names nobody"),
        pytest.param(UNKNOWN, False, id="a program on a socket of this machine"),
    ],
)
def test_only_strangers_are_limited(address, is_limited):
    limits = RateLimits(client_per_minute=1, trusted=TrustedProxies(["127.0.0.0/8"]))

    assert (reasons(limits, address, address)[1] is Reason.RATE_LIMITED_CLIENT) == is_limited


@pytest.mark.parametrize(
    ("charges", "left"),
    [
        pytest.param([], 10, id="nothing"),
        pytest.param([1], 9, id="one"),
        pytest.param([4, 3], 3, id="several"),
        pytest.param([10], 0, id="all"),
        pytest.param([1000, 1000], 0, id="more than there is: no debt beyond the minute"),
    ],
)
def test_what_a_client_is_charged_is_gone_from_its_bucket_for_a_minute(charges, left):
    limits = RateLimits(client_per_minute=10)
    for count in charges:
        limits.charge(VISITOR, count=count, now=NOW)

    assert left == reasons(limits, *[VISITOR] * 11).count(None)
    assert [None] == reasons(limits, OTHER)
    assert limits.reason(VISITOR, site_id=SITE, now=NOW + 60) is None


def test_a_request_that_is_not_a_hit_counts_among_the_hits_of_its_client():
    limits = RateLimits(client_per_minute=2, trusted=TrustedProxies(["127.0.0.0/8"]))

    assert [None, True, False] == [*reasons(limits, VISITOR), *(limits.admits(VISITOR, now=NOW) for _ in range(2))]
    assert limits.admits(OTHER, now=NOW)
    assert all(limits.admits(pack("127.0.0.1"), now=NOW) for _ in range(5))
    assert all(RateLimits(site_per_minute=1).admits(VISITOR, now=NOW) for _ in range(5))


def test_a_charge_takes_nothing_from_a_site_and_does_nothing_without_limits():
    limits = RateLimits(site_per_minute=1)
    limits.charge(VISITOR, count=1000, now=NOW)

    assert [None] == reasons(limits, VISITOR)


def test_without_limits_nothing_is_limited():
    assert set(reasons(RateLimits(), *[VISITOR] * 10_000)) == {None}


def test_a_flood_of_addresses_takes_no_more_memory_than_one():
    limits = RateLimits(client_per_minute=600)
    assert limits._clients is not None
    buckets = limits._clients._full_at
    assert isinstance(buckets, array)
    before = len(buckets), buckets.itemsize

    reasons(limits, *(number.to_bytes(4) for number in range(100_000)))

    assert (len(buckets), buckets.itemsize) == before


def test_which_bucket_is_whose_is_another_matter_in_every_process():
    ours, theirs = RateLimits(client_per_minute=1), RateLimits(client_per_minute=1)
    addresses = [number.to_bytes(4) for number in range(20)]

    assert ours._clients is not None
    assert theirs._clients is not None
    assert [*map(ours._clients.client_key, addresses)] != [*map(theirs._clients.client_key, addresses)]
