"""The place of an address: from the operator's geolocation tables, else from the table in the iptocc package.

- The built-in table has the country in which an address is registered, without region and city. It agrees with
  commercial tables for nine in ten addresses. The others are used far from where they are registered.
- Places are never cached by address: an address must not outlive its hit.
"""

import logging
from functools import lru_cache
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_ntop

import iptocc

from ingest.enrich.place_table import NOWHERE, Place, PlaceTable, PlaceTableError, Publisher, files, known_country

_MAPPED_IPV4 = bytes(10) + b"\xff\xff"
_Files = tuple[tuple[Path, int, int, int], ...]

_log = logging.getLogger(__name__)


class Places:
    """Looks up places, offline."""

    def __init__(self, path: Path | None = None) -> None:
        """path: a table or a directory of tables, which may change at any time. None: only the built-in table."""
        self._path = path
        self._files: _Files = ()
        self._tables: tuple[PlaceTable, ...] = ()

    @property
    def publishers(self) -> tuple[Publisher, ...]:
        """Return the publishers of the tables in use, whose licences require a credit."""
        return tuple(dict.fromkeys(table.publisher for table in self._tables if table.publisher))

    def refresh(self) -> None:
        """Use the tables that exist now. An unusable one is logged once and skipped."""
        files_now = _versions(self._path) if self._path else ()
        if files_now != self._files:
            self._files = files_now
            self._tables = tuple(table for path, *_ in files_now if (table := _opened(path)))

    def place(self, address: bytes) -> Place:
        """Return the place of a packed address, NOWHERE if it is private, unlisted or empty."""
        address = address.removeprefix(_MAPPED_IPV4)
        if not address:
            return NOWHERE
        text = inet_ntop(AF_INET if len(address) == 4 else AF_INET6, address)
        for table in self._tables:
            if (place := self._place_in(table, text)) != NOWHERE:
                return place
        return _registered_in(iptocc.country_code(text))

    def _place_in(self, table: PlaceTable, address: str) -> Place:
        try:
            return table.place(address)
        except PlaceTableError as error:
            _log.error("%s. It is ignored until it is replaced.", error)
            self._tables = tuple(other for other in self._tables if other is not table)
            return NOWHERE


@lru_cache(maxsize=512)
def _registered_in(code: str | None) -> Place:
    country = known_country(code)
    return Place(country) if country else NOWHERE


def _versions(path: Path) -> _Files:
    """Return each table with the properties that change when it is replaced. Skips files that vanish meanwhile."""
    versions = []
    for file in files(path):
        try:
            stat = file.stat()
        except FileNotFoundError:
            continue
        versions.append((file, stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(versions)


def _opened(path: Path) -> PlaceTable | None:
    try:
        return PlaceTable(path)
    except PlaceTableError as error:
        _log.error("%s. It is ignored until it is replaced.", error)
        return None
