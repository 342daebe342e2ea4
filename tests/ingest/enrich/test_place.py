import logging
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.enrich.place import Places
from ingest.enrich.place_table import NOWHERE, Place
from tests import mmdb
from tests.ingest.enrich.test_place_table import damage

PLACES = Places()
IN_LYON = {"country_code": "FR", "state1": "Auvergne-Rhône-Alpes", "city": "Lyon"}
LYON = Place("FR", region_name="Auvergne-Rhône-Alpes", city_name="Lyon")


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


def test_the_operators_table_goes_before_the_built_in_one(tmp_path):
    table = {"8.8.8.0/24": IN_LYON, "192.0.2.0/24": IN_LYON, "2001:4860::/32": IN_LYON}
    places = a_places(mmdb.write(tmp_path / "places.mmdb", table))

    assert LYON == located(places, "8.8.8.8")
    assert LYON == located(places, "::ffff:8.8.8.8")
    assert LYON == located(places, "192.0.2.1")
    assert LYON == located(places, "2001:4860:4860::8888")


def test_the_built_in_table_answers_where_the_operators_does_not(tmp_path):
    table = {"192.0.2.0/24": IN_LYON, "8.8.8.0/24": {"country_code": "ZZ"}}
    places = a_places(mmdb.write(tmp_path / "places.mmdb", table))

    assert Place("FR") == located(places, "90.1.2.3")
    assert Place("US") == located(places, "8.8.8.8")


def test_tables_of_a_directory_complete_each_other(tmp_path):
    mmdb.write(tmp_path / "dbip-city-ipv4.mmdb", {"192.0.2.0/24": IN_LYON}, ip_version=4)
    mmdb.write(tmp_path / "dbip-city-ipv6.mmdb", {"2001:db8::/32": IN_LYON | {"city": "Bron"}})
    places = a_places(tmp_path)

    assert located(places, "192.0.2.1").city_name == "Lyon"
    assert located(places, "2001:db8::1").city_name == "Bron"
    assert [publisher.credit for publisher in places.publishers] == ["IP Geolocation by DB-IP"]


def test_a_table_that_is_put_down_replaced_or_taken_away_is_followed(tmp_path):
    places = a_places(tmp_path / "geo")
    assert located(places, "192.0.2.1") == NOWHERE

    (tmp_path / "geo").mkdir()
    mmdb.write(tmp_path / "geo" / "places.mmdb", {"192.0.2.0/24": IN_LYON})
    places.refresh()
    assert located(places, "192.0.2.1").city_name == "Lyon"

    newer = mmdb.write(tmp_path / "newer", {"192.0.2.0/24": IN_LYON | {"city": "Bron"}})
    newer.replace(tmp_path / "geo" / "places.mmdb")
    places.refresh()
    assert located(places, "192.0.2.1").city_name == "Bron"

    (tmp_path / "geo" / "places.mmdb").unlink()
    places.refresh()
    assert located(places, "192.0.2.1") == NOWHERE
    assert places.publishers == ()


def test_a_file_that_is_no_table_is_said_once_and_done_without(tmp_path, caplog):
    (tmp_path / "places.mmdb").write_bytes(b"<html>please sign in</html>")

    places = a_places(tmp_path / "places.mmdb")
    places.refresh()

    assert [line.partition(": ")[0] for line in caplog.messages] == [
        f"the table of places {tmp_path}/places.mmdb can't be used"
    ]
    assert Place("FR") == located(places, "90.1.2.3")


def test_a_damaged_table_is_said_once_and_done_without_until_it_is_replaced(tmp_path, caplog):
    path = mmdb.write(tmp_path / "places.mmdb", {"90.0.0.0/8": IN_LYON | {"city": "Mountain View"}})
    damage(path)
    places = a_places(path)

    assert [Place("FR")] * 2 == [located(places, "90.1.2.3"), located(places, "90.1.2.4")]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "90.1.2" not in caplog.text

    mmdb.write(tmp_path / "newer", {"90.0.0.0/8": IN_LYON}).replace(path)
    places.refresh()
    assert LYON == located(places, "90.1.2.3")


def a_places(path):
    places = Places(path)
    places.refresh()
    return places


def located(places, address):
    return places.place(ip_address(address).packed)
