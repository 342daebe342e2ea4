"""An .mmdb file that maps addresses to places.

- Four record formats are supported: MaxMind's and DB-IP's (nested; DB-IP's free edition has names only), IPinfo's and
  ip-location-db's (flat). A place with only a name keeps the name: codes are never guessed from it.
- The file is mapped into memory. Replace it by renaming another over it, never write in place.
- A district in brackets after a city, as in "Amsterdam (Nieuw-West)", is removed: it splits cities and narrows down
  where people live.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

import maxminddb

from ingest.request.text import printable

MAX_NAME_CHARACTERS = 100
_UNKNOWN_CODES = frozenset({"ZZ", "XX", "T1"})
_COUNTRY = re.compile(r"[A-Z][A-Z0-9]")
_SUBDIVISION = re.compile(r"(?:[A-Z]{2}-)?([A-Z0-9]{1,3})")
_DISTRICT = re.compile(r"\s*\([^()]*\)$")
_MAX_CITY = 2**32 - 1


class PlaceTableError(Exception):
    """A file is not a usable geolocation table. The message has the reason."""


class Place(NamedTuple):
    country: str = ""  # ISO 3166-1 alpha-2; empty: unknown
    region: str = ""  # ISO 3166-2; empty: unknown
    city: int = 0  # GeoNames id; 0: unknown
    region_name: str = ""  # in English
    city_name: str = ""  # in English


NOWHERE = Place()


class Publisher(NamedTuple):
    word: str  # in the file's name or its database type, lower case
    licence: str  # of the free edition
    credit: str  # required on pages that show places
    url: str


PUBLISHERS = (
    Publisher("dbip", "CC BY 4.0", "IP Geolocation by DB-IP", "https://db-ip.com"),
    Publisher("geolite2", "GeoLite2 EULA", "Includes GeoLite2 data created by MaxMind", "https://www.maxmind.com"),
    Publisher("ipinfo", "CC BY-SA 4.0", "IP address data powered by IPinfo", "https://ipinfo.io"),
)


class PlaceTable:
    """One file, open."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises PlaceTableError."""
        try:
            # MODE_AUTO uses the reader in C, which takes a microsecond. The others take ten to thirty.
            self._reader = maxminddb.open_database(path)
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise PlaceTableError(f"the table of places {path} can't be used: {reason}") from error
        about = self._reader.metadata()
        self.path = path
        self.kind: str = about.database_type
        self.built: int = about.build_epoch  # epoch seconds
        self.has_ipv6: bool = about.ip_version == 6

    @property
    def publisher(self) -> Publisher | None:
        """Return the publisher to credit, None if unknown."""
        label = f"{self.path.name} {self.kind}".lower()
        return next((publisher for publisher in PUBLISHERS if publisher.word in label), None)

    def place(self, address: str) -> Place:
        """Return the place of an address, NOWHERE if it is not listed. Raises PlaceTableError on a damaged file."""
        if ":" in address and not self.has_ipv6:
            return NOWHERE
        try:
            return place_of(self._reader.get(address))
        except (ValueError, maxminddb.InvalidDatabaseError):
            # The reader's message is left out, because it quotes the address.
            raise PlaceTableError(f"the table of places {self.path} can't be used: it is damaged") from None


def files(path: Path) -> list[Path]:
    """Return the table at a path, or the tables in a directory by name."""
    return sorted(path.glob("*.mmdb")) if path.is_dir() else [path] if path.is_file() else []


def known_country(code: object) -> str:
    """Return a country code, "" for a code that is not a country's."""
    return code if isinstance(code, str) and _COUNTRY.fullmatch(code) and code not in _UNKNOWN_CODES else ""


def place_of(record: object) -> Place:
    """Return the place in a record of any supported format."""
    if not isinstance(record, dict):
        return NOWHERE
    country = record.get("country")
    return _nested(record, country) if isinstance(country, dict) else _flat(record)


def _nested(record: dict[str, Any], country: dict[str, Any]) -> Place:
    subdivisions = record.get("subdivisions")
    region = _part(subdivisions[0] if isinstance(subdivisions, list) and subdivisions else None)
    city = _part(record.get("city"))
    return _place(
        country.get("iso_code"),
        region=region.get("iso_code"),
        region_name=_in_english(region),
        city=city.get("geoname_id"),
        city_name=_in_english(city),
    )


def _flat(record: dict[str, Any]) -> Place:
    return _place(
        # IPinfo has the code in `country`. Its free edition has a name there, and the code in `country_code`.
        record.get("country_code") or record.get("country"),
        region=record.get("region_code"),
        region_name=record.get("region") or record.get("state1"),
        city=record.get("geoname_id"),
        city_name=record.get("city"),
    )


def _place(country: object, *, region: object, region_name: object, city: object, city_name: object) -> Place:
    code = known_country(country)
    if not code:
        return NOWHERE
    subdivision = _SUBDIVISION.fullmatch(region) if isinstance(region, str) else None
    return Place(
        code,
        f"{code}-{subdivision[1]}" if subdivision else "",
        _geonames_id(city),
        _name(region_name),
        _DISTRICT.sub("", _name(city_name)),
    )


def _part(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _in_english(part: dict[str, Any]) -> object:
    return _part(part.get("names")).get("en")


def _name(value: object) -> str:
    return printable(value).strip()[:MAX_NAME_CHARACTERS] if isinstance(value, str) else ""


def _geonames_id(value: object) -> int:
    if isinstance(value, str) and value.isdecimal() and len(value) <= len(str(_MAX_CITY)):
        value = int(value)
    return value if isinstance(value, int) and 0 <= value <= _MAX_CITY else 0
