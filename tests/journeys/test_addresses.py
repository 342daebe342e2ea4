import hashlib

import pytest

from tests.journeys.addresses import traces

ADDRESS = "2001:db8::cafe"
PACKED = b"\x20\x01\x0d\xb8" + bytes(10) + b"\xca\xfe"


@pytest.mark.parametrize(
    ("content", "encodings"),
    [
        pytest.param(b"from 2001:db8::cafe", ["text"], id="as people write it"),
        pytest.param(b"from 2001:DB8::CAFE", ["text"], id="in capitals"),
        pytest.param(b"\0" + PACKED + b"\0", ["bytes"], id="as the network carries it"),
        pytest.param(PACKED.hex().encode(), ["hexadecimal"], id="in hexadecimal"),
        pytest.param(hashlib.sha256(PACKED).digest(), ["sha256 of bytes"], id="hashed without a salt"),
        pytest.param(b"MjAwMTpkYjg6OmNhZmU=", ["base64 of text"], id="in base64"),
        pytest.param(b"from 2001:db8::caff", [], id="a neighbour's"),
    ],
)
def test_an_address_is_found_in_any_common_encoding(tmp_path, content, encodings):
    (tmp_path / "file").write_bytes(content)

    assert traces(ADDRESS, tmp_path) == [("file", encoding) for encoding in encodings]
