"""`sillage exclusions`: rules of hits that are not counted."""

import json
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import click

from schema.exclusions import audit, condition, home
from schema.exclusions import rules as stored
from schema.exclusions.condition import Matcher
from schema.exclusions.rules import Mode, Rule
from schema.stores import key_file
from scripts.commands import sites
from scripts.commands.exclusion_files import check, export, import_
from scripts.commands.exclusion_trial import test
from scripts.config import loading
from scripts.config.loading import Config
from scripts.console import confirm, tables
from scripts.console.control_file import opened
from scripts.console.errors import Refusal

_LOG_LINES = 100

_MATCHERS = {
    Matcher.NETWORK: "An address or network, such as 192.0.2.0/24; may be given several times, as all of these.",
    Matcher.HOST_NAME: "A name whose addresses change, by dynamic DNS.",
    Matcher.PAGE_HOST: "The host of the page; * is any text.",
    Matcher.PATH: "The path of the page; * is any text within a part of it, ** any text.",
    Matcher.USER_AGENT: "A part of the user agent.",
    Matcher.USER_AGENT_PATTERN: "A pattern (RE2) in the user agent.",
    Matcher.COUNTRY: "Two letters of a country.",
    Matcher.HEADER: 'A header that your proxy sets, such as "X-Office: yes".',
}


def _matchers(command: Any) -> Any:
    for matcher, text in reversed(_MATCHERS.items()):
        name = matcher.value.replace("_", "-")
        command = click.option(f"--{name}", matcher.value, multiple=True, metavar="TEXT", help=text)(command)
    return command


@click.group()
def exclusions() -> None:
    """Add, list, try and remove rules of hits that are not counted."""


for _command in (check, export, import_, test):
    exclusions.add_command(_command)


@exclusions.command()
@_matchers
@click.option("--home", "home_address", multiple=True, metavar="ADDRESS", help="A home; only a hash of it is kept.")
@click.option("--condition", metavar="JSON", help="A condition that joins several, as exclusions.toml has them.")
@click.option("--site", "domain", metavar="DOMAIN", help="The only site it is for; every site if not given.")
@click.option("--note", required=True, metavar="TEXT", help="What it is, for whoever reads the list later.")
@click.option("--owner", default="", metavar="TEXT", help="Who to ask about it.")
@click.option("--expires", default="", metavar="DATE", help="The last day it holds, such as 2027-01-31.")
@click.option("--keep", is_flag=True, help="Count such hits, whatever the rules behind say.")
@click.option("--dry-run", is_flag=True, help="Only count what it would keep out.")
@click.option("--before", type=int, metavar="ID", help="Put it ahead of this rule.")
@click.option("--yes", is_flag=True, help="Do not ask, however many hits it would have kept out.")
@click.pass_obj
def add(
    options: Mapping[str, str] | None, /, domain: str | None, *, before: int | None, yes: bool, **given: Any
) -> None:
    """Leave hits out: those of which all that is given here is true.

    A single IPv6 address stands for its /64, because devices change the rest of it by themselves.

    Example: sillage exclusions add --network 192.0.2.0/24 --note "the office in Lyon"
    """
    settings = loading.load(options)
    with opened(settings) as control:
        site = sites.find(control, domain) if domain else None
        rule = stored.read(
            _fields(given),
            site_id=site.id if site else None,
            now=time.time(),
            hash_home=partial(_hash_home, settings),
        )
        if not yes:
            confirm.ask(rule, confirm.by_the_server(settings, control), max_share=settings.excluded_share)
        added = stored.add(control, rule, who=audit.COMMAND_LINE, before=before)
    click.echo(f"Exclusion {added.id}: {_told(rule, site.domain if site else None)}")


@exclusions.command("list")
@tables.as_json
@click.pass_obj
def list_all(options: Mapping[str, str] | None, *, as_json: bool) -> None:
    """Print every exclusion, in the order in which they are tried; one without a site is for all.

    Example: sillage exclusions list
    """
    now = time.time()
    with opened(loading.load(options)) as control:
        domains = sites.domains(control)
        rows: list[tables.Row] = [
            {
                "id": found.id,
                "rule": found.described,
                "site": domains[found.site_id],
                "state": "over" if found.is_over(now) else _state(found.rule),
                "note": found.rule.note,
                "owner": found.rule.owner,
                "until": str(stored.last_day(found.rule.expires_at)) if found.rule.expires_at else None,
                "line": found.line,
            }
            for found in stored.list_all(control)
            # The rules of a removed site go with it, once the server has deleted its events.
            if found.site_id in domains
        ]
    tables.show(rows, as_json=as_json, empty="No exclusion yet: `sillage exclusions add --help` says how to add one.")


