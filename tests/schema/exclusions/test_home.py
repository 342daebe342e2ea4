from ipaddress import ip_address

import pytest

from schema.exclusions import home
from schema.stores import key_file

KEY = b"a key"


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        pytest.param("192.0.2.7", "192.0.2.7", True, id="an address"),
        pytest.param("192.0.2.7", "192.0.2.8", False, id="its neighbour"),
        pytest.param("192.0.2.7", "::ffff:192.0.2.7", True, id="as IPv6 writes it"),
        pytest.param("2001:db8::1", "2001:db8::ffff:1", True, id="devices of one household"),
        pytest.param("2001:db8::1", "2001:db8:0:1::1", False, id="the next household"),
    ],
)
def test_a_home_is_an_ipv4_address_or_a_64(one: str, other: str, is_same: bool) -> None:
    assert is_same == (home.hash_of(one, key=KEY) == home.hash_of(other, key=KEY))


def test_a_hash_depends_on_the_key_and_equals_that_of_hits() -> None:
    written = home.hash_of("192.0.2.7", key=KEY)

    assert home.WRITTEN_HASH.fullmatch(written)
    assert written != home.hash_of("192.0.2.7", key=b"another")
    assert written == home.written(home.hashed(ip_address("192.0.2.7").packed, key=KEY))


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path) -> None:
    first = key_file.read(tmp_path, key_file.HOMES)

    assert (key_file.KEY_BYTES, first) == (len(first), key_file.read(tmp_path, key_file.HOMES))
    assert first != key_file.read(tmp_path, key_file.LINKS)
    assert {0o600} == {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
