"""`sillage funnels`: sequences of goals."""

from collections.abc import Sequence

import click

from schema.measures import funnels as stored
from schema.measures import goals as stored_goals
from schema.sites.sites import Site
from schema.stores.control import Control
from scripts.commands import sites
from scripts.console import change_log, tables


@click.group()
def funnels() -> None:
    """Add, list and remove the funnels of a site."""


@funnels.command()
@sites.with_site
@click.option("--name", required=True, metavar="NAME", help="Name in reports.")
@click.option(
    "--step",
    "steps",
    required=True,
    multiple=True,
    metavar="GOAL",
    help="A goal, by name or number. Repeat for each step.",
)
@click.option("--strict", is_flag=True, help="Allow no other event between two steps.")
def add(control: Control, site: Site, *, name: str, steps: Sequence[str], strict: bool) -> None:
    """Add a funnel of 2 to 8 goals, in the given order.

    Example: sillage funnels add --site example.org --name Sale --step "Visit /shop" --step Purchase
    """
    goals = [stored_goals.named(control, site.id, step) for step in steps]
    funnel = stored.add(control, site.id, name, goals, is_strict=strict)
    change_log.record(control, site, "Added the funnel %(name)s.", name=funnel.name)
    click.echo(f"Funnel {funnel.id} of {site.domain}: {funnel.name}, with {len(funnel.steps)} steps.")


@funnels.command("list")
@sites.with_site
@tables.as_json
def list_all(control: Control, site: Site, *, as_json: bool) -> None:
    """List the funnels of a site with their steps.

    Example: sillage funnels list --site example.org
    """
    rows: list[tables.Row] = [
        {
            "id": funnel.id,
            "name": funnel.name,
            "strict": funnel.is_strict,
            "steps": " > ".join(goal.display_name for goal in funnel.steps),
        }
        for funnel in stored.list_all(control, site.id)
    ]
    tables.show(rows, as_json=as_json, empty="No funnels yet. `sillage funnels add --help` shows how to add one.")


@funnels.command()
@sites.with_site
@click.argument("number", type=int, metavar="ID")
@click.option("--yes", is_flag=True, help="Skip the confirmation.")
def remove(control: Control, site: Site, number: int, *, yes: bool) -> None:
    """Remove the funnel ID. Its goals are kept.

    ID is the number shown by `sillage funnels list`.

    Example: sillage funnels remove --site example.org 3 --yes
    """
    funnel = stored.by_id(control, site.id, number)
    if not yes:
        click.confirm(f"Remove the funnel {funnel.name}?", abort=True, err=True)
    stored.remove(control, funnel)
    change_log.record(control, site, "Removed the funnel %(name)s.", name=funnel.name)
    click.echo(f"Removed the funnel {funnel.name}.")
