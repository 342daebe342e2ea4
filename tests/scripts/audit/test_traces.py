"""The search that the proofs of the privacy guarantees use."""

import hashlib
import ipaddress
import os
from base64 import b64encode, urlsafe_b64encode
from contextlib import nullcontext
from pathlib import Path

import pytest

from scripts.audit import traces

ADDRESSES = ["203.0.113.77", "2001:db8::cafe"]
WRITTEN_DOWN = {
    "as text": lambda address: f"GET / from {address} at noon".encode(),
    "as text of JSON in UTF-16": lambda address: f'{{"ip": "{address}"}}'.encode("utf-16-le"),
    "as IPv6": lambda address: _v6(address).exploded.encode(),
    "as bytes": lambda address: b"\x00" + _packed(address) + b"\xff",
    "as bytes, low end first": lambda address: _packed(address)[::-1],
    "as a number": lambda address: str(int(ipaddress.ip_address(address))).encode(),
    "in hexadecimal": lambda address: _packed(address).hex().encode(),
    "in hexadecimal capitals": lambda address: _packed(address).hex().upper().encode(),
    "in Base64": lambda address: b64encode(address.encode()),
    "in Base64, after one byte": lambda address: b64encode(b"@" + address.encode() + b"@"),
    "in Base64, after two bytes": lambda address: b64encode(b"@@" + address.encode() + b"@"),
    "in Base64 of the bytes": lambda address: b64encode(_packed(address)),
    "in Base64 for URLs": lambda address: urlsafe_b64encode(_packed(address)),
    "as MD5": lambda address: hashlib.md5(address.encode()).hexdigest().encode(),
    "as SHA-1": lambda address: hashlib.sha1(address.encode()).digest(),
    "as SHA-256 of the bytes": lambda address: hashlib.sha256(_packed(address)).hexdigest().encode(),
    "as SHA-256, half of it": lambda address: hashlib.sha256(address.encode()).hexdigest()[:32].encode(),
    "as SHA-256 in Base64": lambda address: b64encode(hashlib.sha256(address.encode()).digest()),
}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("form", WRITTEN_DOWN)
def test_an_address_that_was_written_down_is_found(tmp_path: Path, address: str, form: str) -> None:
    file = tmp_path / "deep" / "down" / "file"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"before" + WRITTEN_DOWN[form](address) + b"after")

    assert {str(file)} == {place for _, place in traces.matches(traces.of_address(address), [tmp_path])}


@pytest.mark.parametrize("form", WRITTEN_DOWN)
def test_another_address_is_not_taken_for_it(tmp_path: Path, form: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(WRITTEN_DOWN[form]("203.0.114.77") + b"\n" + WRITTEN_DOWN[form]("2001:db8::bafe"))

    assert [] == [hit for address in ADDRESSES for hit in traces.matches(traces.of_address(address), [tmp_path])]


def _packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def _v6(address: str) -> ipaddress.IPv6Address:
    return ipaddress.IPv6Address(address if ":" in address else f"::ffff:{address}")


def test_a_form_across_two_pieces_is_detected(tmp_path, monkeypatch):
    monkeypatch.setattr(traces, "PIECE_BYTES", 1024)
    file = tmp_path / "log"
    file.write_bytes(b"x" * 1018 + b"203.0.113.77" + b"x" * 3000)

    assert [("text", str(file))] == traces.matches(traces.of_address("203.0.113.77"), [file])


def test_files_that_did_not_change_since_are_skipped(tmp_path):
    (tmp_path / "old").write_text("203.0.113.77")
    (tmp_path / "new").write_text("203.0.113.77")
    os.utime(tmp_path / "old", (1000, 1000))

    assert [tmp_path / "new"] == traces.files([tmp_path], since=2000)


def test_four_bytes_count_only_if_those_of_three_addresses_occur(tmp_path):
    addresses = ("203.0.113.77", "203.0.113.141", "198.51.100.213")
    file = tmp_path / "part"
    file.write_bytes(b"".join(map(_packed, addresses[:2])))
    by_chance = traces.of_addresses(addresses, [file])
    file.write_bytes(b"".join(map(_packed, addresses)))

    assert [] == by_chance
    assert set(addresses) == {address for address, _, _ in traces.of_addresses(addresses, [file])}


@pytest.mark.parametrize(("error", "is_raised"), [(FileNotFoundError, False), (PermissionError, True)])
def test_a_directory_that_is_deleted_meanwhile_is_skipped_but_not_one_that_is_closed(error, is_raised):
    with pytest.raises(PermissionError) if is_raised else nullcontext():
        traces._raise_unless_deleted(error())
