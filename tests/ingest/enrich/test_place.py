from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.enrich.place import NOWHERE, Place, Places

PLACES = Places()


@pytest.mark.parametrize(
    ("address", "country"),
    [
        pytest.param("8.8.8.8", "US", id="ipv4"),
        pytest.param("90.1.2.3", "FR", id="ipv4 in France"),
        pytest.param("2001:4860:4860::8888", "US", id="ipv6"),
        pytest.param("2a01:cb00::1", "FR", id="ipv6 in France"),
        pytest.param("::ffff:90.1.2.3", "FR", id="ipv4 in ipv6"),
    ],
)
def test_an_address_is_in_the_country_it_is_registered_in(address, country):
    assert Place(country) == PLACES.place(ip_address(address).packed)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("10.1.2.3", id="private"),
        pytest.param("127.0.0.1", id="this machine"),
        pytest.param("203.0.113.77", id="for documentation"),
        pytest.param("::1", id="this machine in ipv6"),
        pytest.param("fe80::1", id="link-local"),
        pytest.param("fd00::1", id="private ipv6"),
        pytest.param("::ffff:10.1.2.3", id="private ipv4 in ipv6"),
    ],
)
def test_an_address_of_no_country_is_nowhere(address):
    assert PLACES.place(ip_address(address).packed) == NOWHERE


def test_no_address_is_nowhere():
    assert PLACES.place(b"") == NOWHERE


@given(st.ip_addresses())
def test_any_address_is_somewhere_or_nowhere(address):
    place = PLACES.place(address.packed)

    assert place == NOWHERE or (len(place.country) == 2 and place.country.isupper())
