"""`sillage import`: load past events into a site."""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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
from scripts.server.local_socket import OperatorConnection, responding

PIECE_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class _Choice:
    """The options of an import."""

    import_id: str  # empty: derived from the content
    is_dry_run: bool
    skips_older: bool


@click.group()
def import_() -> None:
    """Import past events into a site."""


@import_.command()
@click.argument("file", type=click.File("rb"))
@sites.of_site
@click.option(
    "--id", "import_id", metavar="ID", default="", help="Name of this import. Derived from the content by default."
)
@click.option("--dry-run", is_flag=True, help="Report the result without storing anything.")
@click.option("--skip-older", is_flag=True, help="Import the other events if some are older than the site keeps.")
@click.pass_obj
def events(
    options: Mapping[str, str] | None, file: IO[bytes], domain: str, import_id: str, *, dry_run: bool, skip_older: bool
) -> None:
    """Import the events in FILE (- for standard input), one per line: JSON, or CSV with a header line.

    Required fields: time (ISO 8601, or milliseconds since 1970) and url (or hostname and pathname). Optional: name
    (pageview by default), visitor (any text, stored only as a hash), referrer, source, utm_source, utm_medium,
    utm_campaign, utm_content, utm_term, click_id_param, browser, browser_version, os, os_version, screen_size, country,
    subdivision1, region_name, city, city_name, props, revenue, scroll_depth, engagement_time, interactive.

    If events are older than the site keeps, nothing is imported without --skip-older. Invalid lines are skipped and
    reported on standard error. Importing the same file again changes nothing. An interrupted import resumes where it
    stopped. Prints the result as JSON.

    Example: sillage import events history.ndjson --site example.org --dry-run
    """
    settings, choice = loading.load(options), _Choice(import_id, is_dry_run=dry_run, skips_older=skip_older)
    with opened(settings) as control:
        site = sites.find(control, domain)
        with standing_in(settings) as database:
            if database is None:
                result = _through_server(settings, site, file, choice)
            else:
                result = _into_database(control, database, settings, site, file, choice)
    _report(result, is_dry_run=dry_run)


def _into_database(
    control: Control, database: Database, settings: Config, site: Site, file: IO[bytes], choice: _Choice
) -> Mapping[str, Any]:
    rollups = Rollups(control, database, clock=time.time)
    importer = Importer(control, database, settings.data_dir / "imports", changing=rollups.changing, clock=time.time)
    with click.progressbar(length=1, label="Importing", file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        result = importer.run(
            site,
            _pieces(file),
            import_id=choice.import_id,
            is_dry_run=choice.is_dry_run,
            skips_older=choice.skips_older,
            progress=show,
        )
    return as_fields(result)


def _through_server(settings: Config, site: Site, file: IO[bytes], choice: _Choice) -> Mapping[str, Any]:
    flags = {"dry_run": choice.is_dry_run, "skip_older": choice.skips_older}
    query = urlencode({"import_id": choice.import_id} | {name: "true" for name, is_set in flags.items() if is_set})
    connection = OperatorConnection(settings.data_dir)
    try:
        path = f"/api/v1/sites/{quote(site.domain)}/import/events?{query}"
        with responding(connection, "POST", path, body=_with_notice(_pieces(file))) as response:
            result: Mapping[str, Any] = json.load(response)
            return result
    finally:
        connection.close()


def _with_notice(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the file, then print what the command is waiting for."""
    yield from pieces
    click.echo("The server is importing the file. Earlier imports run first.", err=True)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file in pieces, with a progress bar."""
    length = file.seek(0, 2) if file.seekable() else None
    if length is not None:
        file.seek(0)
    with click.progressbar(length=length or 0, label="Reading", file=sys.stderr) as bar:
        while piece := file.read(PIECE_BYTES):
            yield piece
            bar.update(len(piece))


def _report(result: Mapping[str, Any], *, is_dry_run: bool) -> None:
    for problem in result["rejected"]:
        click.echo(f"line {problem['line']}: {problem['error']}", err=True)
    unlisted = result["rejected_count"] - len(result["rejected"])
    if unlisted:
        click.echo(f"... and {unlisted:,} more lines", err=True)
    if older := result["older"]:
        click.echo(older["description"], err=True)
    if result["repeated"]:
        click.echo("This file was already imported. Nothing was changed.", err=True)
    summary = {name: result[name] for name in ("import_id", "accepted", "rejected_count", "repeated")}
    click.echo(json.dumps(summary | {"dry_run": is_dry_run}))
