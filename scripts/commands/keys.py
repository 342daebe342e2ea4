"""`sillage keys`: API keys."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import click

from schema.sites import keys as stored
from schema.stores.control import Control
from scripts.commands import sites
from scripts.console import tables
from scripts.console.control_file import with_control


@click.group()
def keys() -> None:
    """Add, list and revoke API keys."""


@keys.command()
@with_control
@click.option("--name", required=True, metavar="NAME", help="Name to recognize it by.")
@click.option(
    "--scope",
    "scopes",
    required=True,
    multiple=True,
    type=click.Choice([scope.value for scope in stored.Scope]),
    help="Permission to grant. Repeat for several.",
)
@click.option("--site", "domain", metavar="DOMAIN", help="Limit the key to this site. All sites by default.")
def add(control: Control, name: str, scopes: Sequence[str], domain: str | None) -> None:
    """Create an API key and print it once.

    Standard output contains only the key. Sillage stores its hash. Clients send it as `Authorization: Bearer KEY`.

    \b
    events:send      send events, with the visitor's address in X-Plausible-IP
                     or X-Forwarded-For
    events:import    import past events
    stats:read       query statistics
    sites:read       read the settings of sites
    sites:provision  read, create and change sites

    Example: sillage keys add --name grafana --scope stats:read --site example.org
    """
    site = sites.find(control, domain) if domain else None
    key = stored.add(
        control, name, scopes=[*map(stored.Scope, scopes)], site_id=site.id if site else None, now=time.time()
    )
    click.echo("This key is not shown again:", err=True)
    click.echo(key)


@keys.command("list")
@with_control
@tables.as_json
def list_all(control: Control, *, as_json: bool) -> None:
    """List the keys by name. A key without a site is valid for all sites.

    Example: sillage keys list
    """
    domains = sites.domains(control)
    # The keys of a removed site are deleted with its events, later, by the server.
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
    tables.show(rows, as_json=as_json, empty="No keys yet. `sillage keys add --help` shows how to create one.")


@keys.command()
@with_control
@click.argument("number", type=int, metavar="ID")
@click.option("--yes", is_flag=True, help="Skip the confirmation.")
def remove(control: Control, number: int, *, yes: bool) -> None:
    """Revoke a key. A running server stops accepting it within a second.

    ID is the number shown by `sillage keys list`.

    Example: sillage keys remove 3 --yes
    """
    key = stored.by_id(control, number)
    if not yes:
        click.confirm(f"Revoke the key {key.name}?", abort=True, err=True)
    stored.remove(control, key.id)
    click.echo(f"Revoked the key {key.name}.")


def _minute(time_s: int | None) -> str | None:
    """Format a time as 2026-03-10 12:00Z."""
    return None if time_s is None else f"{datetime.fromtimestamp(time_s, UTC):%Y-%m-%d %H:%MZ}"
