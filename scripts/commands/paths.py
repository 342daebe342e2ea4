"""`sillage paths`: rules that store similar paths as one, such as `/order/*`."""

import time
from collections.abc import Sequence

import click

from schema.exclusions import audit
from schema.sites import path_rules
from schema.sites import sites as stored_sites
from schema.sites.path_rules import PathRules
from schema.sites.sites import Site
from schema.stores.control import Control
from scripts.commands import sites
from scripts.console import tables

_patterns = click.argument("patterns", metavar="PATTERN...", nargs=-1, required=True)


@click.group()
def paths() -> None:
    """Store similar paths of pages as one. Stored events stay as they are."""


@paths.command("add")
@sites.with_site
@_patterns
def add(control: Control, site: Site, patterns: Sequence[str]) -> None:
    """Store the paths that each PATTERN matches as the pattern: * is text within a segment, ** any text.

    Example: sillage paths add --site example.org '/order/*'
    """
    rules = site.path_rules
    for pattern in patterns:
        rules = path_rules.added(rules, pattern)
    _store(control, site, rules)
    click.echo(f"{site.domain} now stores {', '.join(map(path_rules.normal_pattern, patterns))} as one page each.")


@paths.command("list")
@sites.with_site
@tables.as_json
def list_all(_control: Control, site: Site, *, as_json: bool) -> None:
    """List the path rules of a site, in the order in which they are tried.

    Example: sillage paths list --site example.org
    """
    rows: list[tables.Row] = [{"pattern": pattern} for pattern in site.path_rules.patterns]
    tables.show(rows, as_json=as_json, empty=f"{site.domain} has no path rules.")


@paths.command("remove")
@sites.with_site
@_patterns
def remove(control: Control, site: Site, patterns: Sequence[str]) -> None:
    """Store the paths that each PATTERN matches as they are again.

    Example: sillage paths remove --site example.org '/order/*'
    """
    rules = site.path_rules
    for pattern in patterns:
        rules = path_rules.removed(rules, pattern)
    _store(control, site, rules)
    click.echo(f"{site.domain} no longer has the path rules {', '.join(patterns)}.")


@paths.command("slashes")
@sites.with_site
@click.option("--merge/--keep", required=True, help="Store /page/ as /page, or keep both apart.")
def slashes(control: Control, site: Site, *, merge: bool) -> None:
    """Choose whether a slash at the end of a path makes another page.

    Example: sillage paths slashes --site example.org --merge
    """
    _store(control, site, PathRules(site.path_rules.patterns, merge))
    click.echo(f"{site.domain} now {'stores /page/ as /page' if merge else 'keeps /page/ and /page apart'}.")


def _store(control: Control, site: Site, rules: PathRules) -> None:
    changed = stored_sites.change(control, site, path_rules=rules, now=time.time())
    for change in path_rules.changes(site.path_rules, changed.path_rules):
        audit.record(control, site_id=site.id, who=audit.COMMAND_LINE, change=change, now=time.time())
