"""`sillage referrers`: spam referrers, and referrers that are never a source."""

import time
from collections.abc import Mapping, Sequence

import click

from ingest.gates import referrer_spam
from schema.sites import referrers as stored
from schema.sites import sites as stored_sites
from schema.sites import spam_referrers
from schema.sites.referrers import ReferrerError
from schema.sites.sites import Site
from schema.stores.control import Control
from scripts.commands import sites
from scripts.config import loading
from scripts.config.loading import Config
from scripts.console import change_log, tables
from scripts.console.control_file import opened, with_control

_domains = click.argument("domains", metavar="DOMAIN...", nargs=-1, required=True)
_patterns = click.argument("patterns", metavar="REFERRER...", nargs=-1, required=True)


@click.group()
def referrers() -> None:
    """Drop spam referrers, and ignore referrers that are never a source."""


@referrers.group()
def spam() -> None:
    """Change the list of spam referrers. Hits with such a referrer are dropped."""


@spam.command("add")
@with_control
@_domains
def add_spam(control: Control, domains: Sequence[str]) -> None:
    """Drop hits from each DOMAIN and its subdomains, on all sites.

    Example: sillage referrers spam add spam.example
    """
    for domain in map(spam_referrers.normal_domain, domains):
        spam_referrers.put(control, domain, is_spam=True, now=time.time())
        click.echo(f"Hits from {domain} are now dropped.")


@spam.command("remove")
@_domains
@click.pass_obj
def remove_spam(options: Mapping[str, str] | None, domains: Sequence[str]) -> None:
    """Count hits from each DOMAIN and its subdomains again, also if the list of Sillage has it.

    Example: sillage referrers spam remove spam.example
    """
    settings = loading.load(options)
    listed = _list(settings)
    with opened(settings) as control:
        for domain in map(spam_referrers.normal_domain, domains):
            was_added, is_listed = spam_referrers.forget(control, domain), listed.covers(f"https://{domain}/")
            if not was_added and not is_listed:
                raise spam_referrers.SpamReferrerError(f"{domain} is not in the list of spam referrers")
            if is_listed:
                spam_referrers.put(control, domain, is_spam=False, now=time.time())
            click.echo(f"Hits from {domain} are now counted.")


@spam.command("list")
@with_control
@tables.as_json
def list_spam(control: Control, *, as_json: bool) -> None:
    """List the domains that were added to the list, or removed from it.

    Example: sillage referrers spam list --json
    """
    rows: list[tables.Row] = [
        {"domain": domain, "state": "added" if is_spam else "removed"}
        for domain, is_spam in spam_referrers.list_all(control).items()
    ]
    tables.show(
        rows, as_json=as_json, empty="The list is unchanged. `sillage referrers spam add DOMAIN` adds a domain."
    )


@referrers.group()
def ignore() -> None:
    """Choose referrers that are never a source of a site, such as payment pages."""


@ignore.command("add")
@sites.with_site
@_patterns
def add_ignored(control: Control, site: Site, patterns: Sequence[str]) -> None:
    """Treat visits from each REFERRER as direct: a domain with its subdomains, or a pattern with a path or *.

    Example: sillage referrers ignore add --site example.org paypal.com
    """
    added = list(map(stored.normal_pattern, patterns))
    stored_sites.change(control, site, ignored_referrers=[*site.ignored_referrers, *added], now=time.time())
    for pattern in added:
        change_log.record(control, site, "Ignored the referrer %(name)s.", name=pattern)
    click.echo(f"{site.domain} now ignores the referrer {', '.join(added)}.")


@ignore.command("list")
@sites.with_site
@tables.as_json
def list_ignored(_control: Control, site: Site, *, as_json: bool) -> None:
    """List the ignored referrers of a site.

    Example: sillage referrers ignore list --site example.org
    """
    rows: list[tables.Row] = [{"referrer": pattern} for pattern in site.ignored_referrers]
    tables.show(rows, as_json=as_json, empty=f"{site.domain} ignores no referrer.")


@ignore.command("remove")
@sites.with_site
@_patterns
def remove_ignored(control: Control, site: Site, patterns: Sequence[str]) -> None:
    """Let each REFERRER be a source again.

    Example: sillage referrers ignore remove --site example.org paypal.com
    """
    removed = list(map(stored.normal_pattern, patterns))
    for pattern in removed:
        if pattern not in site.ignored_referrers:
            raise ReferrerError(f"{site.domain} does not ignore the referrer {pattern}")
    left = [pattern for pattern in site.ignored_referrers if pattern not in removed]
    stored_sites.change(control, site, ignored_referrers=left, now=time.time())
    for pattern in removed:
        change_log.record(control, site, "No longer ignored the referrer %(name)s.", name=pattern)
    click.echo(f"{site.domain} no longer ignores the referrer {', '.join(removed)}.")


def _list(settings: Config) -> referrer_spam.ReferrerSpam:
    """Return the list without changes by users. Raises OSError, SpamListError."""
    if settings.referrer_spam_file is None:
        return referrer_spam.built_in()
    return referrer_spam.read(settings.referrer_spam_file.read_text(encoding="utf-8"))
