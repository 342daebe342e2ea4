"""Search files for what must not be in them: an address or a salt, in any form in which it may have been written.

Files are read in pieces that overlap, because logs may be larger than memory.
"""

import hashlib
import ipaddress
import os
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import re2

_Name = TypeVar("_Name")
PIECE_BYTES = 16 * 1024 * 1024
OVERLAP_BYTES = 256  # longer than every form
_END = b"a text at the end of every piece: unless it matches, the search has stopped early"
_HASHES = ("md5", "sha1", "sha256", "sha512", "blake2b", "blake2s")
_DIGEST_BYTES = 8  # of a digest; shorter pieces of it occur by chance
MIN_SHORT_ADDRESSES = 3
_BASE64_CHARACTERS = 6  # shorter pieces occur everywhere


def of_address(text: str) -> dict[str, bytes]:
    """Return name -> bytes for each form of an address. `packed` of IPv4 has four bytes, which occur by chance."""
    address = ipaddress.ip_address(text)
    mapped = ipaddress.ip_address(f"::ffff:{text}") if address.version == 4 else address
    texts = {"text": text, "exploded": mapped.exploded, "compressed": mapped.compressed, "number": str(int(address))}
    if address.version == 4:
        texts["mapped"] = f"::ffff:{text}"
        texts["reversed"] = address.reverse_pointer.removesuffix(".in-addr.arpa")
    forms = {name: form.encode() for name, form in texts.items()}
    forms |= {f"{name}, UTF-16": form.encode("utf-16-le") for name, form in texts.items()}
    forms |= of_bytes(address.packed)
    forms |= {f"base64 of the text, {number}": form for number, form in enumerate(_base64(text.encode()))}
    for name in _HASHES:
        for written, content in (("text", text.encode()), ("packed", address.packed)):
            digest = hashlib.new(name, content).digest()[:_DIGEST_BYTES]
            forms |= {f"{name} of {written}, {form}": literal for form, literal in of_bytes(digest).items()}
    return forms


def of_bytes(secret: bytes) -> dict[str, bytes]:
    """Return name -> bytes for each form of some bytes."""
    forms = {"packed": secret, "packed backwards": secret[::-1]}
    forms |= {"hex": secret.hex().encode(), "HEX": secret.hex().upper().encode()}
    return forms | {f"base64, {number}": form for number, form in enumerate(_base64(secret))}


def matches(forms: Mapping[_Name, bytes], places: Iterable[Path], *, since: float = 0) -> list[tuple[_Name, str]]:
    """Return which forms are in which files, those of directories included.

    since: skip files that were not changed after this time, in epoch seconds. Files that vanish are skipped.
    """
    names = [*forms]
    search = _search([*forms.values(), _END])
    hits = []
    for file in files(places, since=since):
        numbers: set[int] = set()
        with suppress(FileNotFoundError):
            for piece in pieces(file):
                matched = search.Match(piece + _END)
                if len(names) not in matched:
                    raise RuntimeError("the search has stopped early")
                numbers.update(matched)
        hits += [(names[number], str(file)) for number in sorted(numbers) if number < len(names)]
    return hits


def of_addresses(addresses: Sequence[str], places: Iterable[Path], *, since: float = 0) -> list[tuple[str, str, str]]:
    """Return which address is in which file, and in which form. since: as in `matches`.

    The four bytes of an IPv4 address occur by chance: once in a few hundred runs over some megabytes. They count if
    those of three addresses do, because whatever writes one visitor's address writes those of others too.
    """
    forms = {(address, name): form for address in addresses for name, form in of_address(address).items()}
    hits = [(address, name, file) for (address, name), file in matches(forms, places, since=since)]
    short = {hit for hit in hits if hit[1].startswith("packed") and ":" not in hit[0]}
    is_by_chance = len({address for address, _, _ in short}) < MIN_SHORT_ADDRESSES
    return [hit for hit in hits if hit not in short] if is_by_chance else hits


def files(places: Iterable[Path], *, since: float = 0) -> list[Path]:
    """Return the regular files in places, changed since a time in epoch seconds."""
    return [file for place in places for file in _below(place) if _is_changed(file, since)]


def pieces(file: Path) -> Iterator[bytes]:
    """Yield the content of a file in pieces that overlap."""
    with file.open("rb") as opened:
        before = b""
        while content := opened.read(PIECE_BYTES):
            yield before + content
            before = content[-OVERLAP_BYTES:]


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


def _below(place: Path) -> Iterator[Path]:
    """Yield the files in a directory, or the file itself. ClickHouse deletes directories while it merges."""
    if not place.is_dir():
        yield place
        return
    for directory, _, names in os.walk(place, onerror=_raise_unless_deleted):
        yield from (Path(directory, name) for name in names)


def _raise_unless_deleted(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _is_changed(file: Path, since: float) -> bool:
    try:
        return not file.is_symlink() and file.is_file() and file.stat().st_mtime >= since
    except OSError:  # deleted, or not readable for this user
        return False


def _base64(content: bytes) -> list[bytes]:
    """Return its Base64: alone, and within other bytes at each of the three offsets.

    Characters that depend on the neighbours are left out, and so are short pieces.
    """
    alternatives = [b64encode(content).rstrip(b"=")]
    for before in range(3):
        encoded = b64encode(bytes(before) + content)
        alternatives.append(encoded[(0, 2, 3)[before] : (before + len(content)) * 8 // 6])
    long_enough = [piece for piece in alternatives if len(piece) >= _BASE64_CHARACTERS]
    return long_enough + [piece.replace(b"+", b"-").replace(b"/", b"_") for piece in long_enough]
