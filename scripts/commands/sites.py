"""`sillage sites`: the tracked sites."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import click

from schema.exclusions import audit
from schema.privacy import profile
from schema.privacy import retention as kept
from schema.privacy.profile import Privacy, ProfileName
from schema.sites import sites as stored
from schema.stores.control import Control
from scripts.config import loading
from scripts.config.loading import Config
from scripts.console import change_log, tables
from scripts.console.control_file import opened, with_control
from scripts.console.running_server import as_running
from scripts.console.standing_in import standing_in
from scripts.server.local_socket import request_json

of_site = click.option("--site", "domain", required=True, metavar="DOMAIN", help="Domain of the site.")


def with_site(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that takes --site and passes the opened control file and the site as the first arguments."""

    @of_site
    @with_control
    @wraps(command)
    def run(control: Control, /, domain: str, **arguments: Any) -> None:
        command(control, find(control, domain), **arguments)

    return run


@click.group()
def sites() -> None:
    """Add, list and remove sites, and set how long their statistics are kept."""


@sites.command()
@click.argument("domain")
@loading.option("timezone")
@click.option(
    "--profile",
    "profile_name",
    type=click.Choice([profile.STANDARD, profile.EXEMPT]),
    default=profile.STANDARD,
    show_default=True,
    help="Privacy profile. Choose exempt for visitors in France.",
)
@click.pass_obj
def add(options: Mapping[str, str] | None, domain: str, profile_name: ProfileName) -> None:
    """Add the site DOMAIN and start accepting its events.

    Its statistics use the days of its time zone. The profile exempt is built to meet the French criteria for audience
    measurement without consent.

    Example: sillage sites add example.org --timezone Europe/Paris --profile exempt
    """
    settings = loading.load(options)
    today = datetime.now(ZoneInfo(settings.timezone)).date()
    privacy = profile.of_profile(profile_name, today=today)
    with opened(settings) as control:
        site = stored.add(control, domain, timezone=settings.timezone, now=time.time(), privacy=privacy)
    click.echo(f"Added {site.domain} with the time zone {site.timezone} and the profile {profile_name}.")
    click.echo(f"Find the tracking snippet at {as_running(settings).base_url}/{site.domain}", err=True)


@sites.command("list")
@with_control
@tables.as_json
def list_all(control: Control, *, as_json: bool) -> None:
    """List the sites with their time zone and retention.

    Example: sillage sites list --json
    """
    rows: list[tables.Row] = [
        {"domain": site.domain, "timezone": site.timezone, "retention_days": site.retention_days}
        for site in stored.list_all(control, now=time.time())
    ]
    tables.show(rows, as_json=as_json, empty="No sites yet. `sillage sites add example.org` adds one.")


@sites.command()
@click.argument("domain")
@click.argument("months", type=int, required=False)
@click.option("--counts", "counts_months", type=int, metavar="MONTHS", help="Keep daily counts longer. 0: not longer.")
@click.option("--dry-run", is_flag=True, help="Report what would be deleted, and change nothing.")
@click.option("--yes", is_flag=True, help="Skip the confirmation.")
@click.pass_obj
def retention(
    options: Mapping[str, str] | None,
    domain: str,
    months: int | None,
    counts_months: int | None,
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    """Keep the events of the site DOMAIN for MONTHS months. Without MONTHS, show the retention.

    A shorter retention deletes what is older, after a confirmation. The server deletes it: now if it is running, else
    when it starts.

    Example: sillage sites retention example.org 13 --counts 25
    """
    settings = loading.load(options)
    with opened(settings) as control:
        site = find(control, domain)
        privacy = kept.changed(site.privacy, months=months, counts_months=counts_months)
        _show_retention(settings, site, privacy)
        if dry_run or privacy == site.privacy:
            return
        if not yes:
            click.confirm("Change the retention?", abort=True, err=True)
        kept.change(control, site, months=months, counts_months=counts_months, who=audit.COMMAND_LINE, now=time.time())
    click.echo("Changed the retention. The server applies it: now if it is running, else when it starts.")


def _show_retention(settings: Config, site: stored.Site, privacy: Privacy) -> None:
    """Print a retention, the oldest event, and what the retention deletes."""
    oldest, loss = _stored(settings, site, privacy)
    click.echo(f"Events are kept for {privacy.retention_months} months, daily counts for {privacy.months_of_counts}.")
    click.echo(f"The oldest event is of {oldest}." if oldest else "No events are stored.")
    if privacy != site.privacy:
        click.echo(loss or "This deletes nothing now.")


def _stored(settings: Config, site: stored.Site, privacy: Privacy) -> tuple[str, str]:
    """Return the day of the oldest event, and what a retention deletes, in a sentence. Empty: none."""
    with standing_in(settings) as database:
        if database is not None:
            event, loss = kept.oldest(database, site.id).event, kept.loss(database, site, privacy, now=time.time())
            return str(event or ""), str(loss or "")
    months = {"retention_months": privacy.retention_months, "counts_months": privacy.counts_months}
    query = urlencode({"site_id": site.domain} | months)
    answer = request_json(settings.data_dir, "GET", f"/api/v1/sites/retention?{query}")
    return answer["oldest_event"] or "", (answer["would_delete"] or {}).get("description", "")


@sites.command()
@with_control
@click.argument("domain")
@click.option("--yes", is_flag=True, help="Skip the confirmation.")
def remove(control: Control, domain: str, *, yes: bool) -> None:
    """Delete the site DOMAIN and all its events.

    New events are rejected from now on. The server deletes stored events: now if it is running, else when it starts.

    Example: sillage sites remove example.org --yes
    """
    site = find(control, domain)
    if not yes:
        click.confirm(f"Delete {site.domain} and all its statistics?", abort=True, err=True)
    stored.remove(control, site.domain, now=time.time())
    change_log.record(control, site, "Deleted the site %(domain)s.", domain=site.domain)
    click.echo(f"Removed {site.domain}. The server deletes its events: now if it is running, else when it starts.")


def domains(control: Control) -> dict[int | None, str | None]:
    """Return the domain of each site by its number. None stands for all sites and has no domain."""
    return {site.id: site.domain for site in stored.list_all(control, now=time.time())} | {None: None}


def find(control: Control, domain: str) -> stored.Site:
    """Return the site with a domain. Raises SiteError."""
    site = stored.by_domain(control, domain, now=time.time())
    if site is None:
        raise stored.SiteError(f"{domain} is not a site here. `sillage sites list` shows the sites.")
    return site
