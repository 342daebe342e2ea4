from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.client_ip import UNKNOWN, pack
from ingest.exclusions import NO_RULE, Exclusions
from schema.exclusions import Exclusion, normal_network

SITE, OTHER_SITE = 1, 2


def a_rule(network: str, *, rule_id: int = 7, site_id: int | None = None) -> Exclusion:
    return Exclusion(rule_id, site_id, normal_network(network), "office")


def rule(exclusions: Exclusions, address: str, *, site_id: int = SITE) -> int:
    return exclusions.rule(pack(address), site_id=site_id)


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        pytest.param("192.0.2.7", "192.0.2.7", "192.0.2.8", id="one address"),
        pytest.param("192.0.2.0/24", "192.0.2.0", "192.0.1.255", id="the first of a network"),
        pytest.param("192.0.2.0/24", "192.0.2.255", "192.0.3.0", id="the last of a network"),
        pytest.param("192.0.2.0/31", "192.0.2.1", "192.0.2.2", id="two addresses"),
        pytest.param("128.0.0.0/1", "255.255.255.255", "127.255.255.255", id="half of the world"),
        pytest.param("192.0.2.0/24", "::ffff:192.0.2.7", "::ffff:192.0.3.7", id="a visitor in mapped form"),
        pytest.param("::ffff:192.0.2.0/120", "192.0.2.7", "192.0.3.7", id="a rule in mapped form"),
        pytest.param("192.0.2.0/24", "192.0.2.7", "::192.0.2.7", id="an ipv6 address that only looks mapped"),
        pytest.param("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1", id="one ipv6 address means its /64"),
        pytest.param("2001:db8::1/128", "2001:db8::1", "2001:db8::2", id="one ipv6 address alone"),
        pytest.param("2001:db8::/32", "2001:db8:ffff:ffff::", "2001:db9::", id="an ipv6 network"),
        pytest.param("::/8", "::1", "0.0.0.1", id="low ipv6 numbers are no ipv4"),
    ],
)
def test_a_rule_covers_its_network_and_no_neighbour(network, inside, outside):
    exclusions = Exclusions([a_rule(network)])

    assert rule(exclusions, inside) == 7
    assert rule(exclusions, outside) == NO_RULE


def test_a_rule_of_a_site_is_no_rule_of_another():
    exclusions = Exclusions([a_rule("192.0.2.0/24", site_id=SITE)])

    assert rule(exclusions, "192.0.2.7", site_id=SITE) == 7
    assert rule(exclusions, "192.0.2.7", site_id=OTHER_SITE) == NO_RULE


def test_a_rule_of_every_site_stands_beside_those_of_one():
    exclusions = Exclusions([a_rule("192.0.2.0/24", rule_id=1), a_rule("203.0.113.0/24", rule_id=2, site_id=SITE)])

    assert [1, 2] == [rule(exclusions, address) for address in ("192.0.2.7", "203.0.113.7")]


def test_rules_that_nest_cover_what_the_outer_one_covers():
    exclusions = Exclusions([a_rule("10.1.0.0/16", rule_id=1), a_rule("10.0.0.0/8", rule_id=2), a_rule("10.2.3.4")])

    assert [2, 2, 2] == [rule(exclusions, address) for address in ("10.1.2.3", "10.2.3.4", "10.255.0.1")]
    assert rule(exclusions, "11.0.0.0") == NO_RULE


def test_no_rules_exclude_nobody():
    assert rule(Exclusions(), "192.0.2.7") == NO_RULE


def test_an_unknown_address_is_in_no_network():
    assert Exclusions([a_rule("0.0.0.0/1"), a_rule("::/1")]).rule(UNKNOWN, site_id=SITE) == NO_RULE


def networks(bits: int) -> st.SearchStrategy[IPv4Network | IPv6Network]:
    # Close together, so that they nest and touch.
    numbers = st.integers(0, 1023).map(lambda number: number << (bits - 10))
    return st.builds(
        lambda number, prefix: ip_network((number.to_bytes(bits // 8), prefix), strict=False),
        numbers,
        st.integers(1, 12) | st.just(bits),
    )


NETWORKS = networks(32) | networks(128)
ADDRESSES = st.builds(
    lambda number, bits, low: ip_address(((number << (bits - 12)) + low).to_bytes(bits // 8)),
    st.integers(0, 4095),
    st.sampled_from([32, 128]),
    st.integers(0, 1),
)


@given(st.lists(st.tuples(NETWORKS, st.sampled_from([None, SITE, OTHER_SITE])), max_size=40), st.lists(ADDRESSES))
def test_the_answer_is_that_of_a_plain_reading_of_the_rules(scoped, addresses):
    rules = [Exclusion(place, site_id, str(network), "") for place, (network, site_id) in enumerate(scoped, start=1)]
    exclusions = Exclusions(rules)

    for address in addresses:
        covering = {
            known.id for known in rules if known.site_id in (None, SITE) and address in ip_network(known.network)
        }
        found = exclusions.rule(address.packed, site_id=SITE)
        assert found in covering if covering else found == NO_RULE
