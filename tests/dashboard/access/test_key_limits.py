"""Each API key has its own hourly limit."""

from dashboard.access.key_limits import HOUR_S, KeyLimits

NOW = 1_780_000_200.0


def test_a_key_may_make_so_many_requests_an_hour():
    clock = [NOW]
    limits = KeyLimits(lambda: clock[0], per_hour=2)

    assert [0, 0] == [limits.take(1) for _ in range(2)]
    assert HOUR_S - int(NOW) % HOUR_S == limits.take(1)
    assert 0 == limits.take(2)

    clock[0] += limits.take(1)
    assert 0 == limits.take(1)


def test_without_a_limit_any_number_is_accepted():
    limits = KeyLimits(lambda: NOW, per_hour=0)

    assert {0} == {limits.take(1) for _ in range(1000)}
