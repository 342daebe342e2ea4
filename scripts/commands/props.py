"""`sillage props`: the custom properties shown in reports."""

import click

from schema.measures import custom_props as stored
from schema.sites.sites import Site
from schema.stores.control import Control
from scripts.commands import sites
from scripts.console import change_log, tables


@click.group()
def props() -> None:
    """Choose which custom properties a site shows."""


@props.command()
@sites.with_site
@click.argument("key", metavar="PROPERTY")
def add(control: Control, site: Site, key: str) -> None:
    """Show PROPERTY in reports.

    Once a property is chosen, reports hide all that are not. All properties are stored in any case.

    Example: sillage props add --site example.org plan
    """
    key = stored.add(control, site.id, key)
    change_log.record(control, site, "Added the property %(name)s.", name=key)
    click.echo(f"{site.domain} now shows the property {key}.")


@props.command("list")
@sites.with_site
@tables.as_json
def list_all(control: Control, site: Site, *, as_json: bool) -> None:
    """List the chosen properties.

    Example: sillage props list --site example.org
    """
    keys = stored.allowed(control, site.id)
    rows: list[tables.Row] = [{"property": key} for key in keys]
    tables.show(rows, as_json=as_json, empty="No property is chosen. All are shown.")


@props.command()
@sites.with_site
@click.argument("key", metavar="PROPERTY")
@click.option("--yes", is_flag=True, help="Skip the confirmation.")
def remove(control: Control, site: Site, key: str, *, yes: bool) -> None:
    """Stop showing PROPERTY in reports. Its values stay stored.

    Example: sillage props remove --site example.org plan --yes
    """
    if not yes:
        click.confirm(f"Remove the property {key} from the list of {site.domain}?", abort=True, err=True)
    stored.remove(control, site.id, key)
    change_log.record(control, site, "Removed the property %(name)s.", name=key)
    click.echo(f"Removed the property {key} from the list of {site.domain}.")
