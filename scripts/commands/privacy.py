"""`sillage privacy`: the privacy settings of a site, its papers, and the people who see its statistics."""

import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlencode

import click
import msgspec

from dashboard.papers import paper
from dashboard.papers.facts import Facts
from ingest.visits.salts import memory_backed_file
from schema.exclusions import audit
from schema.privacy import choices, conversion
from schema.privacy.conversion import Plan
from schema.privacy.profile import EXEMPT, STANDARD, Privacy, ProfileName
from schema.sites import users
from schema.sites.sites import Site
from schema.stores.control import Control
from scripts.commands import sites
from scripts.config import loading
from scripts.config.installation import installation
from scripts.config.loading import Config
from scripts.console import tables
from scripts.console.control_file import opened
from scripts.console.running_server import as_running
from scripts.console.standing_in import standing_in
from scripts.server.local_socket import request_json

_LANGUAGE = click.option(
    "--lang", "language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="Language."
)


@click.group()
def privacy() -> None:
    """Show and change the privacy settings of a site, and print its papers."""


@privacy.command()
@sites.with_site
@tables.as_json
def show(_control: Control, site: Site, *, as_json: bool) -> None:
    """Show the privacy settings.

    Example: sillage privacy show --site example.org
    """
    rows: list[tables.Row] = [
        {"setting": name, "value": _shown(value)} for name, value in msgspec.structs.asdict(site.privacy).items()
    ]
    tables.show(rows, as_json=as_json, empty="")


@privacy.command("set")
@sites.with_site
@click.option("--acquisition/--no-acquisition", default=None, help="In exempt: store sources and referrer hosts.")
@click.option("--declare", multiple=True, metavar="EVENT", help="In exempt: count the use of this feature.")
@click.option("--undeclare", multiple=True, metavar="EVENT", help="In exempt: stop counting it.")
@click.option("--gpc/--no-gpc", default=None, help="In standard: honor Global Privacy Control.")
@click.option("--dnt/--no-dnt", default=None, help="Honor Do Not Track.")
@click.option(
    "--link-queries/--no-link-queries", default=None, help="In standard: keep query strings of outbound links."
)
@click.option("--controller", help="Name and address of the controller, for the papers.")
@click.option("--contact", help="Contact for requests of data subjects, for the papers.")
@click.option("--reviewed", is_flag=True, help="Note that the yearly review took place today.")
def set_(
    control: Control,
    site: Site,
    *,
    acquisition: bool | None,
    declare: tuple[str, ...],
    undeclare: tuple[str, ...],
    gpc: bool | None,
    dnt: bool | None,
    link_queries: bool | None,
    controller: str | None,
    contact: str | None,
    reviewed: bool,
) -> None:
    """Change privacy settings. A running server follows within a second.

    Example: sillage privacy set --site example.org --declare Brochure --dnt
    """
    declared = [name for name in site.privacy.declared_events if name not in undeclare]
    changes: Mapping[str, object] = {
        "shows_acquisition": acquisition,
        "declared_events": tuple(dict.fromkeys((*declared, *declare))) if declare or undeclare else None,
        "honors_gpc": gpc,
        "honors_dnt": dnt,
        "keeps_link_queries": link_queries,
        "controller": controller,
        "contact": contact,
        "reviewed_on": _today(site).isoformat() if reviewed else None,
    }
    changed = msgspec.structs.replace(
        site.privacy, **{name: value for name, value in changes.items() if value is not None}
    )
    choices.change(control, site, changed, who=audit.COMMAND_LINE, now=time.time())
    click.echo(_difference(site.privacy, changed) or "Nothing changed.")


