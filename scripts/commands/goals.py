"""`sillage goals`: the conversions of a site."""

from collections.abc import Sequence

import click

from schema.measures import goals as stored
from schema.measures import segments
from schema.measures.goal_uses import SiteUses
from schema.measures.goals import NO_SCROLL_THRESHOLD, Goal
from schema.sites.sites import Site
from schema.stores.control import Control
from scripts.commands import sites
from scripts.console import change_log, tables
from scripts.console.key_value import Pair


@click.group()
def goals() -> None:
    """Add, list, rename and remove the goals of a site."""


@goals.command()
@sites.with_site
@click.option("--event", default="", metavar="NAME", help="Reached by this custom event.")
@click.option("--page", default="", metavar="PATH", help="Reached by a view of this page. * matches anything.")
@click.option(
    "--scroll", default=NO_SCROLL_THRESHOLD, metavar="PERCENT", help="Require this scroll depth (%) on the page."
)
@click.option("--prop", "props", multiple=True, type=Pair(), metavar="KEY=VALUE", help="Require this custom property.")
@click.option("--currency", default="", metavar="CODE", help="Currency of the event's revenue, such as EUR.")
@click.option("--name", default="", metavar="TEXT", help="Name in reports. Derived from the other options by default.")
def add(
    control: Control,
    site: Site,
    *,
    event: str,
    page: str,
    scroll: int,
    props: Sequence[tuple[str, str]],
    currency: str,
    name: str,
) -> None:
    """Add a goal. It also counts past conversions.

    A goal is a custom event, a page view, or a scroll depth on a page.

    Example: sillage goals add --site example.org --page "/blog/**" --scroll 75
    """
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
    change_log.record(control, site, "Added the goal %(name)s.", name=goal.display_name)
    click.echo(f"Goal {goal.id} of {site.domain}: {goal.display_name}.")


@goals.command("list")
@sites.with_site
@tables.as_json
def list_all(control: Control, site: Site, *, as_json: bool) -> None:
    """List the goals of a site, newest first.

    Example: sillage goals list --site example.org
    """
    rows = [_row(goal) for goal in stored.list_all(control, site.id)]
    tables.show(rows, as_json=as_json, empty="No goals yet. `sillage goals add --help` shows how to add one.")


@goals.command()
@sites.with_site
@click.argument("number", type=int, metavar="ID")
@click.argument("name")
def rename(control: Control, site: Site, number: int, name: str) -> None:
    """Rename the goal ID, including in segments.

    ID is the number shown by `sillage goals list`.

    Example: sillage goals rename --site example.org 3 "Bought something"
    """
    goal = stored.by_id(control, site.id, number)
    renamed = stored.change(control, goal, display_name=name)
    change_log.record(
        control, site, "Renamed the goal %(old)s to %(new)s.", old=goal.display_name, new=renamed.display_name
    )
    click.echo(f"Renamed goal {goal.id} from {goal.display_name} to {renamed.display_name}.")


@goals.command()
@sites.with_site
@click.argument("number", type=int, metavar="ID")
@click.option("--yes", is_flag=True, help="Skip the confirmation.")
def remove(control: Control, site: Site, number: int, *, yes: bool) -> None:
    """Remove the goal ID. Its events are kept.

    ID is the number shown by `sillage goals list`. Prints which funnels and segments use the goal, and what happens to
    them: funnels lose this step, or are removed if only one step is left.

    Example: sillage goals remove --site example.org 3 --yes
    """
    goal = stored.by_id(control, site.id, number)
    visible = segments.of_everyone(control, site.id)
    for sentence in SiteUses(control, site.id, visible=visible).of(goal).consequences:
        click.echo(str(sentence), err=True)
    if not yes:
        click.confirm(f"Remove the goal {goal.display_name}?", abort=True, err=True)
    stored.remove(control, goal)
    change_log.record(control, site, "Removed the goal %(name)s.", name=goal.display_name)
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
