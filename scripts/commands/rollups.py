"""`sillage rollups`: the counts of days that long periods are answered from."""

import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import click

from schema.days.rollups import Rollups
from schema.measures import goals
from schema.sites import sites as stored_sites
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from scripts.commands import sites
from scripts.config import loading
from scripts.config.loading import Config
from scripts.console import tables
from scripts.console.control_file import opened
from scripts.console.errors import Refusal
from scripts.console.standing_in import standing_in

PATIENCE_S = 120
_DATE = click.DateTime(["%Y-%m-%d"])


@click.group()
def rollups() -> None:
    """Count days again, and show which are counted."""


@rollups.command()
@click.option("--site", "domain", metavar="DOMAIN", help="Of this site alone.")
@click.option("--from", "first", type=_DATE, help="The first local day; the first there is if not given.")
@click.option("--to", "last", type=_DATE, help="The last local day; yesterday if not given.")
@click.pass_obj
def rebuild(
    options: Mapping[str, str] | None, domain: str | None, first: datetime | None, last: datetime | None
) -> None:
    """Count the days of a period again, of every site if none is named.

    The running server does it, the latest days first, and answers meanwhile from what is not counted; without one this
    command does.

    Example: sillage rollups rebuild --site example.org --from 2026-01-01
    """
    settings = loading.load(options)
    start = first.date() if first else date.min
    end = last.date() if last else date.max
    with opened(settings) as control:
        chosen = [sites.find(control, domain)] if domain else stored_sites.list_all(control, now=time.time())
        with standing_in(settings) as database:
            if database is None:
                count = _by_the_server(control, settings, chosen, start, end)
            else:
                count = _here(control, database, chosen, start, end)
    click.echo(f"Counted {count:,} day{'' if count == 1 else 's'} again.")


@rollups.command()
@tables.as_json
@click.pass_obj
def status(options: Mapping[str, str] | None, *, as_json: bool) -> None:
    """Print how many days of each site are counted.

    Example: sillage rollups status --json
    """
    with opened(loading.load(options)) as control:
        found = {row[0]: row for row in control.rows(_STATUS)}
        rows: list[tables.Row] = [
            {
                "domain": site.domain,
                "days": found[site.id][1],
                "counted": found[site.id][2],
                "not_exact": found[site.id][3],
                "first": found[site.id][4],
                "last": found[site.id][5],
            }
            for site in stored_sites.list_all(control, now=time.time())
            if site.id in found
        ]
    tables.show(rows, as_json=as_json, empty="No day is over yet: days are counted half an hour after they end.")


_STATUS = """
select site_id, count(*), sum(zone != ''), sum(zone != '' and is_exact = 0), min(day), max(day)
from rolled_days group by site_id
"""


def _here(control: Control, database: Database, chosen: Sequence[Site], first: date, last: date) -> int:
    rollups = Rollups(control, database, clock=time.time)
    for site in chosen:
        rollups.look(site)
        rollups.forget(site.id, first, last)
    work = [
        (site, day)
        for site in chosen
        for day in rollups.due(site, goals.list_all(control, site.id))
        if first <= day <= last
    ]
    with click.progressbar(work, label="Counting days", file=sys.stderr) as bar:
        counted = sum(rollups.count(site, day) for site, day in bar)
    rollups.merge()
    return counted


def _by_the_server(control: Control, settings: Config, chosen: Sequence[Site], first: date, last: date) -> int:
    rollups = Rollups(control, Database(settings.database), clock=time.time)  # which is not opened
    count = sum(rollups.forget(site.id, first, last) for site in chosen)
    with click.progressbar(length=count, label="Counting days", file=sys.stderr) as bar:
        waited_s, left = 0, count
        while left:
            time.sleep(1)
            now_left = sum(_uncounted(control, site, first, last) for site in chosen)
            waited_s = 0 if now_left != left else waited_s + 1
            if waited_s > PATIENCE_S:
                raise Refusal("the running server does not count the days: its log says why")
            bar.update(max(left - now_left, 0))
            left = now_left
    return count


def _uncounted(control: Control, site: Site, first: date, last: date) -> int:
    sql = "select count(*) from rolled_days where site_id = ? and zone = '' and day between ? and ?"
    return int(control.rows(sql, (site.id, first.isoformat(), last.isoformat()))[0][0])
