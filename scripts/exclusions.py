"""`sillage exclusions`: networks whose hits are not counted."""

from collections.abc import Mapping

import click

from schema import exclusions as stored
from schema import sites as stored_sites
from scripts import config, listing, sites
from scripts.control_file import opened


@click.group()
def exclusions() -> None:
    """Add, list and remove networks whose hits are not counted."""


@exclusions.command()
@click.option("--network", required=True, metavar="CIDR", help="Whose hits: 192.0.2.0/24, or a single address.")
@click.option("--site", "domain", metavar="DOMAIN", help="The only site it is for; every site if not given.")
@click.option("--note", required=True, metavar="TEXT", help="What it is, for whoever reads the list later.")
@click.pass_obj
def add(options: Mapping[str, str] | None, network: str, domain: str | None, note: str) -> None:
    """Count nothing that comes from a network.

    A single IPv6 address stands for its /64, because devices change the rest of it by themselves.

    Example: sillage exclusions add --network 192.0.2.0/24 --note "the office in Lyon"
    """
    with opened(config.load(options)) as control:
        site = sites.find(control, domain) if domain else None
        rule = stored.add(control, network, site_id=site.id if site else None, note=note)
    click.echo(
        f"Exclusion {rule.id}: hits from {rule.network} are not counted on {site.domain if site else 'any site'}."
    )


@exclusions.command("list")
@listing.as_json
@click.pass_obj
def list_all(options: Mapping[str, str] | None, *, as_json: bool) -> None:
    """Print every exclusion; one without a site is for all.

    Example: sillage exclusions list
    """
    with opened(config.load(options)) as control:
        domains = {site.id: site.domain for site in stored_sites.list_all(control)} | {None: None}
        # The rules of a removed site go with it, once the server has deleted its events.
        rules = [rule for rule in stored.list_all(control) if rule.site_id in domains]
    rows: list[listing.Row] = [
        {"id": rule.id, "network": rule.network, "site": domains[rule.site_id], "note": rule.note} for rule in rules
    ]
    listing.show(rows, as_json=as_json, empty="No exclusion yet: `sillage exclusions add --help` says how to add one.")


@exclusions.command()
@click.argument("number", type=int, metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(options: Mapping[str, str] | None, number: int, *, yes: bool) -> None:
    """Count hits again that an exclusion kept out.

    ID is its number, as `sillage exclusions list` shows it.

    Example: sillage exclusions remove 3 --yes
    """
    with opened(config.load(options)) as control:
        rule = stored.by_id(control, number)
        if not yes:
            click.confirm(f"Count hits from {rule.network} ({rule.note}) again?", abort=True, err=True)
        stored.remove(control, rule.id)
    click.echo(f"Removed exclusion {rule.id}: hits from {rule.network} are counted again.")
