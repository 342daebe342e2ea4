"""`sillage segments`: saved filters."""

from collections.abc import Mapping, Sequence

import click
import msgspec

from dashboard.stats.parse import site_context, v2
from schema.measures import segments as stored
from schema.measures.segments import Segment
from schema.people import users
from schema.sites.sites import Site
from schema.stores.control import Control
from scripts.commands import sites
from scripts.console import change_log, tables
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
@click.option("--only-for", metavar="EMAIL", help="The only user who sees it. Default: everyone with access.")
def add(
    control: Control,
    site: Site,
    *,
    name: str,
    filters: str,
    labels: Sequence[tuple[str, str]],
    only_for: str | None,
) -> None:
    """Save filters under a name, for everyone with access to the site or for one user.

    Example: sillage segments add --site example.org --name France --filters '[["is", "visit:country", ["FR"]]]'
    """
    parsed = _filters(filters)
    v2.check_filters(parsed, site_context.of_filters(control, site))
    owner = None if only_for is None else _user_id(control, only_for)
    segment = stored.add(control, site.id, name, parsed, labels=dict(labels), user_id=owner)
    if owner is None:
        change_log.record(control, site, "Added the segment %(name)s.", name=segment.name)
    click.echo(f"Segment {segment.id} of {site.domain}: {segment.name}.")


@segments.command("list")
@sites.with_site
@tables.as_json
def list_all(control: Control, site: Site, *, as_json: bool) -> None:
    """List the segments of a site with their filters, shared ones and those of all users.

    OWNER is the only user who sees a segment. A shared segment has none.

    Example: sillage segments list --site example.org
    """
    emails = {user.id: user.email for user in users.list_all(control)}
    rows = [_row(segment, emails) for segment in stored.of_everyone(control, site.id)]
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
    segment = _found(control, site.id, number)
    if not yes:
        click.confirm(f"Remove the segment {segment.name}?", abort=True, err=True)
    stored.remove(control, segment)
    if segment.user_id is None:
        change_log.record(control, site, "Removed the segment %(name)s.", name=segment.name)
    click.echo(f"Removed the segment {segment.name}.")


def _row(segment: Segment, emails: Mapping[int, str]) -> tables.Row:
    return {
        "id": segment.id,
        "name": segment.name,
        "owner": emails.get(segment.user_id) if segment.user_id else None,
        "filters": msgspec.json.encode(segment.filters).decode(),
    }


def _found(control: Control, site_id: int, number: int) -> Segment:
    """Return a segment of any user. Raises SegmentError."""
    saved = {segment.id: segment for segment in stored.of_everyone(control, site_id)}
    if number not in saved:
        raise stored.missing(number)
    return saved[number]


def _user_id(control: Control, email: str) -> int:
    user = users.by_email(control, email)
    if user is None:
        raise Refusal(f"{email} is not a user of this server: run `sillage users list` to see all users")
    return user.id


def _filters(text: str) -> list[object]:
    try:
        return msgspec.json.decode(text, type=list[object])
    except (msgspec.MsgspecError, RecursionError):
        raise Refusal('--filters must be a JSON list, such as [["is", "visit:country", ["FR"]]].') from None
