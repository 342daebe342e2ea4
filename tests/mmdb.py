"""Small .mmdb files, written as MaxMind's public specification of the format (version 2.0) says.

write(path, {"192.0.2.0/24": {"country_code": "FR"}}, kind="city ipv4")
"""

import struct
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

BUILT = 1_767_225_600  # 2026-01-01
_SEPARATOR = bytes(16)  # between tree and data
_MARKER = b"\xab\xcd\xefMaxMind.com"
_STRING, _DOUBLE, _UINT16, _UINT32, _MAP, _UINT64, _ARRAY, _BOOLEAN = 2, 3, 5, 6, 7, 9, 11, 14
_Tree = list[list[Any]]  # nodes; a side is a node's number, None for nothing, or ("data", offset)


def write(path: Path, places: Mapping[str, Any], *, kind: str = "city", ip_version: int = 6) -> Path:
    """Write a table of network -> record and return its path. A table of IPv6 may hold networks of IPv4 as well."""
    tree: _Tree = [[None, None]]
    data = b""
    for network, record in places.items():
        _insert(tree, _bits(network, ip_version), ("data", len(data)))
        data += _encoded(record)
    about = {
        "binary_format_major_version": _Sized(_UINT16, 2),
        "binary_format_minor_version": _Sized(_UINT16, 0),
        "build_epoch": _Sized(_UINT64, BUILT),
        "database_type": kind,
        "description": {},
        "ip_version": _Sized(_UINT16, ip_version),
        "languages": ["en"],
        "node_count": _Sized(_UINT32, len(tree)),
        "record_size": _Sized(_UINT16, 24),
    }
    nodes = b"".join(_side(side, len(tree)) for node in tree for side in node)
    path.write_bytes(nodes + _SEPARATOR + data + _MARKER + _encoded(about))
    return path


class _Sized:
    def __init__(self, kind: int, number: int) -> None:
        self.kind = kind
        self.number = number


def _bits(network: str, ip_version: int) -> str:
    found = ip_network(network)
    width, above = (128, 96) if (found.version, ip_version) == (4, 6) else (found.max_prefixlen, 0)
    return f"{int(found.network_address):0{width}b}"[: above + found.prefixlen]


def _insert(tree: _Tree, bits: str, leaf: tuple[str, int]) -> None:
    node = 0
    for bit in map(int, bits[:-1]):
        if tree[node][bit] is None:
            tree[node][bit] = len(tree)
            tree.append([None, None])
        node = tree[node][bit]
    tree[node][int(bits[-1])] = leaf


def _side(side: Any, node_count: int) -> bytes:
    if isinstance(side, tuple):
        side = node_count + len(_SEPARATOR) + side[1]
    return (node_count if side is None else side).to_bytes(3, "big")


def _encoded(value: Any) -> bytes:
    match value:
        case bool():
            return _head(_BOOLEAN, int(value))
        case str():
            text = value.encode()
            return _head(_STRING, len(text)) + text
        case dict():
            return _head(_MAP, len(value)) + b"".join(_encoded(part) for pair in value.items() for part in pair)
        case list():
            return _head(_ARRAY, len(value)) + b"".join(map(_encoded, value))
        case float():
            return _head(_DOUBLE, 8) + struct.pack(">d", value)
        case int():
            return _encoded(_Sized(_UINT32, value))
        case _Sized():
            digits = value.number.to_bytes((value.number.bit_length() + 7) // 8, "big")
            return _head(value.kind, len(digits)) + digits
    raise TypeError(type(value))


def _head(kind: int, size: int) -> bytes:
    """Return the control byte: three bits of kind (0: it follows in a byte of its own) and five of size."""
    low, rest = (size, b"") if size < 29 else (29, bytes([size - 29]))
    return (bytes([kind << 5 | low]) if kind < 8 else bytes([low, kind - 7])) + rest
