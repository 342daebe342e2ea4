"""`sillage exclusions`: rules for hits that are not counted."""

import json
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import click

from schema.exclusions import audit, condition, home
from schema.exclusions import rules as stored
from schema.exclusions.matchers import MATCHERS
from schema.exclusions.rules import Rule, RuleAction, RuleMode
from schema.stores import key_file
from schema.stores.control import Control
from scripts.commands import sites
from scripts.commands.exclusion_files import check, export, import_
from scripts.commands.exclusion_trial import test
from scripts.config import loading
from scripts.config.loading import Config
from scripts.console import confirm, tables
from scripts.console.control_file import opened, with_control
from scripts.console.errors import Refusal

_LOG_LINES = 100


def _matcher_options(command: Any) -> Any:
    for matcher in reversed(MATCHERS.values()):
        option = f"--{matcher.key.replace('_', '-')}"
        command = click.option(option, matcher.input_name, multiple=True, metavar="VALUE", help=matcher.help)(command)
    return command


@click.group()
def exclusions() -> None:
    """Add, list, test and remove rules for hits that are not counted."""


for _command in (check, export, import_, test):
    exclusions.add_command(_command)


@exclusions.command()
@_matcher_options
@click.option("--condition", metavar="JSON", help="A combined condition, as in exclusions.toml.")
@click.option("--site", "domain", metavar="DOMAIN", help="Apply the rule to this site only. The default is every site.")
@click.option("--note", required=True, metavar="TEXT", help="A description of the rule.")
@click.option("--owner", default="", metavar="TEXT", help="The person to contact about the rule.")
@click.option("--expires", default="", metavar="DATE", help="The last day of the rule, such as 2027-01-31.")
@click.option("--keep", is_flag=True, help="Count these hits despite later rules.")
@click.option("--dry-run", is_flag=True, help="Only count the hits that the rule would exclude.")
@click.option("--before", type=int, metavar="ID", help="Insert the rule before this one.")
@click.option("--yes", is_flag=True, help="Do not ask, even if the rule would exclude many hits.")
@click.pass_obj
def add(
    options: Mapping[str, str] | None, /, domain: str | None, *, before: int | None, yes: bool, **fields: Any
) -> None:
    """Exclude hits that match all the given options.

    A single IPv6 address means its /64, because devices change the rest of their address.

    Example: sillage exclusions add --network 192.0.2.0/24 --note "the office in Lyon"
    """
    settings, now = loading.load(options), time.time()
    with opened(settings) as control:
        site = sites.find(control, domain) if domain else None
        rule = stored.read(
            _table(fields),
            site_id=site.id if site else None,
            now=now,
            hash_home=partial(_hash_home, settings),
        )
        if not yes:
            confirm.ask(rule, confirm.by_the_server(settings, control), max_share=settings.excluded_share)
        added = stored.add(control, rule, who=audit.COMMAND_LINE, now=now, before=before)
    click.echo(f"Exclusion {added.id}: {_effect(rule, site.domain if site else None)}")


@exclusions.command("list")
@with_control
@tables.as_json
def list_all(control: Control, *, as_json: bool) -> None:
    """List all exclusions in order. One without a site applies to every site.

    Example: sillage exclusions list
    """
    now = time.time()
    domains = sites.domains(control)
    rows: list[tables.Row] = [
        {
            "id": exclusion.id,
            "rule": exclusion.described,
            "site": domains[exclusion.site_id],
            "state": "over" if exclusion.has_expired(now) else _state(exclusion.rule),
            "note": exclusion.rule.note,
            "owner": exclusion.rule.owner,
            "until": str(stored.last_day(exclusion.rule.expires_at)) if exclusion.rule.expires_at else None,
            "line": exclusion.line,
        }
        for exclusion in stored.list_all(control)
        # The server deletes the rules of a removed site only after its events.
        if exclusion.site_id in domains
    ]
    tables.show(
        rows, as_json=as_json, empty="No exclusions yet: `sillage exclusions add --help` explains how to add one."
    )


