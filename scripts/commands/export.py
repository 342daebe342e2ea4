"""`sillage export`: write the events or visits of a site to a file."""

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
from scripts.server.local_socket import OperatorConnection, responding

PIECE_BYTES = 262_144
_DATE = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("kind", type=click.Choice([kind.value for kind in Kind]))
@sites.of_site
@click.option("--format", "format_name", type=click.Choice(list(FORMATS)), default="ndjson", show_default=True)
@click.option(
    "--from",
    "first",
    type=_DATE,
    metavar="YYYY-MM-DD",
    help="First day, in the site's time zone. The earliest by default.",
)
@click.option("--to", "last", type=_DATE, metavar="YYYY-MM-DD", help="Last day. Today by default.")
@click.option("--output", type=click.File("wb"), default="-", metavar="FILE", help="Standard output by default.")
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
    """Export the events or visits of a site to a file.

    Rows are ordered by time. Fields have the names that `sillage import` reads. Visitor and visit numbers are hashes
    whose key is destroyed. They only identify rows within the file.

    Example: sillage export events --site example.org --format parquet --output events.parquet
    """
    settings = loading.load(options)
    start, end = first.date() if first else rows.FIRST, last.date() if last else rows.LAST
    with opened(settings) as control:
        site = sites.find(control, domain)
    try:
        rows.check(site)
    except rows.ExportRefusedError as error:
        raise click.ClickException(str(error)) from None
    with standing_in(settings) as database:
        if database is None:
            pieces = _from_server(settings, site, kind, format_name, start, end)
        else:
            pieces = _from_database(database, site, Kind(kind), format_name, start, end)
        for piece in pieces:
            output.write(piece)


def _from_database(
    database: Database, site: Site, kind: Kind, format_name: str, first: date, last: date
) -> Iterator[bytes]:
    spans = rows.spans(database, site, kind, first=first, last=last)
    with click.progressbar(spans, label=f"Exporting {kind}", file=sys.stderr) as bar:
        yield from FORMATS[format_name].write(rows.rows(database, site, kind, bar, first=first, last=last))


def _from_server(settings: Config, site: Site, kind: str, format_name: str, first: date, last: date) -> Iterator[bytes]:
    query = urlencode({"format": format_name, "from": first.isoformat(), "to": last.isoformat()})
    connection = OperatorConnection(settings.data_dir)
    try:
        path = f"/api/v1/sites/{quote(site.domain)}/export/{kind}?{query}"
        with responding(connection, "GET", path) as response:
            while piece := response.read(PIECE_BYTES):
                yield piece
    finally:
        connection.close()
