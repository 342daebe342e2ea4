"""`sillage exclusions check|import|export`: rules as files."""

import time
from collections.abc import Mapping
from pathlib import Path

import click

from schema.exclusions import address_list, audit
from schema.exclusions import file as exclusions_file
from schema.exclusions import rules as exclusions
from schema.exclusions.condition import ExclusionError
from schema.exclusions.rules import Mode, Rule
from schema.sites import sites as stored_sites
from schema.stores.control import Control
from scripts.commands import sites
from scripts.config import loading
from scripts.config.loading import Config
from scripts.console import confirm
from scripts.console.control_file import opened
from scripts.console.errors import Refusal


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def check(options: Mapping[str, str] | None, file: Path) -> None:
    """Say whether FILE, as exclusions.toml, can be used.

    If the server runs, rules are also weighed against the hits of the last day, as it would do itself.

    Example: sillage exclusions check exclusions.toml
    """
    settings = loading.load(options)
    with opened(settings) as control:
        rules = _read(control, file, settings)
    click.echo(f"{file} can be used: {len(rules)} rule{'' if len(rules) == 1 else 's'}.")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--site", "domain", metavar="DOMAIN", help="The only site they are for; every site if not given.")
@click.option("--note", default="", metavar="TEXT", help="For entries that have none.")
@click.option("--dry-run", is_flag=True, help="Only count what they would keep out.")
@click.option("--yes", is_flag=True, help="Do not ask, however many hits they would have kept out.")
@click.pass_obj
def import_(
    options: Mapping[str, str] | None, file: Path, *, domain: str | None, note: str, dry_run: bool, yes: bool
) -> None:
    """Take over a list of addresses: text, CSV, another tool's list, or a file that `export` wrote.

    Of a list of addresses, those with the same note become one rule. All is taken, or nothing.

    Example: sillage exclusions import excluded.csv --note "from the former tool" --dry-run
    """
    settings = loading.load(options)
    with opened(settings) as control:
        site = sites.find(control, domain) if domain else None
        if file.suffix == ".toml":
            rules = _read(control, file)
        else:
            rules = [
                exclusions.read(
                    {"network": networks, "note": own or note, "mode": Mode.DRY_RUN if dry_run else Mode.ON},
                    site_id=site.id if site else None,
                    now=time.time(),
                )
                for own, networks in _addresses(file).items()
            ]
        known = {exclusions.essence(found.rule) for found in exclusions.list_all(control)}
        new = [rule for rule in rules if exclusions.essence(rule) not in known]
        if not yes:
            share = confirm.by_the_server(settings, control)
            for rule in new:
                confirm.ask(rule, share, max_share=settings.excluded_share)
        exclusions.add_all(control, new, who=audit.COMMAND_LINE)
    there = f" ({len(rules) - len(new)} had been there)" if len(new) < len(rules) else ""
    click.echo(f"Added {len(new)} rule{'' if len(new) == 1 else 's'}{there}.")


@click.command()
@click.pass_obj
def export(options: Mapping[str, str] | None) -> None:
    """Print every exclusion as exclusions.toml has them.

    Example: sillage exclusions export > exclusions.toml
    """
    with opened(loading.load(options)) as control:
        domains = sites.domains(control)
        rules = [
            (domains[found.site_id], found.rule) for found in exclusions.list_all(control) if found.site_id in domains
        ]
    click.echo(exclusions_file.written(rules), nl=False)


def _read(control: Control, file: Path, settings: Config | None = None) -> list[Rule]:
    """Return the rules of a file; with settings, of one that the server with these would take. Raises Refusal."""
    known = {site.domain: site.id for site in stored_sites.list_all(control, now=time.time())}
    weigh: exclusions_file.Weigh = exclusions_file.take_all
    if settings is not None:
        share = confirm.by_the_server(settings, control)
        weigh = confirm.of_file(control, share, max_share=settings.excluded_share)
    try:
        return [rule for _, rule in exclusions_file.read(_text(file), sites=known, weigh=weigh)]
    except ExclusionError as error:
        raise Refusal(f"{file} can't be used: {error}") from None


def _addresses(file: Path) -> dict[str, list[str]]:
    return address_list.read(_text(file))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(f"{file} can't be used: it is no text in UTF-8") from None
