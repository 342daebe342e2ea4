"""`sillage exclusions test`: what would become of a visit, and by which rule."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from ingest.enrich.place import Places
from ingest.gates.recent_hits import RecentHits
from schema.exclusions.rules import Exclusion
from schema.exclusions.what_if import Finding, Trial
from schema.stores.control import Control
from scripts.commands import sites
from scripts.config import loading
from scripts.config.loading import Config
from scripts.console.control_file import opened
from scripts.console.key_value import Pair
from scripts.server.rules_in_force import RulesInForce


@click.command()
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
    settings = loading.load(options)
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


def _tried(settings: Config, control: Control, trial: Trial) -> Finding:
    places = Places(settings.geo_file)
    places.refresh()
    rules = RulesInForce(
        control, data_dir=settings.data_dir, file=settings.exclusions_file, places=places, recent_hits=RecentHits()
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
