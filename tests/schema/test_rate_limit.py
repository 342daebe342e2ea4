import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.rate_limit import RateLimit, SharedRateLimit

NOW = 1_790_000_000.25


def a_limit(per_minute: int) -> RateLimit:
    return RateLimit(per_minute, period_s=60)


def taken(limit: RateLimit, times: list[float]) -> int:
    return sum(limit.take(0, now=NOW + after_s) == 0 for after_s in times)


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
    assert taken(a_limit(60), times) == counted


@pytest.mark.parametrize("per_minute", [1, 7, 600, 999_983, 1_000_000])
def test_a_full_bucket_holds_exactly_a_minutes_worth(per_minute):
    limit = a_limit(per_minute)

    assert sum(limit.take(0, now=NOW) == 0 for _ in range(per_minute + 3)) == per_minute


@given(st.integers(1, 50), st.lists(st.floats(0, 30), max_size=300))
def test_no_minute_sees_more_than_twice_its_worth(per_minute, pauses_s):
    limit, now, counted = a_limit(per_minute), NOW, []
    for pause_s in pauses_s:
        now += pause_s
        if limit.take(0, now=now) == 0:
            counted.append(now)

    assert all(
        sum(first <= later < first + 60 for later in counted[position:]) <= 2 * per_minute
        for position, first in enumerate(counted)
    )


@given(st.integers(1, 600), st.lists(st.floats(0, 100), max_size=200))
def test_who_sends_no_faster_than_it_flows_in_is_never_limited(per_minute, pauses_s):
    limit, now = a_limit(per_minute), NOW

    for pause_s in pauses_s:
        now += 60 / per_minute + pause_s
        assert limit.take(0, now=now) == 0


@given(st.lists(st.floats(-1e8, 1e8), max_size=100), st.integers(1, 5))
def test_whatever_the_clock_does_a_bucket_is_full_again_a_minute_after(moves_s, per_minute):
    limit, now = a_limit(per_minute), NOW
    for move_s in moves_s:
        now += move_s
        limit.take(0, now=now)

    assert sum(limit.take(0, now=now + 61) == 0 for _ in range(per_minute)) == per_minute


def test_buckets_are_apart():
    limit = a_limit(1)

    assert [limit.take(key, now=NOW) for key in (0, 1, 0, 1)] == [0, 0, 60, 60]


@pytest.mark.parametrize(
    ("taken_at", "wait_s"),
    [
        pytest.param([0], 0, id="one of two"),
        pytest.param([0, 0], 30, id="both at once"),
        pytest.param([-10, -10], 20, id="both a while ago"),
        pytest.param([-29.5, -29.5], 1, id="nearly over"),
        pytest.param([-30, -30], 0, id="over"),
    ],
)
def test_a_refusal_says_when_the_next_one_is_allowed(taken_at, wait_s):
    limit = a_limit(2)
    for after_s in taken_at:
        assert limit.take(0, now=NOW + after_s) == 0

    assert wait_s == limit.take(0, now=NOW)


@pytest.mark.parametrize(
    ("given_back", "left"),
    [
        pytest.param(0, 0, id="nothing"),
        pytest.param(1, 1, id="one"),
        pytest.param(5, 3, id="more than was taken"),
    ],
)
def test_what_is_given_back_can_be_taken_again(given_back, left):
    limit = SharedRateLimit(3, period_s=60)
    key = limit.key(b"name")
    limit.charge(key, 3, now=NOW)
    for _ in range(given_back):
        limit.give_back(key, now=NOW)

    assert left == sum(limit.take(key, now=NOW) == 0 for _ in range(9))


@pytest.mark.parametrize(
    ("address", "other", "is_one_client"),
    [
        pytest.param(bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2]), False, id="two IPv4 addresses"),
        pytest.param(bytes(range(16)), bytes([*range(8), *bytes(8)]), True, id="two addresses of an IPv6 /64"),
        pytest.param(bytes(range(16)), bytes([*range(7), 99, *range(8, 16)]), False, id="two IPv6 networks"),
        pytest.param(b"", b"", True, id="no address"),
    ],
)
def test_a_client_is_an_ipv4_address_or_an_ipv6_network(address, other, is_one_client):
    limits = [SharedRateLimit(3, period_s=60) for _ in range(3)]  # two clients may share a bucket of one of them

    assert is_one_client == all(limit.client_key(address) == limit.client_key(other) for limit in limits)