@exclusions.command()
@click.argument("number", type=int, metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(options: Mapping[str, str] | None, number: int, *, yes: bool) -> None:
    """Count hits again that an exclusion kept out.

    ID is its number, as `sillage exclusions list` shows it.

    Example: sillage exclusions remove 3 --yes
    """
    with opened(loading.load(options)) as control:
        found = stored.by_id(control, number)
        if not yes:
            click.confirm(f"Remove the rule {found.described} ({found.rule.note})?", abort=True, err=True)
        stored.remove(control, found.id, who=audit.COMMAND_LINE)
    click.echo(f"Removed exclusion {found.id}: {found.described}.")


@exclusions.command()
@click.argument("number", type=int, metavar="ID")
@click.option("--on", "mode", flag_value=Mode.ON.value, help="Put it in force.")
@click.option("--dry-run", "mode", flag_value=Mode.DRY_RUN.value, help="Only count what it would keep out.")
@click.option("--note", metavar="TEXT", help="What it is.")
@click.option("--owner", metavar="TEXT", help="Who to ask about it.")
@click.option("--expires", metavar="DATE", help="The last day it holds, such as 2027-01-31.")
@click.option("--yes", is_flag=True, help="Do not ask, however many hits it would have kept out.")
@click.pass_obj
def edit(options: Mapping[str, str] | None, /, number: int, *, yes: bool, **given: str | None) -> None:
    """Put the exclusion ID in force or only try it, or change its note, owner or last day.

    What it looks at stays: for another condition, remove it and add another.

    Example: sillage exclusions edit 3 --expires 2027-01-31
    """
    settings, now = loading.load(options), time.time()
    changes = {name: value for name, value in given.items() if value is not None}
    with opened(settings) as control:
        if changes.get("mode") == Mode.ON and not yes:
            rule = stored.changed(stored.by_id(control, number).rule, changes, now=now)
            confirm.ask(rule, confirm.by_the_server(settings, control), max_share=settings.excluded_share)
        found = stored.change(control, number, changes, who=audit.COMMAND_LINE, now=now)
        domain = sites.domains(control)[found.site_id]
    end = f" Its last day is {stored.last_day(found.rule.expires_at)}." if found.rule.expires_at else ""
    click.echo(f"Exclusion {found.id}: {_told(found.rule, domain)}{end}")


@exclusions.command("hash")
@click.argument("address")
@click.pass_obj
def hash_(options: Mapping[str, str] | None, address: str) -> None:
    """Print what stands for the address of a home in exclusions.toml.

    Example: sillage exclusions hash 192.0.2.7
    """
    settings = loading.load(options)
    loading.make_data_dir(settings)
    try:
        click.echo(_hash_home(settings, address))
    except ValueError:
        raise Refusal(f"{address!r} is not an address: write it as in 192.0.2.7 or 2001:db8::7") from None


@exclusions.command()
@tables.as_json
@click.pass_obj
def log(options: Mapping[str, str] | None, *, as_json: bool) -> None:
    """Print who changed which exclusion, the latest first.

    Example: sillage exclusions log
    """
    with opened(loading.load(options)) as control:
        rows: list[tables.Row] = [
            {"at": time.strftime("%Y-%m-%d %H:%M", time.gmtime(entry.at)), "who": entry.who, "change": entry.change}
            for entry in audit.latest(control, _LOG_LINES)
        ]
    tables.show(rows, as_json=as_json, empty="Nobody has changed an exclusion yet.")


def _fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule's table of what was typed."""
    fields: dict[str, Any] = {
        matcher.value: list(given[matcher.value]) for matcher in _MATCHERS if given[matcher.value]
    }
    if given["home_address"]:
        fields["home_address"] = list(given["home_address"])
    if given["condition"]:
        try:
            fields |= dict(json.loads(given["condition"]))
        except (TypeError, ValueError):
            raise Refusal('--condition must be an object in JSON, such as {"not": {"country": "FR"}}') from None
    if not fields:
        raise Refusal("say which hits are meant: --network, --home, --path ... (`sillage exclusions add --help`)")
    fields |= {name: given[name] for name in ("note", "owner", "expires")}
    return fields | {"action": "keep" if given["keep"] else "exclude", "mode": "dry-run" if given["dry_run"] else "on"}


def _hash_home(settings: Config, address: str) -> str:
    return home.hash_of(address, key=key_file.read(settings.data_dir, key_file.HOMES))


def _told(rule: Rule, domain: str | None) -> str:
    where = domain or "any site"
    looked_at = condition.described(rule.condition)
    if rule.action is stored.Action.KEEP:
        return f"hits of {looked_at} are counted on {where}, whatever the rules behind say."
    if rule.mode is Mode.DRY_RUN:
        return f"hits of {looked_at} are counted on {where}, and how many they are is too."
    return f"hits of {looked_at} are not counted on {where}."


def _state(rule: Rule) -> str:
    return "keeps" if rule.action is stored.Action.KEEP else rule.mode.value
