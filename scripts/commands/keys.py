"""`sillage keys`: what programs show to be let in."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import click

from schema.sites import keys as stored
from schema.sites import sites as stored_sites
from scripts.commands import sites
from scripts.config import loading
from scripts.console import tables
from scripts.console.control_file import opened


@click.group()
def keys() -> None:
    """Add, list and remove keys that programs show."""


@keys.command()
@click.option("--name", required=True, metavar="NAME", help="What to know it by.")
@click.option(
    "--scope",
    "scopes",
    required=True,
    multiple=True,
    type=click.Choice([scope.value for scope in stored.Scope]),
    help="What it is for.",
)
@click.option("--site", "domain", metavar="DOMAIN", help="The only site it is for; every site if not given.")
@click.pass_obj
def add(options: Mapping[str, str] | None, name: str, scopes: Sequence[str], domain: str | None) -> None:
    """Make a key, and print it for the only time.

    The key is alone on standard output; what is kept is a hash of it. A program sends it as `Authorization: Bearer
    KEY`. With events:send, the server believes that program about the address of the visitor it sends an event for, in
    `X-Plausible-IP` or `X-Forwarded-For`; with events:import it takes whole histories from it. With stats:read the
    program asks for numbers, with sites:read for the settings of sites, which with sites:provision it changes.

    Example: sillage keys add --name grafana --scope stats:read --site example.org
    """
    with opened(loading.load(options)) as control:
        site = sites.find(control, domain) if domain else None
        given = [stored.Scope(scope) for scope in scopes]
        key = stored.add(control, name, scopes=given, site_id=site.id if site else None, now=time.time())
    click.echo("This key is shown only now:", err=True)
    click.echo(key)


@keys.command("list")
@tables.as_json
@click.pass_obj
def list_all(options: Mapping[str, str] | None, *, as_json: bool) -> None:
    """Print every key by its name, never the key itself; one without a site is for all.

    Example: sillage keys list
    """
    with opened(loading.load(options)) as control:
        domains = {site.id: site.domain for site in stored_sites.list_all(control, now=time.time())} | {None: None}
        # The keys of a removed site go with it, once the server has deleted its events.
        present = [key for key in stored.list_all(control) if key.site_id in domains]
    rows: list[tables.Row] = [
        {
            "id": key.id,
            "name": key.name,
            "scopes": " ".join(key.scopes),
            "site": domains[key.site_id],
            "last_use": _minute(key.last_used_at),
        }
        for key in present
    ]
    tables.show(rows, as_json=as_json, empty="No key yet: `sillage keys add --help` says how to make one.")


@keys.command()
@click.argument("number", type=int, metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(options: Mapping[str, str] | None, number: int, *, yes: bool) -> None:
    """End a key; a running server takes it no more within a second.

    ID is its number, as `sillage keys list` shows it.

    Example: sillage keys remove 3 --yes
    """
    with opened(loading.load(options)) as control:
        key = stored.by_id(control, number)
        if not yes:
            click.confirm(f"End the key {key.name}?", abort=True, err=True)
        stored.remove(control, key.id)
    click.echo(f"Removed the key {key.name}.")


def _minute(time_s: int | None) -> str | None:
    """Return an instant as 2026-03-10 12:00Z, or None."""
    return None if time_s is None else f"{datetime.fromtimestamp(time_s, UTC):%Y-%m-%d %H:%MZ}"
