"""`sillage exclusions check|import|export`: rules in files."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from schema.exclusions import address_list, audit, condition
from schema.exclusions import file as exclusions_file
from schema.exclusions import rules as exclusions
from schema.exclusions.matchers import ExclusionError
from schema.exclusions.rules import Rule, RuleMode
from schema.sites import sites as stored_sites
from schema.stores.control import Control
from scripts.commands import sites
from scripts.config import loading
from scripts.config.loading import Config
from scripts.console import confirm
from scripts.console.control_file import opened, with_control
from scripts.console.errors import Refusal

_MAX_SHOWN = 20


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def check(options: Mapping[str, str] | None, file: Path) -> None:
    """Check whether FILE is a valid exclusions.toml.

    If the server is running, this also checks the rules against the hits of the last day, as the server would.

    Example: sillage exclusions check exclusions.toml
    """
    settings = loading.load(options)
    with opened(settings) as control:
        rules = _read(control, file, settings)
    _show(rules)
    click.echo(f"{file} is valid: {len(rules)} rule{'' if len(rules) == 1 else 's'}.")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--site", "domain", metavar="DOMAIN", help="Apply the rules to this site only. The default is every site."
)
@click.option("--note", default="", metavar="TEXT", help="Note for entries without one.")
@click.option("--dry-run", is_flag=True, help="Only count the hits that the rules would exclude.")
@click.option("--yes", is_flag=True, help="Do not ask, even if the rules would exclude many hits.")
@click.pass_obj
def import_(
    options: Mapping[str, str] | None, file: Path, *, domain: str | None, note: str, dry_run: bool, yes: bool
) -> None:
    """Import a list of addresses from text, CSV or another tool, or a file written by `export`.

    Addresses with the same note become one rule. Either the whole file is imported or nothing.

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
                    {"network": networks, "note": own or note, "mode": RuleMode.DRY_RUN if dry_run else RuleMode.ON},
                    site_id=site.id if site else None,
                    now=time.time(),
                )
                for own, networks in address_list.read(_text(file)).items()
            ]
        existing = {exclusions.essence(exclusion.rule) for exclusion in exclusions.list_all(control)}
        new = [rule for rule in rules if exclusions.essence(rule) not in existing]
        if not yes:
            share = confirm.by_the_server(settings, control)
            for rule in new:
                confirm.ask(rule, share, max_share=settings.excluded_share)
        exclusions.add_all(control, new, who=audit.COMMAND_LINE, now=time.time())
    _show(new)
    skipped = f" ({len(rules) - len(new)} already existed)" if len(new) < len(rules) else ""
    click.echo(f"Added {len(new)} rule{'' if len(new) == 1 else 's'}{skipped}.")


@click.command()
@with_control
def export(control: Control) -> None:
    """Print all exclusions in the format of exclusions.toml.

    Example: sillage exclusions export > exclusions.toml
    """
    domains = sites.domains(control)
    rules = [
        (domains[exclusion.site_id], exclusion.rule)
        for exclusion in exclusions.list_all(control)
        if exclusion.site_id in domains
    ]
    click.echo(exclusions_file.written(rules), nl=False)


def _read(control: Control, file: Path, settings: Config | None = None) -> list[Rule]:
    """Return the rules of a file; with settings, weighed as the server would. Raises Refusal."""
    site_ids = {site.domain: site.id for site in stored_sites.list_all(control, now=time.time())}
    weigh: exclusions_file.Weigh = exclusions_file.accept_all
    if settings is not None:
        share = confirm.by_the_server(settings, control)
        weigh = confirm.of_file(control, share, max_share=settings.excluded_share)
    try:
        return [rule for _, rule in exclusions_file.read(_text(file), sites=site_ids, weigh=weigh)]
    except ExclusionError as error:
        raise Refusal(f"{file} is not valid: {error}") from None


def _show(rules: Sequence[Rule]) -> None:
    """Print what rules match, with the size of each network, to standard error."""
    for rule in rules[:_MAX_SHOWN]:
        click.echo(condition.described(rule.condition), err=True)
    if len(rules) > _MAX_SHOWN:
        click.echo(f"... and {len(rules) - _MAX_SHOWN:,} more", err=True)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(f"{file} is not valid: it is not UTF-8 text") from None
