"""`sillage segments`: saved filters."""

from collections.abc import Sequence

import click
import msgspec

from dashboard.stats.parse import site_context, v2
from schema.measures import segments as stored
from schema.sites.sites import Site
from schema.stores.control import Control
from scripts.commands import sites
from scripts.console import tables
from scripts.console.errors import Refusal
from scripts.console.key_value import Pair


@click.group()
def segments() -> None:
    """Add, list and remove the segments of a site."""


@segments.command()
@sites.with_site
@click.option("--name", required=True, metavar="NAME", help="Name in reports.")
@click.option("--filters", required=True, metavar="JSON", help="A list of filters, as in the Stats API.")
@click.option("--label", "labels", multiple=True, type=Pair(), metavar="CODE=NAME", help="Text to display for a code.")
def add(control: Control, site: Site, *, name: str, filters: str, labels: Sequence[tuple[str, str]]) -> None:
    """Save filters under a name, for everyone with access to the site.

    Example: sillage segments add --site example.org --name France --filters '[["is", "visit:country", ["FR"]]]'
    """
    parsed = _filters(filters)
    v2.check_filters(parsed, site_context.of_filters(control, site))
    segment = stored.add(control, site.id, name, parsed, labels=dict(labels))
    click.echo(f"Segment {segment.id} of {site.domain}: {segment.name}.")


@segments.command("list")
@sites.with_site
@tables.as_json
def list_all(control: Control, site: Site, *, as_json: bool) -> None:
    """List the segments of a site with their filters.

    Example: sillage segments list --site example.org
    """
    rows: list[tables.Row] = [
        {"id": segment.id, "name": segment.name, "filters": msgspec.json.encode(segment.filters).decode()}
        for segment in stored.list_all(control, site.id)
    ]
    tables.show(rows, as_json=as_json, empty="No segments yet. `sillage segments add --help` shows how to add one.")


@segments.command()
@sites.with_site
@click.argument("number", type=int, metavar="ID")
@click.option("--yes", is_flag=True, help="Skip the confirmation.")
def remove(control: Control, site: Site, number: int, *, yes: bool) -> None:
    """Remove the segment ID.

    ID is the number shown by `sillage segments list`.

    Example: sillage segments remove --site example.org 3 --yes
    """
    segment = stored.by_id(control, site.id, number)
    if not yes:
        click.confirm(f"Remove the segment {segment.name}?", abort=True, err=True)
    stored.remove(control, segment)
    click.echo(f"Removed the segment {segment.name}.")


def _filters(text: str) -> list[object]:
    try:
        return msgspec.json.decode(text, type=list[object])
    except (msgspec.MsgspecError, RecursionError):
        raise Refusal('--filters must be a JSON list, such as [["is", "visit:country", ["FR"]]].') from None
