"""`sillage export`: what is stored of a site, in a file."""

import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import IO
from urllib.parse import quote, urlencode

import click

from dashboard.export import rows
from dashboard.export.formats import FORMATS
from dashboard.export.rows import Kind
from schema.sites.sites import Site
from schema.stores.database import Database
from scripts.commands import sites
from scripts.config import loading
from scripts.config.loading import Config
from scripts.console.control_file import opened
from scripts.console.standing_in import standing_in
from scripts.server.local_socket import OperatorConnection, answered

PIECE_BYTES = 262_144
_DATE = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("kind", type=click.Choice([kind.value for kind in Kind]))
@sites.of_site
@click.option("--format", "format_name", type=click.Choice(list(FORMATS)), default="ndjson", show_default=True)
@click.option("--from", "first", type=_DATE, help="The first local day; the first there is if not given.")
@click.option("--to", "last", type=_DATE, help="The last local day; today if not given.")
@click.option("--output", type=click.File("wb"), default="-", metavar="FILE", help="Standard output if not given.")
@click.pass_obj
def export(
    options: Mapping[str, str] | None,
    kind: str,
    domain: str,
    format_name: str,
    first: datetime | None,
    last: datetime | None,
    output: IO[bytes],
) -> None:
    """Write what is stored of a site to a file.

    Its events or visits, in order of time, under the names that `sillage import` takes. Numbers of visitors and visits
    mean nothing outside the file: they are hashes whose key is gone.

    Example: sillage export events --site example.org --format parquet --output events.parquet
    """
    settings = loading.load(options)
    start, end = first.date() if first else rows.FIRST, last.date() if last else rows.LAST
    with opened(settings) as control:
        site = sites.find(control, domain)
    with standing_in(settings) as database:
        if database is None:
            found = _by_the_server(settings, site, kind, format_name, start, end)
        else:
            found = _here(database, site, Kind(kind), format_name, start, end)
        for piece in found:
            output.write(piece)


def _here(database: Database, site: Site, kind: Kind, format_name: str, first: date, last: date) -> Iterator[bytes]:
    wanted = rows.spans(database, site, kind, first=first, last=last)
    with click.progressbar(wanted, label=f"Writing {kind}", file=sys.stderr) as bar:
        yield from FORMATS[format_name].write(rows.rows(database, site, kind, bar, first=first, last=last))


def _by_the_server(
    settings: Config, site: Site, kind: str, format_name: str, first: date, last: date
) -> Iterator[bytes]:
    query = urlencode({"format": format_name, "from": first.isoformat(), "to": last.isoformat()})
    connection = OperatorConnection(settings.data_dir)
    try:
        path = f"/api/v1/sites/{quote(site.domain)}/export/{kind}?{query}"
        with answered(connection, "GET", path) as answer:
            while piece := answer.read(PIECE_BYTES):
                yield piece
    finally:
        connection.close()
