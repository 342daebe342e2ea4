"""`sillage goals`: what a site calls a conversion."""

from collections.abc import Mapping, Sequence

import click

from schema.measures import goals as stored
from schema.measures.goals import NO_SCROLL_THRESHOLD, Goal
from scripts.commands import sites
from scripts.config import loading
from scripts.console import tables
from scripts.console.control_file import opened
from scripts.console.key_value import Pair


@click.group()
def goals() -> None:
    """Add, list, rename and remove goals of a site."""


@goals.command()
@sites.of_site
@click.option("--event", default="", metavar="NAME", help="An event of this name reaches it.")
@click.option("--page", default="", metavar="PATH", help="A view of this page reaches it; * stands for anything.")
@click.option("--scroll", default=NO_SCROLL_THRESHOLD, metavar="PERCENT", help="Reading the page so far down does.")
@click.option("--prop", "props", multiple=True, type=Pair(), metavar="KEY=VALUE", help="Only with this property.")
@click.option("--currency", default="", metavar="CODE", help="What the event's revenue is counted in, such as EUR.")
@click.option("--name", default="", metavar="TEXT", help="What reports call it; made of the rest if not given.")
@click.pass_obj
def add(
    options: Mapping[str, str] | None,
    domain: str,
    *,
    event: str,
    page: str,
    scroll: int,
    props: Sequence[tuple[str, str]],
    currency: str,
    name: str,
) -> None:
    """Count a conversion, in the past too.

    It is reached by an event, by a view of a page, or by reading a page so far down.

    Example: sillage goals add --site example.org --page "/blog/**" --scroll 75
    """
    with opened(loading.load(options)) as control:
        site = sites.find(control, domain)
        goal = stored.new(
            site.id,
            event_name=event,
            page_path=page,
            scroll_threshold=scroll,
            currency=currency,
            props=dict(props),
            display_name=name,
        )
        goal = stored.add(control, goal)
    click.echo(f"Goal {goal.id} of {site.domain}: {goal.display_name}.")


@goals.command("list")
@sites.of_site
@tables.as_json
@click.pass_obj
def list_all(options: Mapping[str, str] | None, domain: str, *, as_json: bool) -> None:
    """Print the goals of a site, newest first.

    Example: sillage goals list --site example.org
    """
    with opened(loading.load(options)) as control:
        rows = [_row(goal) for goal in stored.list_all(control, sites.find(control, domain).id)]
    tables.show(rows, as_json=as_json, empty="No goal yet: `sillage goals add --help` says how to add one.")


@goals.command()
@sites.of_site
@click.argument("number", type=int, metavar="ID")
@click.argument("name")
@click.pass_obj
def rename(options: Mapping[str, str] | None, domain: str, number: int, name: str) -> None:
    """Call the goal ID something else from now on, in segments too.

    ID is its number, as `sillage goals list` shows it.

    Example: sillage goals rename --site example.org 3 "Bought something"
    """
    with opened(loading.load(options)) as control:
        goal = stored.by_id(control, sites.find(control, domain).id, number)
        renamed = stored.change(control, goal, display_name=name)
    click.echo(f"Goal {goal.id} was {goal.display_name}, and is {renamed.display_name} now.")


@goals.command()
@sites.of_site
@click.argument("number", type=int, metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(options: Mapping[str, str] | None, domain: str, number: int, *, yes: bool) -> None:
    """Remove the goal ID; events are kept, and funnels go on without that step.

    ID is its number, as `sillage goals list` shows it. A funnel that is left with one step is removed too.

    Example: sillage goals remove --site example.org 3 --yes
    """
    with opened(loading.load(options)) as control:
        goal = stored.by_id(control, sites.find(control, domain).id, number)
        if not yes:
            click.confirm(f"Remove the goal {goal.display_name}?", abort=True, err=True)
        stored.remove(control, goal)
    click.echo(f"Removed the goal {goal.display_name}.")


def _row(goal: Goal) -> tables.Row:
    return {
        "id": goal.id,
        "name": goal.display_name,
        "kind": goal.kind.value,
        "event": goal.event_name or None,
        "page": goal.page_path or None,
        "scroll": None if goal.scroll_threshold == NO_SCROLL_THRESHOLD else goal.scroll_threshold,
        "properties": " ".join(f"{key}={value}" for key, value in goal.props) or None,
        "currency": goal.currency or None,
    }
