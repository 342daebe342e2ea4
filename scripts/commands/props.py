"""`sillage props`: the custom properties that a site shows."""

from collections.abc import Mapping

import click

from schema.measures import custom_props as stored
from scripts.commands import sites
from scripts.config import loading
from scripts.console import tables
from scripts.console.control_file import opened


@click.group()
def props() -> None:
    """Choose the custom properties that a site shows."""


@props.command()
@sites.of_site
@click.argument("key", metavar="PROPERTY")
@click.pass_obj
def add(options: Mapping[str, str] | None, domain: str, key: str) -> None:
    """Show PROPERTY in reports, and no others that are not chosen too.

    All properties are stored; as long as none is chosen all are shown.

    Example: sillage props add --site example.org plan
    """
    with opened(loading.load(options)) as control:
        site = sites.find(control, domain)
        key = stored.add(control, site.id, key)
    click.echo(f"{site.domain} shows the property {key}.")


@props.command("list")
@sites.of_site
@tables.as_json
@click.pass_obj
def list_all(options: Mapping[str, str] | None, domain: str, *, as_json: bool) -> None:
    """Print the properties that are chosen.

    Example: sillage props list --site example.org
    """
    with opened(loading.load(options)) as control:
        keys = stored.allowed(control, sites.find(control, domain).id)
    rows: list[tables.Row] = [{"property": key} for key in keys]
    tables.show(rows, as_json=as_json, empty="No property is chosen, so all are shown.")


@props.command()
@sites.of_site
@click.argument("key", metavar="PROPERTY")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(options: Mapping[str, str] | None, domain: str, key: str, *, yes: bool) -> None:
    """Take PROPERTY off the list; what is stored of it stays.

    Example: sillage props remove --site example.org plan --yes
    """
    with opened(loading.load(options)) as control:
        site = sites.find(control, domain)
        if not yes:
            click.confirm(f"Take the property {key} off the list of {site.domain}?", abort=True, err=True)
        stored.remove(control, site.id, key)
    click.echo(f"The property {key} is off the list of {site.domain}.")
