"""`sillage import`: a site brings its history with it."""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any
from urllib.parse import quote, urlencode

import click

from dashboard.api.imports import as_fields
from ingest.history.importer import Importer
from schema.days.rollups import Rollups
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from scripts.commands import sites
from scripts.config import loading
from scripts.config.loading import Config
from scripts.console.control_file import opened
from scripts.console.standing_in import standing_in
from scripts.server.local_socket import OperatorConnection, answered

PIECE_BYTES = 262_144


@click.group()
def import_() -> None:
    """Read events of the past into a site."""


@import_.command()
@click.argument("file", type=click.File("rb"))
@sites.of_site
@click.option(
    "--id", "import_id", metavar="ID", default="", help="Name of this import; made of the content if not given."
)
@click.option("--dry-run", is_flag=True, help="Only tell what would come of it.")
@click.pass_obj
def events(options: Mapping[str, str] | None, file: IO[bytes], domain: str, import_id: str, *, dry_run: bool) -> None:
    """Read the events of FILE (- is standard input) into a site: one a line, JSON or CSV with a line of names.

    Fields: time (ISO 8601, or milliseconds since 1970), url (or hostname and pathname), and as far as known name
    (pageview if not given), visitor (any text; it is hashed and not kept), referrer, source, utm_source, utm_medium,
    utm_campaign, utm_content, utm_term, click_id_param, browser, browser_version, os, os_version, screen_size, country,
    subdivision1, region_name, city, city_name, props, revenue, scroll_depth, engagement_time, interactive.

    A line that can't be taken is told on standard error, and the others are. The same file changes nothing a second
    time, and one that broke off goes on where it was. Prints what came of it as JSON.

    Example: sillage import events history.ndjson --site example.org --dry-run
    """
    settings = loading.load(options)
    with opened(settings) as control:
        site = sites.find(control, domain)
        with standing_in(settings) as database:
            if database is None:
                result = _by_the_server(settings, site, file, import_id, is_dry_run=dry_run)
            else:
                result = _here(control, database, settings, site, file, import_id, is_dry_run=dry_run)
    _tell(result, is_dry_run=dry_run)


def _here(
    control: Control,
    database: Database,
    settings: Config,
    site: Site,
    file: IO[bytes],
    import_id: str,
    *,
    is_dry_run: bool,
) -> Mapping[str, Any]:
    rollups = Rollups(control, database, clock=time.time)
    importer = Importer(control, database, settings.data_dir / "imports", changing=rollups.changing, clock=time.time)
    with click.progressbar(length=1, label="Writing", file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        result = importer.run(site, _pieces(file), import_id=import_id, is_dry_run=is_dry_run, progress=show)
    return as_fields(result)


def _by_the_server(
    settings: Config, site: Site, file: IO[bytes], import_id: str, *, is_dry_run: bool
) -> Mapping[str, Any]:
    query = urlencode({"import_id": import_id, "dry_run": "true" if is_dry_run else "false"})
    connection = OperatorConnection(settings.data_dir)
    try:
        path = f"/api/v1/sites/{quote(site.domain)}/import/events?{query}"
        with answered(connection, "POST", path, body=_announced(_pieces(file))) as answer:
            result: Mapping[str, Any] = json.load(answer)
            return result
    finally:
        connection.close()


def _announced(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a file, and say then what the command waits for."""
    yield from pieces
    click.echo("The server writes the file now, after imports that came before it.", err=True)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file with a progress bar on standard error, as long as its length is known."""
    length = file.seek(0, 2) if file.seekable() else None
    if length is not None:
        file.seek(0)
    with click.progressbar(length=length or 0, label="Reading", file=sys.stderr) as bar:
        while piece := file.read(PIECE_BYTES):
            yield piece
            bar.update(len(piece))


def _tell(result: Mapping[str, Any], *, is_dry_run: bool) -> None:
    for problem in result["rejected"]:
        click.echo(f"line {problem['line']}: {problem['error']}", err=True)
    untold = result["rejected_count"] - len(result["rejected"])
    if untold:
        click.echo(f"... and {untold:,} lines more", err=True)
    if result["repeated"]:
        click.echo("This file is in already: nothing was changed.", err=True)
    shown = {name: result[name] for name in ("import_id", "accepted", "rejected_count", "repeated")}
    click.echo(json.dumps(shown | {"dry_run": is_dry_run}))
