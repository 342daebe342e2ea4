import pytest

from schema import exclusions, sites
from schema.condition import ExclusionError, normal_network
from schema.control import Control
from schema.exclusions import Exclusion


@pytest.mark.parametrize(
    ("text", "network"),
    [
        pytest.param("192.0.2.7", "192.0.2.7/32", id="one IPv4 address"),
        pytest.param(" 192.0.2.0/24 ", "192.0.2.0/24", id="an IPv4 network"),
        pytest.param("192.0.2.7/24", "192.0.2.0/24", id="an address and a length"),
        pytest.param("192.0.2.7/255.255.255.0", "192.0.2.0/24", id="an address and a mask"),
        pytest.param("2001:db8::1", "2001:db8::/64", id="one IPv6 address: its neighbours, too"),
        pytest.param("2001:db8::1/128", "2001:db8::1/128", id="one IPv6 address, that one alone"),
        pytest.param("2001:DB8:0:0::/48", "2001:db8::/48", id="an IPv6 network"),
        pytest.param("::ffff:192.0.2.7", "192.0.2.7/32", id="an IPv4 address in IPv6"),
        pytest.param("::ffff:192.0.2.0/120", "192.0.2.0/24", id="an IPv4 network in IPv6"),
        pytest.param("0.0.0.0/1", "0.0.0.0/1", id="half of everybody"),
    ],
)
def test_a_network_has_one_written_form(text: str, network: str) -> None:
    assert network == normal_network(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("office", id="a word"),
        pytest.param("192.0.2", id="three numbers"),
        pytest.param("192.0.2.256", id="a number too large"),
        pytest.param("192.0.2.0/33", id="a length too large"),
        pytest.param("192.0.2.1-192.0.2.9", id="a range"),
        pytest.param("192.0.2.1, 192.0.2.2", id="two of them"),
        pytest.param("2001:db8::/129", id="an IPv6 length too large"),
        pytest.param("[2001:db8::1]", id="brackets"),
    ],
)
def test_what_is_no_network_is_refused(control: Control, text: str) -> None:
    with pytest.raises(ExclusionError, match="is not a network: write it as in"):
        exclusions.add(control, exclusions.network(text, site_id=None, note=""), who="a test")

    assert [] == exclusions.list_all(control)


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96", "192.0.2.1/0"])
def test_a_network_of_everybody_is_refused(text: str) -> None:
    with pytest.raises(ExclusionError, match="covers everybody"):
        normal_network(text)


def test_rules_are_listed_oldest_first_and_removed_by_number(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="UTC")
    first = exclusions.add(control, exclusions.network("192.0.2.1", site_id=None, note="the office"), who="a test")
    second = exclusions.add(control, exclusions.network("192.0.2.2", site_id=site.id, note=""), who="a test")

    rule, at = exclusions.network("192.0.2.1/32", note="the office"), first.created_at
    assert Exclusion(1, rule, at, in_force_since=at) == first
    assert [first, second] == exclusions.list_all(control)
    exclusions.remove(control, first.id, who="a test")
    assert [second] == exclusions.list_all(control)
    with pytest.raises(ExclusionError, match="there is no exclusion 1"):
        exclusions.remove(control, first.id, who="a test")


def test_the_number_of_a_removed_rule_is_never_given_again(control: Control) -> None:
    first = exclusions.add(control, exclusions.network("192.0.2.1", site_id=None, note=""), who="a test")
    exclusions.remove(control, first.id, who="a test")

    assert first.id != exclusions.add(control, exclusions.network("192.0.2.2", site_id=None, note=""), who="a test").id


def test_a_forgotten_site_takes_its_own_rules_along(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="UTC")
    everybody_s = exclusions.add(control, exclusions.network("192.0.2.1", site_id=None, note=""), who="a test")
    exclusions.add(control, exclusions.network("192.0.2.2", site_id=site.id, note=""), who="a test")
    sites.remove(control, "example.org")
    sites.forget(control, site.id)

    assert [everybody_s] == exclusions.list_all(control)
