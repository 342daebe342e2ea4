"""`sillage funnels`: sequences of goals."""

from collections.abc import Mapping, Sequence

import click

from schema.measures import funnels as stored
from schema.measures import goals as stored_goals
from scripts.commands import sites
from scripts.config import loading
from scripts.console import tables
from scripts.console.control_file import opened


@click.group()
def funnels() -> None:
    """Add, list and remove the funnels of a site."""


@funnels.command()
@sites.of_site
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
@click.pass_obj
def add(options: Mapping[str, str] | None, domain: str, *, name: str, steps: Sequence[str], strict: bool) -> None:
    """Add a funnel of 2 to 8 goals, in the given order.

    Example: sillage funnels add --site example.org --name Sale --step "Visit /shop" --step Purchase
    """
    with opened(loading.load(options)) as control:
        site = sites.find(control, domain)
        goals = [stored_goals.named(control, site.id, step) for step in steps]
        funnel = stored.add(control, site.id, name, goals, is_strict=strict)
    click.echo(f"Funnel {funnel.id} of {site.domain}: {funnel.name}, with {len(funnel.steps)} steps.")


@funnels.command("list")
@sites.of_site
@tables.as_json
@click.pass_obj
def list_all(options: Mapping[str, str] | None, domain: str, *, as_json: bool) -> None:
    """List the funnels of a site with their steps.

    Example: sillage funnels list --site example.org
    """
    with opened(loading.load(options)) as control:
        rows: list[tables.Row] = [
            {
                "id": funnel.id,
                "name": funnel.name,
                "strict": funnel.is_strict,
                "steps": " > ".join(goal.display_name for goal in funnel.steps),
            }
            for funnel in stored.list_all(control, sites.find(control, domain).id)
        ]
    tables.show(rows, as_json=as_json, empty="No funnels yet. `sillage funnels add --help` shows how to add one.")


@funnels.command()
@sites.of_site
@click.argument("number", type=int, metavar="ID")
@click.option("--yes", is_flag=True, help="Skip the confirmation.")
@click.pass_obj
def remove(options: Mapping[str, str] | None, domain: str, number: int, *, yes: bool) -> None:
    """Remove the funnel ID. Its goals are kept.

    ID is the number shown by `sillage funnels list`.

    Example: sillage funnels remove --site example.org 3 --yes
    """
    with opened(loading.load(options)) as control:
        funnel = stored.by_id(control, sites.find(control, domain).id, number)
        if not yes:
            click.confirm(f"Remove the funnel {funnel.name}?", abort=True, err=True)
        stored.remove(control, funnel)
    click.echo(f"Removed the funnel {funnel.name}.")
