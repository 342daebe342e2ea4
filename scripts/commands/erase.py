"""`sillage erase`: erase statistics for good, by page, property, host, import or days."""

import json
import sys
import time
from collections.abc import Mapping

import click

from schema.exclusions import audit
from schema.privacy import erasing, erasures
from schema.privacy.erasures import STEPS, Kind, Selection
from schema.sites.sites import Site
from schema.stores.control import Control
from scripts.commands import sites
from scripts.config import loading
from scripts.config.loading import Config
from scripts.console.control_file import opened
from scripts.console.errors import Refusal
from scripts.console.standing_in import standing_in
from scripts.server.local_socket import ADDRESS, request_json

PATIENCE_S = 900  # without progress


@click.command()
@click.option("--site", "domain", metavar="DOMAIN", help="Domain of the site.")
@click.option("--page", metavar="PATH", help="Events on this page, such as /blog, or on pages of a pattern: /blog/**.")
@click.option("--property", "prop", metavar="KEY=VALUE", help="Events with this value of a property.")
@click.option("--host", metavar="HOST", help="Events on pages of this host.")
@click.option("--import", "import_id", metavar="ID", help="Events of this import.")
@click.option(
    "--days", metavar="FROM..TO", help="Days in the site's time zone: 2026-03-01..2026-03-31, or one of them."
)
@click.option("--dry-run", is_flag=True, help="Report what would be erased, and change nothing.")
@click.option("--again", is_flag=True, help="Repeat all erasures, after a backup was restored.")
@click.option("--yes", is_flag=True, help="Skip the confirmation.")
@click.pass_obj
def erase(
    options: Mapping[str, str] | None,
    /,
    domain: str | None,
    *,
    dry_run: bool,
    again: bool,
    yes: bool,
    **chosen: str | None,
) -> None:
    """Erase events for good, with their effect on visits and counts, on disk too.

    Choose one of --page, --property, --host and --import, or --days alone, which also limits the others. The server
    erases: now if it is running, else when it starts.

    Example: sillage erase --site example.org --page '/members/**' --days 2026-03-01..2026-03-31 --dry-run
    """
    settings = loading.load(options)
    with opened(settings) as control:
        if again:
            _again(control, settings, sites.find(control, domain) if domain else None)
            return
        if not domain:
            raise Refusal("Name the site, as in --site example.org.")
        site = sites.find(control, domain)
        selection = _selection(control, site, **chosen)
        click.echo(_extent(settings, site, selection))
        if dry_run:
            return
        if not yes:
            click.confirm("Erase for good?", abort=True, err=True)
        erasures.add(control, site, selection, who=audit.COMMAND_LINE, now=time.time())
        _wait(control, settings)


def _selection(
    control: Control,
    site: Site,
    *,
    page: str | None,
    prop: str | None,
    host: str | None,
    import_id: str | None,
    days: str | None,
) -> Selection:
    values = {Kind.PAGE: page, Kind.PROPERTY: prop, Kind.HOST: host, Kind.IMPORT: import_id}
    options = [(kind, value) for kind, value in values.items() if value is not None]
    if len(options) > 1:
        raise Refusal("Choose one of --page, --property, --host and --import.")
    [(kind, value)] = options or [(Kind.DAYS, "")]
    first, dots, last = (days or "").partition("..")
    return erasures.read(control, site, kind, value, first=first, last=last if dots else first)


def _extent(settings: Config, site: Site, selection: Selection) -> str:
    """Return how much is erased, in a sentence."""
    with standing_in(settings) as database:
        if database is not None:
            return str(erasing.extent(database, site, selection, now=time.time()))
    value = f"{selection.key}={selection.value}" if selection.key else selection.value
    days = {"first": str(selection.first or ""), "last": str(selection.last or "")}
    body = {"site_id": site.domain, "kind": selection.kind, "value": value, "dry_run": True} | days
    answer = request_json(settings.data_dir, "PUT", "/api/v1/sites/erasures", body=[json.dumps(body).encode()])
    return str(answer["description"])


def _again(control: Control, settings: Config, site: Site | None) -> None:
    count = erasures.repeat(control, site.id if site else None)
    click.echo(f"Erasures to repeat: {count}.")
    if count:
        _wait(control, settings)


def _wait(control: Control, settings: Config) -> None:
    """Show the progress of the server until all erasures are done."""
    if not _is_running(settings):
        click.echo("The server erases when it starts.")
        return
    total = _left(control)
    with click.progressbar(length=total, label="Erasing", file=sys.stderr) as bar:
        left, waited_s = total, 0
        while left:
            time.sleep(1)
            now_left = _left(control)
            waited_s = 0 if now_left != left else waited_s + 1
            if waited_s > PATIENCE_S:
                raise Refusal("The running server does not go on erasing. See its log.")
            bar.update(max(left - now_left, 0))
            left = now_left
    click.echo("Erased.")


def _left(control: Control) -> int:
    return sum(STEPS - erasure.step for erasure in erasures.waiting(control))


def _is_running(settings: Config) -> bool:
    try:
        request_json(settings.data_dir, "GET", ADDRESS)
    except OSError:
        return False
    return True
