"""`sillage rollups`: the daily and monthly counts that reports on long periods read."""

import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import click

from schema.days.rollups import Rollups
from schema.measures import goals
from schema.privacy import retention
from schema.sites import sites as stored_sites
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from scripts.commands import sites
from scripts.config import loading
from scripts.config.loading import Config
from scripts.console import tables
from scripts.console.control_file import opened, with_control
from scripts.console.errors import Refusal
from scripts.console.standing_in import standing_in

PATIENCE_S = 120
_DATE = click.DateTime(["%Y-%m-%d"])


@click.group()
def rollups() -> None:
    """Rebuild the daily and monthly counts, and show their status."""


@rollups.command()
@click.option("--site", "domain", metavar="DOMAIN", help="Only this site. All sites by default.")
@click.option(
    "--from",
    "first",
    type=_DATE,
    metavar="YYYY-MM-DD",
    help="First day, in the site's time zone. The earliest by default.",
)
@click.option("--to", "last", type=_DATE, metavar="YYYY-MM-DD", help="Last day. Yesterday by default.")
@click.pass_obj
def rebuild(
    options: Mapping[str, str] | None, domain: str | None, first: datetime | None, last: datetime | None
) -> None:
    """Rebuild the daily counts of a period, and those of its months.

    The running server rebuilds them, latest days first, and the months last. Until then, reports read the events
    instead. Without a server, this command rebuilds them itself.

    Example: sillage rollups rebuild --site example.org --from 2026-01-01
    """
    settings = loading.load(options)
    start = first.date() if first else date.min
    end = last.date() if last else date.max
    with opened(settings) as control:
        selected = [sites.find(control, domain)] if domain else stored_sites.list_all(control, now=time.time())
        with standing_in(settings) as database:
            if database is None:
                count = _wait_for_server(control, settings, selected, start, end)
            else:
                count = _rebuild(control, database, selected, start, end)
        final = sum(_final(control, site, start, end) for site in selected)
    click.echo(f"Counted {count:,} day{'' if count == 1 else 's'}.")
    if final:
        kept = "1 day keeps its counts" if final == 1 else f"{final:,} days keep their counts"
        click.echo(f"{kept}, because the events were deleted when the days were closed.")


@rollups.command()
@with_control
@tables.as_json
def status(control: Control, *, as_json: bool) -> None:
    """Show how many days and months of each site are counted.

    Example: sillage rollups status --json
    """
    totals = {site_id: total for site_id, *total in control.rows(_STATUS)}
    rows: list[tables.Row] = [
        {
            "domain": site.domain,
            "days": totals[site.id][0],
            "counted": totals[site.id][1],
            "not_exact": totals[site.id][2],
            "months": totals[site.id][3],
            "first": totals[site.id][4],
            "last": totals[site.id][5],
        }
        for site in stored_sites.list_all(control, now=time.time())
        if site.id in totals
    ]
    tables.show(rows, as_json=as_json, empty="No day has ended yet. Days are counted half an hour after they end.")


_STATUS = """
select site_id, count(*), sum(zone != ''), sum(zone != '' and is_exact = 0),
       (select count(*) from rolled_months where rolled_months.site_id = rolled_days.site_id), min(day), max(day)
from rolled_days group by site_id
"""


def _rebuild(control: Control, database: Database, selected: Sequence[Site], first: date, last: date) -> int:
    rollups = Rollups(control, database, clock=time.time)
    for site in selected:
        rollups.look(site)
        rollups.forget(site.id, _with_rows(site, first), last)
    work = [
        (site, day)
        for site in selected
        for day in rollups.due(site, goals.list_all(control, site.id))
        if first <= day <= last
    ]
    with click.progressbar(work, label="Counting days", file=sys.stderr) as bar:
        counted = sum(rollups.count(site, day) for site, day in bar)
    for site in selected:
        for month in rollups.due_months(site):
            rollups.count_month(site, month)
    rollups.merge()
    return counted


def _with_rows(site: Site, first: date) -> date:
    """Return the first day to count again: counts may be kept longer than the rows they come from."""
    return max(first, retention.first_kept(site, site.privacy.retention_months, now=time.time()))


def _wait_for_server(control: Control, settings: Config, selected: Sequence[Site], first: date, last: date) -> int:
    rollups = Rollups(control, Database(settings.database), clock=time.time)  # never opened
    count = sum(rollups.forget(site.id, _with_rows(site, first), last) for site in selected)
    with click.progressbar(length=count, label="Counting days", file=sys.stderr) as bar:
        waited_s, left = 0, count
        while left:
            time.sleep(1)
            now_left = sum(_uncounted(control, site, first, last) for site in selected)
            waited_s = 0 if now_left != left else waited_s + 1
            if waited_s > PATIENCE_S:
                raise Refusal("The running server is not counting the days. See its log.")
            bar.update(max(left - now_left, 0))
            left = now_left
    return count


def _final(control: Control, site: Site, first: date, last: date) -> int:
    sql = "select count(*) from closed_days where site_id = ? and is_final and day between ? and ?"
    return int(control.rows(sql, (site.id, first.isoformat(), last.isoformat()))[0][0])


def _uncounted(control: Control, site: Site, first: date, last: date) -> int:
    sql = "select count(*) from rolled_days where site_id = ? and zone = '' and day between ? and ?"
    return int(control.rows(sql, (site.id, first.isoformat(), last.isoformat()))[0][0])
