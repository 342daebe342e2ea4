"""`sillage exclusions test`: would a visit be counted, and which rule decides?"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from ingest.enrich.place import Places
from ingest.gates.recent_hits import RecentHits
from schema.exclusions.rules import Exclusion
from schema.exclusions.what_if import Trial, TrialResult
from schema.stores.control import Control
from scripts.commands import sites
from scripts.config import loading
from scripts.config.loading import Config
from scripts.console.control_file import opened
from scripts.console.key_value import Pair
from scripts.server.rules_in_force import RulesInForce


@click.command()
@click.option("--site", "domain", required=True, metavar="DOMAIN", help="The visited site.")
@click.option("--ip", default="", metavar="ADDRESS", help="The visitor's address.")
@click.option("--user-agent", default="", metavar="TEXT", help="The visitor's user agent.")
@click.option(
    "--host", "page_host", default="", metavar="HOST", help="The host of the page. The default is the site's domain."
)
@click.option("--path", default="/", metavar="PATH", help="The path of the page.")
@click.option("--country", default="", metavar="CODE", help="Use this country instead of looking up the address.")
@click.option("--referrer", default="", metavar="URL", help="The page that the visit comes from.")
@click.option(
    "--header", "headers", multiple=True, type=Pair(), metavar="NAME=VALUE", help="A header from a trusted proxy."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def test(
    options: Mapping[str, str] | None, /, domain: str, *, headers: Sequence[tuple[str, str]], as_json: bool, **seen: str
) -> None:
    """Show whether a visit would be counted, and if not, which rule excludes it.

    The command looks up the host names in rules.

    Example: sillage exclusions test --site example.org --ip 192.0.2.7
    """
    settings = loading.load(options)
    with opened(settings) as control:
        site = sites.find(control, domain)
        trial = Trial(
            site.id,
            address=seen["ip"],
            user_agent=seen["user_agent"],
            page_host=seen["page_host"] or site.host,
            path=seen["path"],
            country=seen["country"],
            referrer=seen["referrer"],
            headers=dict(headers),
        )
        result = _result(settings, control, trial)
    if as_json:
        click.echo(json.dumps(_as_json(result), ensure_ascii=False, indent=2))
        return
    click.echo(_sentence(result))
    for step in result.steps:
        click.echo(f"  {'yes' if step.matches else 'no '}  {step.exclusion.id}: {_named(step.exclusion)}")


def _result(settings: Config, control: Control, trial: Trial) -> TrialResult:
    places = Places(settings.geo_file)
    places.refresh()
    rules = RulesInForce(
        control, data_dir=settings.data_dir, file=settings.exclusions_file, places=places, recent_hits=RecentHits()
    )
    rules.compile()
    if rules.refresh_names():
        rules.compile()
    return rules.simulate(trial)


def _as_json(result: TrialResult) -> dict[str, Any]:
    return {
        "counted": result.drop_reason is None,
        "excluded_by": result.excluded_by.id if result.excluded_by else None,
        "kept_by": result.kept_by.id if result.kept_by else None,
        "would_be_excluded_by": result.would_be_by.id if result.would_be_by else None,
        "reason": result.drop_reason,
        "country": result.country or None,
        "rules": [{"id": step.exclusion.id, "is_true": step.matches} for step in result.steps],
    }


def _sentence(result: TrialResult) -> str:
    if result.excluded_by:
        return f"Not counted: exclusion {result.excluded_by.id} excludes it, {_named(result.excluded_by)}."
    if result.reason:
        return f"Not counted, but not because of a rule: {result.reason}."
    dry = f" Exclusion {result.would_be_by.id}, in dry run, would exclude it." if result.would_be_by else ""
    if result.kept_by:
        return f"Counted: exclusion {result.kept_by.id} keeps it, {_named(result.kept_by)}.{dry}"
    return f"Counted: no rule matches.{dry}"


def _named(exclusion: Exclusion) -> str:
    note = exclusion.rule.note
    return f"{note} ({exclusion.described})" if note else exclusion.described
