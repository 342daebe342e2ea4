"""Find what must not be there: an address or a salt, in any form in which somebody could have written it down."""

import hashlib
import ipaddress
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import re2

_Name = TypeVar("_Name")
_END = b"where the file ends: found in each, or the search has given up"
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


def found(forms: Mapping[_Name, bytes], places: Iterable[Path]) -> list[tuple[_Name, str]]:
    """Return which forms are in which files, those of directories included."""
    names = [*forms]
    search = _search([*forms.values(), _END])
    hits = []
    for file in _files(places):
        numbers = search.Match(file.read_bytes() + _END)
        assert len(names) in numbers, "the search has given up"
        hits += [(names[number], str(file)) for number in sorted(numbers) if number < len(names)]
    return hits


def _search(literals: Iterable[bytes]) -> Any:
    """Return a search for all of them at once: one by one, a thousand forms take ten seconds."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.literal = True
    options.max_mem = 1 << 28
    untyped: Any = re2.Set
    search = untyped.SearchSet(options)
    for literal in literals:
        search.Add(literal)
    search.Compile()
    return search


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