@exclusions.command()
@with_control
@click.argument("number", type=int, metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(control: Control, number: int, *, yes: bool) -> None:
    """Remove an exclusion. Sillage counts its hits again.

    ID is the number shown by `sillage exclusions list`.

    Example: sillage exclusions remove 3 --yes
    """
    exclusion = stored.by_id(control, number)
    if not yes:
        click.confirm(f"Remove the rule {exclusion.described} ({exclusion.rule.note})?", abort=True, err=True)
    stored.remove(control, number, who=audit.COMMAND_LINE, now=time.time())
    click.echo(f"Removed exclusion {number}: {exclusion.described}.")


@exclusions.command()
@click.argument("number", type=int, metavar="ID")
@click.option("--on", "mode", flag_value=RuleMode.ON.value, help="Put the rule in force.")
@click.option(
    "--dry-run", "mode", flag_value=RuleMode.DRY_RUN.value, help="Only count the hits that the rule would exclude."
)
@click.option("--note", metavar="TEXT", help="A description of the rule.")
@click.option("--owner", metavar="TEXT", help="The person to contact about the rule.")
@click.option("--expires", metavar="DATE", help="The last day of the rule, such as 2027-01-31.")
@click.option("--yes", is_flag=True, help="Do not ask, even if the rule would exclude many hits.")
@click.pass_obj
def edit(options: Mapping[str, str] | None, /, number: int, *, yes: bool, **fields: str | None) -> None:
    """Change the mode, note, owner or last day of exclusion ID.

    The condition cannot be changed: remove the rule and add a new one.

    Example: sillage exclusions edit 3 --expires 2027-01-31
    """
    settings, now = loading.load(options), time.time()
    changes = {name: value for name, value in fields.items() if value is not None}
    with opened(settings) as control:
        if changes.get("mode") == RuleMode.ON and not yes:
            rule = stored.changed(stored.by_id(control, number).rule, changes, now=now)
            confirm.ask(rule, confirm.by_the_server(settings, control), max_share=settings.excluded_share)
        rule = stored.change(control, number, changes, who=audit.COMMAND_LINE, now=now).rule
        domain = sites.domains(control)[rule.site_id]
    end = f" Its last day is {stored.last_day(rule.expires_at)}." if rule.expires_at else ""
    click.echo(f"Exclusion {number}: {_effect(rule, domain)}{end}")


@exclusions.command("hash")
@click.argument("address")
@click.pass_obj
def hash_(options: Mapping[str, str] | None, address: str) -> None:
    """Print the hash of a home's address, for exclusions.toml.

    Example: sillage exclusions hash 192.0.2.7
    """
    settings = loading.load(options)
    loading.make_data_dir(settings)
    try:
        click.echo(_hash_home(settings, address))
    except ValueError:
        raise Refusal(f"{address!r} is not an address: write it as in 192.0.2.7 or 2001:db8::7") from None


@exclusions.command()
@with_control
@tables.as_json
def log(control: Control, *, as_json: bool) -> None:
    """List changes of exclusions, newest first.

    Example: sillage exclusions log
    """
    rows: list[tables.Row] = [
        {"at": time.strftime("%Y-%m-%d %H:%M", time.gmtime(entry.at)), "who": entry.who, "change": entry.change}
        for entry in audit.latest(control, _LOG_LINES)
    ]
    tables.show(rows, as_json=as_json, empty="No exclusion has been changed yet.")


def _table(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of a rule from the options of a command."""
    names = [matcher.input_name for matcher in MATCHERS.values()]
    table: dict[str, Any] = {name: list(options[name]) for name in names if options[name]}
    if options["condition"]:
        try:
            table |= dict(json.loads(options["condition"]))
        except (TypeError, ValueError):
            raise Refusal('--condition must be an object in JSON, such as {"not": {"country": "FR"}}') from None
    if not table:
        raise Refusal("choose the hits to exclude: --network, --home, --path ... (see `sillage exclusions add --help`)")
    table |= {name: options[name] for name in ("note", "owner", "expires")}
    table["action"] = RuleAction.KEEP if options["keep"] else RuleAction.EXCLUDE
    return table | {"mode": RuleMode.DRY_RUN if options["dry_run"] else RuleMode.ON}


def _hash_home(settings: Config, address: str) -> str:
    return home.hash_of(address, key=key_file.read(settings.data_dir, key_file.HOMES))


def _effect(rule: Rule, domain: str | None) -> str:
    where = f"on {domain}" if domain else "on any site"
    described = condition.described(rule.condition)
    if rule.action is RuleAction.KEEP:
        return f"hits that match {described} are counted {where}, despite later rules."
    if rule.mode is RuleMode.DRY_RUN:
        return f"hits that match {described} are still counted {where}. Sillage records how many there are."
    return f"hits that match {described} are not counted {where}."


def _state(rule: Rule) -> str:
    return "keeps" if rule.action is RuleAction.KEEP else rule.mode.value
