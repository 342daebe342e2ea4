"""`sillage exclusions`: rules of hits that are not counted."""

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import click

from ingest.enrich.place import Places
from ingest.traffic import Traffic
from schema import address_list, audit, condition, exclusions_file, home, key_file
from schema import exclusions as stored
from schema import sites as stored_sites
from schema.condition import ExclusionError, Matcher
from schema.control import Control
from schema.exclusions import Exclusion, Mode, Rule
from schema.trial import Finding, Trial
from scripts import config, listing, sites
from scripts.config import Config
from scripts.control_file import opened
from scripts.operator_socket import OperatorConnection, answered
from scripts.pair import Pair
from scripts.refusal import Refusal
from scripts.rules_in_force import RulesInForce

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
    settings = config.load(options)
    with opened(settings) as control:
        site = sites.find(control, domain) if domain else None
        rule = stored.read(
            _fields(given),
            site_id=site.id if site else None,
            now=time.time(),
            hash_home=partial(_hash_home, settings),
        )
        if not yes:
            _weigh(settings, rule, domain)
        added = stored.add(control, rule, who=audit.COMMAND_LINE, before=before)
    click.echo(f"Exclusion {added.id}: {_told(rule, site.domain if site else None)}")


@exclusions.command("list")
@listing.as_json
@click.pass_obj
def list_all(options: Mapping[str, str] | None, *, as_json: bool) -> None:
    """Print every exclusion, in the order in which they are tried; one without a site is for all.

    Example: sillage exclusions list
    """
    now = time.time()
    with opened(config.load(options)) as control:
        domains = _domains(control)
        rows: list[listing.Row] = [
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
        found = stored.by_id(control, number)
        if not yes:
            click.confirm(f"Remove the rule {found.described} ({found.rule.note})?", abort=True, err=True)
        stored.remove(control, found.id, who=audit.COMMAND_LINE)
    click.echo(f"Removed exclusion {found.id}: {found.described}.")


@exclusions.command()
@click.argument("number", type=int, metavar="ID")
@click.option("--dry-run/--on", "dry_run", required=True, help="Only count what it would keep out, or put it in force.")
@click.pass_obj
def mode(options: Mapping[str, str] | None, number: int, *, dry_run: bool) -> None:
    """Put the exclusion ID in force, or only try it.

    Example: sillage exclusions mode 3 --on
    """
    with opened(config.load(options)) as control:
        found = stored.set_mode(control, number, Mode.DRY_RUN if dry_run else Mode.ON, who=audit.COMMAND_LINE)
    click.echo(f"Exclusion {found.id} is {'only being tried' if dry_run else 'in force'}: {found.described}.")


@exclusions.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def check(options: Mapping[str, str] | None, file: Path) -> None:
    """Say whether FILE, as exclusions.toml, can be used.

    Example: sillage exclusions check exclusions.toml
    """
    with opened(config.load(options)) as control:
        rules = _read(control, file)
    click.echo(f"{file} can be used: {len(rules)} rule{'' if len(rules) == 1 else 's'}.")


@exclusions.command()
@click.option("--site", "domain", required=True, metavar="DOMAIN", help="The site that is visited.")
@click.option("--ip", default="", metavar="ADDRESS", help="The visitor's address.")
@click.option("--user-agent", default="", metavar="TEXT", help="The browser's.")
@click.option("--host", "page_host", default="", metavar="HOST", help="Of the page; the site's if not given.")
@click.option("--path", default="/", metavar="PATH", help="Of the page.")
@click.option("--country", default="", metavar="CODE", help="In place of that of the address.")
@click.option("--header", "headers", multiple=True, type=Pair(), metavar="NAME=VALUE", help="Of a trusted proxy.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def test(
    options: Mapping[str, str] | None, /, domain: str, *, headers: Sequence[tuple[str, str]], as_json: bool, **seen: str
) -> None:
    """Say whether a visit would be counted, and if not, by which rule it is kept out.

    Host names that rules name are looked up.

    Example: sillage exclusions test --site example.org --ip 192.0.2.7
    """
    settings = config.load(options)
    with opened(settings) as control:
        site = sites.find(control, domain)
        trial = Trial(
            site.id,
            address=seen["ip"],
            user_agent=seen["user_agent"],
            page_host=seen["page_host"] or site.domain,
            path=seen["path"],
            country=seen["country"],
            headers=dict(headers),
        )
        found = _tried(settings, control, trial)
    if as_json:
        click.echo(json.dumps(_as_json(found), ensure_ascii=False, indent=2))
        return
    click.echo(_sentence(found))
    for step in found.steps:
        click.echo(f"  {'true ' if step.is_true else 'false'}  {step.exclusion.id}: {_named(step.exclusion)}")


@exclusions.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--site", "domain", metavar="DOMAIN", help="The only site they are for; every site if not given.")
@click.option("--note", default="", metavar="TEXT", help="For entries that have none.")
@click.option("--dry-run", is_flag=True, help="Only count what they would keep out.")
@click.pass_obj
def import_(options: Mapping[str, str] | None, file: Path, *, domain: str | None, note: str, dry_run: bool) -> None:
    """Take over a list of addresses: text, CSV, another tool's list, or a file that `export` wrote.

    Of a list of addresses, those with the same note become one rule. All is taken, or nothing.

    Example: sillage exclusions import excluded.csv --note "from the former tool" --dry-run
    """
    with opened(config.load(options)) as control:
        site = sites.find(control, domain) if domain else None
        if file.suffix == ".toml":
            rules = [rule for _, rule in _read(control, file)]
        else:
            rules = [
                stored.read(
                    {"network": networks, "note": own or note, "mode": Mode.DRY_RUN if dry_run else Mode.ON},
                    site_id=site.id if site else None,
                    now=time.time(),
                )
                for own, networks in _addresses(file).items()
            ]
        known = [rule for rule in rules if stored.same_as(control, rule)]
        for rule in rules:
            if rule not in known:
                stored.add(control, rule, who=audit.COMMAND_LINE)
    count = len(rules) - len(known)
    there = f" ({len(known)} had been there)" if known else ""
    click.echo(f"Added {count} rule{'' if count == 1 else 's'}{there}.")


@exclusions.command()
@click.pass_obj
def export(options: Mapping[str, str] | None) -> None:
    """Print every exclusion as exclusions.toml has them.

    Example: sillage exclusions export > exclusions.toml
    """
    with opened(config.load(options)) as control:
        domains = _domains(control)
        rules = [(domains[found.site_id], found.rule) for found in stored.list_all(control) if found.site_id in domains]
    click.echo(exclusions_file.written(rules), nl=False)


@exclusions.command("hash")
@click.argument("address")
@click.pass_obj
def hash_(options: Mapping[str, str] | None, address: str) -> None:
    """Print what stands for the address of a home in exclusions.toml.

    Example: sillage exclusions hash 192.0.2.7
    """
    settings = config.load(options)
    config.make_data_dir(settings)
    try:
        click.echo(_hash_home(settings, address))
    except ValueError:
        raise Refusal(f"{address!r} is not an address: write it as in 192.0.2.7 or 2001:db8::7") from None


@exclusions.command()
@listing.as_json
@click.pass_obj
def log(options: Mapping[str, str] | None, *, as_json: bool) -> None:
    """Print who changed which exclusion, the latest first.

    Example: sillage exclusions log
    """
    with opened(config.load(options)) as control:
        rows: list[listing.Row] = [
            {"at": time.strftime("%Y-%m-%d %H:%M", time.gmtime(entry.at)), "who": entry.who, "change": entry.change}
            for entry in audit.latest(control, _LOG_LINES)
        ]
    listing.show(rows, as_json=as_json, empty="Nobody has changed an exclusion yet.")


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


def _weigh(settings: Config, rule: Rule, domain: str | None) -> None:
    """Ask about a rule that would have kept many of the last day's hits out, as far as a running server knows them."""
    if not rule.keeps_out:
        return
    body = json.dumps({**stored.fields_of(rule), **({"site_id": domain} if domain else {})}).encode()
    connection = OperatorConnection(settings.data_dir)
    try:
        connection.connect()
    except OSError:  # no server runs, so there are no hits that it knows of
        return
    with closing(connection), answered(connection, "POST", "/api/v1/sites/exclusions/share", body=[body]) as answer:
        share = json.load(answer)["share"]
    if share is not None and share > settings.excluded_share_percent / 100:
        click.confirm(
            f"This rule would have left out about {round(share * 100)} % of the last day's hits. Add it all the same?",
            abort=True,
            err=True,
        )


def _read(control: Control, file: Path) -> list[tuple[int, Rule]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
        return exclusions_file.read(text, sites={site.domain: site.id for site in stored_sites.list_all(control)})
    except UnicodeDecodeError:
        raise Refusal(f"{file} can't be used: it is no text in UTF-8") from None
    except ExclusionError as error:
        raise Refusal(f"{file} can't be used: {error}") from None


def _addresses(file: Path) -> dict[str, list[str]]:
    try:
        return address_list.read(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise Refusal(f"{file} can't be used: it is no text in UTF-8") from None


def _tried(settings: Config, control: Control, trial: Trial) -> Finding:
    places = Places(settings.geo_file)
    places.refresh()
    rules = RulesInForce(
        control, data_dir=settings.data_dir, file=settings.exclusions_file, places=places, traffic=Traffic()
    )
    rules.compile()
    if rules.ask_names():
        rules.compile()
    return rules.simulate(trial)


def _as_json(found: Finding) -> dict[str, Any]:
    return {
        "counted": found.drop_reason is None,
        "excluded_by": found.excluded_by.id if found.excluded_by else None,
        "kept_by": found.kept_by.id if found.kept_by else None,
        "would_be_excluded_by": found.would_be_by.id if found.would_be_by else None,
        "reason": found.drop_reason,
        "country": found.country or None,
        "rules": [{"id": step.exclusion.id, "is_true": step.is_true} for step in found.steps],
    }


def _sentence(found: Finding) -> str:
    if found.excluded_by:
        return f"Not counted: kept out by exclusion {found.excluded_by.id}, {_named(found.excluded_by)}."
    if found.reason:
        return f"Not counted, though by no rule: {found.reason}."
    tried = (
        f" Exclusion {found.would_be_by.id} would keep it out, but is only being tried." if found.would_be_by else ""
    )
    if found.kept_by:
        return f"Counted: exclusion {found.kept_by.id} says so, {_named(found.kept_by)}.{tried}"
    return f"Counted: no rule is true of it.{tried}"


def _named(found: Exclusion) -> str:
    return f"{found.rule.note} ({found.described})" if found.rule.note else found.described


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


def _domains(control: Control) -> dict[int | None, str | None]:
    return {site.id: site.domain for site in stored_sites.list_all(control)} | {None: None}
