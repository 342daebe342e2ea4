"""The estimated share of the last day's hits that a rule matches, from counters."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ingest.gates.recent_hits import ENOUGH, MAX_USER_AGENT_CHARACTERS, MAX_VALUES, MIN_HITS, PERIOD_S, RecentHits
from ingest.request.client_ip import pack
from schema.exclusions import rules

ANSWERS = {"home.example.org": ["198.51.100.0/24"]}
FIREFOX, MONITOR = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Acme-Monitor/1.0"


def note(
    recent_hits: RecentHits,
    address: str,
    *,
    times: int = 1,
    user_agent: str = FIREFOX,
    page_host: str = "example.org",
    path: str = "/",
    referrer: str = "",
    site_id: int = 1,
) -> None:
    for _ in range(times):
        recent_hits.note(
            site_id, pack(address), user_agent=user_agent, page_host=page_host, path=path, referrer=referrer
        )


def share(recent_hits: RecentHits, fields: Mapping[str, Any], *, site_id: int | None = None) -> float | None:
    rule = rules.read(fields, site_id=site_id, now=0)
    country_of: Callable[[bytes], str] = lambda address: "FR" if address[0] == 192 else "BE"  # noqa: E731
    return recent_hits.share(rule, answers=ANSWERS, country_of=country_of)


@pytest.fixture
def recent_hits() -> RecentHits:
    """Return a day of 1,000 hits: half from one network, a quarter from another, 10 % by a monitor, 10 % on a draft."""
    recent_hits = RecentHits()
    note(recent_hits, "192.0.2.7", times=100, referrer="www2.spam.example/buy")
    note(recent_hits, "192.0.2.7", times=200, referrer="search.example")
    note(recent_hits, "192.0.2.200", times=100, path="/draft")
    note(recent_hits, "192.0.2.8", times=100, user_agent=MONITOR)
    note(recent_hits, "198.51.100.7", times=250, page_host="staging.example.org")
    note(recent_hits, "2001:db8:1:2::7", times=150)
    note(recent_hits, "2001:db8:2::7", times=100)
    return recent_hits


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        pytest.param({"network": "192.0.2.0/24"}, 0.5, id="a network"),
        pytest.param({"network": "192.0.0.0/16"}, 0.5, id="one around it"),
        pytest.param({"network": "192.0.2.7"}, 0.5, id="an address is taken for its network"),
        pytest.param({"referrer": "spam.example"}, 0.1, id="a referrer"),
        pytest.param({"referrer": ["spam.example", "*.example"]}, 0.3, id="referrers"),
        pytest.param({"referrer": "other.example"}, 0.0, id="a referrer that sent nobody"),
        pytest.param({"network": "192.0.3.0/24"}, 0.0, id="its neighbour"),
        pytest.param({"network": ["192.0.2.0/25", "192.0.2.128/25"]}, 0.5, id="its halves are not counted twice"),
        pytest.param({"network": "2001:db8:1::/48"}, 0.15, id="an ipv6 network"),
        pytest.param({"network": "2001:db8:1:2::/64"}, 0.15, id="a part of it is taken for all"),
        pytest.param({"network": "2001:db8::/32"}, 0.25, id="a large ipv6 network"),
        pytest.param({"network": "2001:db8:3::/48"}, 0.0, id="another ipv6 network"),
        pytest.param({"host_name": "home.example.org"}, 0.25, id="a host name"),
        pytest.param({"host_name": "gone.example.org"}, 0.0, id="a host name without an address"),
        pytest.param({"country": "FR"}, 0.5, id="a country"),
        pytest.param({"page_host": "*.example.org"}, 0.25, id="a host"),
        pytest.param({"path": "/dr*"}, 0.1, id="a path"),
        pytest.param({"user_agent": "acme"}, 0.1, id="a user agent"),
        pytest.param({"user_agent_pattern": "^Acme"}, 0.1, id="a pattern"),
        pytest.param({"header": "X-Office: yes"}, 0.0, id="a header is not counted"),
        pytest.param({"home": f"home-{'0' * 32}"}, 0.0, id="a home is not counted"),
        pytest.param({"not": {"network": "192.0.2.0/24"}}, 0.5, id="not"),
        pytest.param({"any": [{"path": "/draft"}, {"user_agent": "acme"}]}, 0.2, id="any of"),
        pytest.param({"any": [{"country": "FR"}, {"country": "BE"}, {"path": "/draft"}]}, 1.0, id="at most all"),
        pytest.param({"network": "192.0.2.0/24", "path": "/draft"}, 0.1, id="all of: at most the least"),
    ],
)
def test_the_share_of_hits_that_a_rule_matches(recent_hits, fields, part):
    assert share(recent_hits, fields) == pytest.approx(part)


def test_a_rule_of_a_site_is_weighed_against_its_hits(recent_hits):
    note(recent_hits, "192.0.2.7", times=1000, site_id=2)

    assert share(recent_hits, {"network": "192.0.2.0/24"}, site_id=1) == 0.5
    assert share(recent_hits, {"network": "192.0.2.0/24"}, site_id=2) == 1.0
    assert share(recent_hits, {"network": "192.0.2.0/24"}) == 0.75
    assert share(recent_hits, {"network": "192.0.2.0/24"}, site_id=3) is None


def test_too_few_hits_give_no_estimate():
    recent_hits = RecentHits()
    note(recent_hits, "192.0.2.7", times=MIN_HITS - 1)
    assert share(recent_hits, {"network": "192.0.2.0/24"}) is None

    note(recent_hits, "198.51.100.7")
    assert share(recent_hits, {"network": "192.0.2.0/24"}) == pytest.approx((MIN_HITS - 1) / MIN_HITS)


def test_counters_cover_one_day(recent_hits):
    recent_hits.tick(0.0)
    note(recent_hits, "203.0.113.7", times=500)
    recent_hits.tick(PERIOD_S - 1)
    assert share(recent_hits, {"network": "203.0.113.0/24"}) == pytest.approx(1 / 3)

    recent_hits.tick(PERIOD_S)
    note(recent_hits, "198.51.100.7", times=500)
    assert share(recent_hits, {"network": "203.0.113.0/24"}) == pytest.approx(1 / 2)

    recent_hits.tick(2 * PERIOD_S)
    assert share(recent_hits, {"network": "203.0.113.0/24"}) == 0.0


def test_counters_are_empty_after_a_day_without_hits(recent_hits):
    recent_hits.tick(0.0)
    note(recent_hits, "203.0.113.7", times=500)
    recent_hits.tick(3 * PERIOD_S)

    assert share(recent_hits, {"network": "203.0.113.0/24"}) is None


def test_many_hits_are_sampled():
    recent_hits = RecentHits()
    note(recent_hits, "192.0.2.7", times=ENOUGH)
    note(recent_hits, "198.51.100.7", times=ENOUGH)

    assert share(recent_hits, {"network": "192.0.2.0/24"}) == pytest.approx(0.5, abs=0.001)


def test_values_beyond_the_limit_are_not_counted():
    recent_hits = RecentHits()
    for number in range(ENOUGH):
        note(recent_hits, f"10.{number // 256}.{number % 256}.1", path=f"/{number}")
    for number in range(16 * MAX_VALUES):
        recent_hits.note(1, b"\x0b" + number.to_bytes(3), user_agent="", page_host="", path=f"/more/{number}")

    known = recent_hits._now[1]
    assert len(known.paths) <= MAX_VALUES
    assert known.total == ENOUGH + 16 * MAX_VALUES


@pytest.mark.parametrize(
    ("addresses", "hides"),
    [
        pytest.param(["10.0.0.1"] * MIN_HITS, True, id="all from one private address"),
        pytest.param(["fd00::1"] * MIN_HITS, True, id="all from one private ipv6 address"),
        pytest.param(["10.0.0.1"] * (MIN_HITS - 1), False, id="too few"),
        pytest.param(["9.9.9.9"] * MIN_HITS, False, id="a public one"),
        pytest.param(["10.0.0.1", "10.0.0.2"] * MIN_HITS, False, id="two"),
        pytest.param(["10.0.0.1"] * MIN_HITS + ["9.9.9.9"], False, id="no more"),
        pytest.param(["9.9.9.9"] + ["10.0.0.1"] * MIN_HITS, True, id="of late"),
        pytest.param(["nonsense"] * MIN_HITS, False, id="no address at all"),
    ],
)
def test_a_proxy_that_hides_client_addresses_is_detected(addresses, hides):
    recent_hits = RecentHits()
    for address in addresses:
        note(recent_hits, address)

    assert recent_hits.hides_clients is hides


def test_hits_may_arrive_while_a_rule_is_weighed(recent_hits):
    def country_of(_address: bytes) -> str:
        note(recent_hits, "203.0.113.7")
        note(recent_hits, "192.0.2.7", site_id=2)
        return "FR"

    rule = rules.read({"country": "FR"}, site_id=None, now=0)

    assert recent_hits.share(rule, answers=ANSWERS, country_of=country_of) is not None


@pytest.mark.parametrize(
    ("user_agent", "length"),
    [
        pytest.param("Firefox/140", 11, id="as long as most"),
        pytest.param("a" * 60_000, MAX_USER_AGENT_CHARACTERS, id="as long as a header may be"),
    ],
)
def test_long_user_agents_are_truncated(user_agent, length):
    recent_hits = RecentHits()
    recent_hits.note(1, pack("203.0.113.7"), user_agent=user_agent, page_host="", path="/")

    assert [length] == [len(known) for known in recent_hits._now[1].user_agents]
