"""`sillage props`: the custom properties shown in reports."""

from collections.abc import Mapping

import click

from schema.measures import custom_props as stored
from scripts.commands import sites
from scripts.config import loading
from scripts.console import tables
from scripts.console.control_file import opened


@click.group()
def props() -> None:
    """Choose which custom properties a site shows."""


@props.command()
@sites.of_site
@click.argument("key", metavar="PROPERTY")
@click.pass_obj
def add(options: Mapping[str, str] | None, domain: str, key: str) -> None:
    """Show PROPERTY in reports.

    Once a property is chosen, reports hide all that are not. All properties are stored in any case.

    Example: sillage props add --site example.org plan
    """
    with opened(loading.load(options)) as control:
        site = sites.find(control, domain)
        key = stored.add(control, site.id, key)
    click.echo(f"{site.domain} now shows the property {key}.")


@props.command("list")
@sites.of_site
@tables.as_json
@click.pass_obj
def list_all(options: Mapping[str, str] | None, domain: str, *, as_json: bool) -> None:
    """List the chosen properties.

    Example: sillage props list --site example.org
    """
    with opened(loading.load(options)) as control:
        keys = stored.allowed(control, sites.find(control, domain).id)
    rows: list[tables.Row] = [{"property": key} for key in keys]
    tables.show(rows, as_json=as_json, empty="No property is chosen. All are shown.")


@props.command()
@sites.of_site
@click.argument("key", metavar="PROPERTY")
@click.option("--yes", is_flag=True, help="Skip the confirmation.")
@click.pass_obj
def remove(options: Mapping[str, str] | None, domain: str, key: str, *, yes: bool) -> None:
    """Stop showing PROPERTY in reports. Its values stay stored.

    Example: sillage props remove --site example.org plan --yes
    """
    with opened(loading.load(options)) as control:
        site = sites.find(control, domain)
        if not yes:
            click.confirm(f"Remove the property {key} from the list of {site.domain}?", abort=True, err=True)
        stored.remove(control, site.id, key)
    click.echo(f"Removed the property {key} from the list of {site.domain}.")
