"""Find what must not be there: an address or a salt, in any form in which somebody could have written it down."""

import hashlib
import ipaddress
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

_HASHES = ("md5", "sha1", "sha256", "sha512", "blake2b", "blake2s")
_DIGEST_BYTES = 8  # of a digest: whoever cuts it shorter than that has collisions


def of_address(text: str) -> dict[str, bytes]:
    """Return name -> bytes for each form of an address. `packed` may stand for something else where it is short."""
    address = ipaddress.ip_address(text)
    mapped = ipaddress.ip_address(f"::ffff:{text}") if address.version == 4 else address
    texts = {"text": text, "exploded": mapped.exploded, "compressed": mapped.compressed, "number": str(int(address))}
    if address.version == 4:
        texts["mapped"] = f"::ffff:{text}"
        texts["reversed"] = address.reverse_pointer.removesuffix(".in-addr.arpa")
    forms = {name: form.encode() for name, form in texts.items()}
    forms |= {f"{name}, UTF-16": form.encode("utf-16-le") for name, form in texts.items()}
    forms |= of_bytes(address.packed) | {
        f"base64 of the text, {n}": form for n, form in enumerate(_base64(text.encode()))
    }
    for name in _HASHES:
        for written, content in (("text", text.encode()), ("packed", address.packed)):
            digest = hashlib.new(name, content).digest()[:_DIGEST_BYTES]
            forms |= {f"{name} of {written}, {form}": found for form, found in of_bytes(digest).items()}
    return forms


def of_bytes(secret: bytes) -> dict[str, bytes]:
    """Return name -> bytes for each form of some bytes."""
    forms = {"packed": secret, "packed backwards": secret[::-1]}
    forms |= {"hex": secret.hex().encode(), "HEX": secret.hex().upper().encode()}
    return forms | {f"base64, {number}": form for number, form in enumerate(_base64(secret))}


def found(forms: Mapping[str, bytes], places: Iterable[Path]) -> list[tuple[str, str]]:
    """Return which forms are in which files, those of directories included."""
    hits = []
    for file in _files(places):
        content = file.read_bytes()
        hits += [(name, str(file)) for name, form in forms.items() if form in content]
    return hits


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        yield from (file for file in place.rglob("*") if file.is_file()) if place.is_dir() else (place,)


def _base64(content: bytes) -> list[bytes]:
    """Return how it looks in Base64: alone, and inside of something at each of the three places where it can begin.

    Characters that the neighbours have a part in are left out, and so are pieces of less than six: they are everywhere.
    """
    pieces = [b64encode(content).rstrip(b"=")]
    for before in range(3):
        encoded = b64encode(bytes(before) + content)
        pieces.append(encoded[(0, 2, 3)[before] : (before + len(content)) * 8 // 6])
    long_enough = [piece for piece in pieces if len(piece) >= 6]
    return long_enough + [piece.replace(b"+", b"-").replace(b"/", b"_") for piece in long_enough]
