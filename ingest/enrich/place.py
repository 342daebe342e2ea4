"""Where in the world an address is: from the operator's tables of places, else from one inside the iptocc package.

- The built-in table knows the country an address is registered in. It agrees with commercial tables for nine addresses
  in ten; networks used far from where they are registered are the rest. Region and city are not in it.
- Places are never cached by address: an address must not outlive its hit.
"""

import logging
from functools import lru_cache
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_ntop

import iptocc

from ingest.enrich.place_table import NOWHERE, Place, PlaceTable, PlaceTableError, Publisher, files, known_country

_MAPPED_IPV4 = bytes(10) + b"\xff\xff"
_Seen = tuple[tuple[Path, int, int, int], ...]

_log = logging.getLogger(__name__)


class Places:
    """Addresses to places, offline."""

    def __init__(self, path: Path | None = None) -> None:
        """path: a table of places or a directory of them, which may come and go; None: the built-in one only."""
        self._path = path
        self._seen: _Seen = ()
        self._tables: tuple[PlaceTable, ...] = ()

    @property
    def publishers(self) -> tuple[Publisher, ...]:
        """Return who made the tables in use and has to be named where places are shown."""
        return tuple(dict.fromkeys(table.publisher for table in self._tables if table.publisher))

    def refresh(self) -> None:
        """Use the tables that are there now. One that can't be used is logged once, and done without."""
        seen = _seen(self._path) if self._path else ()
        if seen != self._seen:
            self._seen = seen
            self._tables = tuple(table for path, *_ in seen if (table := _opened(path)))

    def place(self, address: bytes) -> Place:
        """Return where a packed address of 4 or 16 bytes is; private ones, unlisted ones and b"" are nowhere."""
        address = address.removeprefix(_MAPPED_IPV4)
        if not address:
            return NOWHERE
        text = inet_ntop(AF_INET if len(address) == 4 else AF_INET6, address)
        for table in self._tables:
            if (place := self._ask(table, text)) != NOWHERE:
                return place
        return _registered_in(iptocc.country_code(text))

    def _ask(self, table: PlaceTable, address: str) -> Place:
        try:
            return table.place(address)
        except PlaceTableError as error:
            _log.error("%s; it is left out until it is replaced", error)
            self._tables = tuple(other for other in self._tables if other is not table)
            return NOWHERE


@lru_cache(maxsize=512)
def _registered_in(code: str | None) -> Place:
    country = known_country(code)
    return Place(country) if country else NOWHERE


def _seen(path: Path) -> _Seen:
    """Return the tables with what changes when one is replaced; a file that goes away meanwhile is not among them."""
    found = []
    for file in files(path):
        try:
            stat = file.stat()
        except FileNotFoundError:
            continue
        found.append((file, stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(found)


def _opened(path: Path) -> PlaceTable | None:
    try:
        return PlaceTable(path)
    except PlaceTableError as error:
        _log.error("%s; it is left out until it is replaced", error)
        return None
