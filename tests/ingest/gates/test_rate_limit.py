from array import array
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.gates.rate_limit import MAX_PER_MINUTE, Buckets, RateLimits
from ingest.outcome import Reason
from ingest.request.client_ip import UNKNOWN, TrustedProxies, pack

NOW = 1_790_000_000.25
SITE, OTHER_SITE = 1, 2
VISITOR, OTHER = pack("198.51.100.7"), pack("203.0.113.9")


def a_bucket(per_minute: int) -> Buckets:
    return Buckets(per_minute, defaultdict(int))


def taken(bucket: Buckets, times: list[float]) -> int:
    return sum(bucket.take(0, now=NOW + after_s) for after_s in times)


@pytest.mark.parametrize(
    ("times", "counted"),
    [
        pytest.param([0] * 60, 60, id="a minute's worth at once"),
        pytest.param([0] * 61, 60, id="one more"),
        pytest.param([0] * 100 + [0.9], 60, id="soon after"),
        pytest.param([0] * 100 + [1], 61, id="a second after: one has flowed in"),
        pytest.param([0] * 100 + [30] * 100, 90, id="half a minute after: half"),
        pytest.param([0] * 100 + [60] * 100, 120, id="a minute after: all"),
        pytest.param([0] * 100 + [86_400] * 100, 120, id="a day after: no more than all"),
        pytest.param([second / 2 for second in range(240)], 60 + 119, id="twice as much as flows in, for two minutes"),
        pytest.param([float(second) for second in range(1000)], 1000, id="as much as flows in, for ever"),
        pytest.param([0] * 100 + [-3600] * 100, 120, id="the clock is put back an hour"),
    ],
)
def test_sixty_a_minute_are_a_minutes_worth_at_once_then_one_a_second(times, counted):
    assert taken(a_bucket(60), times) == counted


@pytest.mark.parametrize("per_minute", [1, 7, 600, 999_983, MAX_PER_MINUTE])
def test_a_full_bucket_holds_exactly_a_minutes_worth(per_minute):
    bucket = a_bucket(per_minute)

    assert sum(bucket.take(0, now=NOW) for _ in range(per_minute + 3)) == per_minute


@given(st.integers(1, 50), st.lists(st.floats(0, 30), max_size=300))
def test_no_minute_sees_more_than_twice_its_worth(per_minute, pauses_s):
    bucket, now, counted = a_bucket(per_minute), NOW, []
    for pause_s in pauses_s:
        now += pause_s
        if bucket.take(0, now=now):
            counted.append(now)

    assert all(
        sum(first <= later < first + 60 for later in counted[place:]) <= 2 * per_minute
        for place, first in enumerate(counted)
    )


@given(st.integers(1, 600), st.lists(st.floats(0, 100), max_size=200))
def test_who_sends_no_faster_than_it_flows_in_is_never_limited(per_minute, pauses_s):
    bucket, now = a_bucket(per_minute), NOW

    for pause_s in pauses_s:
        now += 60 / per_minute + pause_s
        assert bucket.take(0, now=now)


@given(st.lists(st.floats(-1e8, 1e8), max_size=100), st.integers(1, 5))
def test_whatever_the_clock_does_a_bucket_is_full_again_a_minute_after(moves_s, per_minute):
    bucket, now = a_bucket(per_minute), NOW
    for move_s in moves_s:
        now += move_s
        bucket.take(0, now=now)

    assert sum(bucket.take(0, now=now + 61) for _ in range(per_minute)) == per_minute


def test_buckets_are_apart():
    buckets = Buckets(1, array("q", bytes(16)))

    assert [buckets.take(number, now=NOW) for number in (0, 1, 0, 1)] == [True, True, False, False]


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

    assert [ours._bucket(address) for address in addresses] != [theirs._bucket(address) for address in addresses]