@privacy.command()
@sites.of_site
@click.argument("profile", type=click.Choice([STANDARD, EXEMPT]))
@click.option("--acquisition", is_flag=True, help="In exempt: store sources and referrer hosts.")
@click.option("--declare", multiple=True, metavar="EVENT", help="In exempt: count the use of this feature.")
@click.option("--dry-run", is_flag=True, help="Report what would be removed, and change nothing.")
@click.option("--yes", is_flag=True, help="Skip the confirmation.")
@click.pass_obj
def switch(
    options: Mapping[str, str] | None,
    domain: str,
    profile: ProfileName,
    declare: tuple[str, ...],
    *,
    acquisition: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Switch a site to another profile, which also applies to what is stored.

    The command reports what it removes, and asks before it changes anything. The server converts what is stored: now
    if it is running, else when it starts.

    Example: sillage privacy switch exempt --site example.org --dry-run
    """
    settings = loading.load(options)
    with opened(settings) as control:
        site = sites.find(control, domain)
        if profile == site.privacy.profile:
            click.echo(f"The profile is {profile} already.")
            return
        decided = _plan(settings, control, site, profile, acquisition=acquisition, declared=declare)
        for sentence in decided.sentences:
            click.echo(sentence)
        if dry_run:
            return
        if not yes:
            click.confirm("Switch the profile?", abort=True, err=True)
        conversion.switch(control, site, decided, who=audit.COMMAND_LINE, now=time.time())
    click.echo(f"The profile is now {profile}.")


def _plan(
    settings: Config, control: Control, site: Site, profile: ProfileName, *, acquisition: bool, declared: Sequence[str]
) -> Plan:
    with standing_in(settings) as database:
        if database is not None:
            return conversion.plan(
                control,
                database,
                site,
                profile,
                shows_acquisition=acquisition,
                declared_events=declared,
                now=time.time(),
            )
    fields = {"site_id": site.domain, "profile": profile, "acquisition": str(acquisition).lower()}
    query = urlencode(fields | {"declared_events": msgspec.json.encode(list(declared)).decode()})
    return msgspec.convert(request_json(settings.data_dir, "GET", f"/api/v1/sites/conversion?{query}")["plan"], Plan)


@privacy.command()
@sites.of_site
@click.option("--paper", "names", type=click.Choice(list(paper.PAPERS)), multiple=True, help="Only this one.")
@click.option("--html", "as_html", is_flag=True, help="Write HTML instead of Markdown.")
@click.option("--output", type=click.Path(path_type=Path), metavar="DIRECTORY", help="Write files instead of printing.")
@_LANGUAGE
@click.pass_obj
def papers(
    options: Mapping[str, str] | None,
    domain: str,
    names: tuple[str, ...],
    language: str,
    output: Path | None,
    *,
    as_html: bool,
) -> None:
    """Print the privacy papers: record of processing, notice, self-assessment and contract.

    They are generated from the effective settings, with their date and a hash of the configuration. Have them checked
    by your counsel.

    Example: sillage privacy papers --site example.org --lang fr --output papers
    """
    settings = as_running(loading.load(options))
    with opened(settings) as control:
        facts = facts_of(control, sites.find(control, domain), settings)
    write = paper.document if as_html else paper.markdown
    for name in names or paper.PAPERS:
        text = write(name, facts, language=language)
        if output is None:
            click.echo(text)
            continue
        output.mkdir(parents=True, exist_ok=True)
        file = output / f"{name}.{language}.{'html' if as_html else 'md'}"
        file.write_text(text, encoding="utf-8")
        click.echo(f"Wrote {file}.")


def facts_of(control: Control, site: Site, settings: Config) -> Facts:
    """Return what the papers of a site are made from."""
    has_memory_file = memory_backed_file(settings.data_dir, directory=settings.salt_dir) is not None
    return Facts(
        site=site,
        installation=installation(settings, has_memory_file=has_memory_file),
        people=len(users.list_all(control)),
        today=_today(site),
    )


def _today(site: Site) -> date:
    return datetime.now(site.zone).date()


def _difference(before: Privacy, after: Privacy) -> str:
    return "\n".join(
        f"{name}: {_shown(getattr(before, name))} -> {_shown(getattr(after, name))}"
        for name in choices.differing(before, after)
    )


def _shown(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(value) or "-"
    return str(value) or "-"
