"""What an address looks like to those who write it down."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path


def traces(address: str, folder: Path) -> list[tuple[str, str]]:
    """Return file and encoding of every place below the folder that holds the address.

    Encodings of fewer than six bytes are left out: they occur by chance.
    """
    spellings = dict(_spellings(address))
    return [
        (str(file.relative_to(folder)), encoding)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
        for content in [file.read_bytes().lower()]
        for encoding, spelling in spellings.items()
        if len(spelling) >= 6 and spelling.lower() in content
    ]


def _spellings(address: str) -> Iterator[tuple[str, bytes]]:
    ip = ip_address(address)
    yield "text", str(ip).encode()
    yield "long text", ip.exploded.encode()
    yield "bytes", ip.packed
    yield "bytes reversed", ip.packed[::-1]
    yield "number", str(int(ip)).encode()
    yield "hexadecimal", ip.packed.hex().encode()
    for name, plain in (("text", str(ip).encode()), ("bytes", ip.packed)):
        yield f"base64 of {name}", b64encode(plain).rstrip(b"=")
        for algorithm in ("md5", "sha1", "sha256"):
            digest = hashlib.new(algorithm, plain, usedforsecurity=False)
            yield f"{algorithm} of {name}", digest.digest()
            yield f"{algorithm} of {name}, hexadecimal", digest.hexdigest().encode()
