"""`sillage privacy`: privacy settings, papers, the audit of the guarantees, and who sees the statistics."""

import csv
import io
import json
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import click
import msgspec

from dashboard import language as texts
from dashboard.papers import facts, paper
from dashboard.papers.facts import Facts
from ingest.visits.salts import memory_backed_file
from schema.exclusions import audit as log
from schema.people import readers
from schema.people.readers import Reader
from schema.privacy import audits, choices, conversion
from schema.privacy.audits import Audit, State
from schema.privacy.conversion import Plan
from schema.privacy.profile import EXEMPT, STANDARD, Privacy, ProfileName
from schema.records.csv_cell import guarded
from schema.sentence import later
from schema.sites import sites as stored
from schema.sites.sites import Site
from schema.stores.control import Control
from scripts.audit.gathering import gathered, hashes
from scripts.audit.proofs import PROOFS, run
from scripts.commands import sites
from scripts.config import loading
from scripts.config.installation import installation
from scripts.config.loading import Config
from scripts.console import tables
from scripts.console.control_file import opened, with_control
from scripts.console.running_server import as_running
from scripts.console.standing_in import standing_in
from scripts.server.local_socket import request_json

_LANGUAGE = click.option(
    "--lang", "language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="Language."
)
_FILE = click.Path(path_type=Path)
_COLUMNS = ("access", "name", "site", "rights", "since", "last_seen")
_STATES = {State.RED: later("red"), State.YELLOW: later("yellow"), State.GREEN: later("green")}


@click.group()
def privacy() -> None:
    """Show and change privacy settings, print papers, and audit the guarantees."""


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
        "reviewed_on": site.day_of(time.time()).isoformat() if reviewed else None,
    }
    changed = msgspec.structs.replace(
        site.privacy, **{name: value for name, value in changes.items() if value is not None}
    )
    choices.change(control, site, changed, who=log.COMMAND_LINE, now=time.time())
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
        conversion.switch(control, site, decided, who=log.COMMAND_LINE, now=time.time())
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
        of_site = facts_of(control, sites.find(control, domain), settings)
    write = paper.document if as_html else paper.markdown
    for name in names or paper.PAPERS:
        text = write(name, of_site, language=language)
        if output is None:
            click.echo(text)
            continue
        output.mkdir(parents=True, exist_ok=True)
        file = output / f"{name}.{language}.{'html' if as_html else 'md'}"
        file.write_text(text, encoding="utf-8")
        click.echo(f"Wrote {file}.")


@privacy.command()
@click.option("--site", "domain", metavar="DOMAIN", help="Audit only this site. All sites by default.")
@click.option("--log", "logs", type=_FILE, multiple=True, metavar="FILE", help="A log of the server to search.")
@click.option("--web-log", "web_logs", type=_FILE, multiple=True, metavar="FILE", help="A log of the web server.")
@_LANGUAGE
@tables.as_json
@click.pass_context
def audit(
    context: click.Context,
    domain: str | None,
    logs: tuple[Path, ...],
    web_logs: tuple[Path, ...],
    language: str,
    *,
    as_json: bool,
) -> None:
    """Prove the privacy guarantees on this installation.

    Sends test requests to the running server, and searches its files, tables and the named logs. Test requests are
    not counted as visits, but as hits that were dropped. The dashboard shows the last result. Exit code 1 means that
    one proof is red. Yellow means that it could not be checked, or that a person must decide.

    Example: sillage privacy audit --lang en --log /var/log/sillage.log --web-log /var/log/nginx/access.log
    """
    settings = loading.load(context.obj)
    texts.use(language)
    with opened(settings) as control:
        selected = [sites.find(control, domain)] if domain else stored.list_all(control, now=time.time())
        with (
            gathered(settings, control, selected, logs=logs, web_logs=web_logs) as subject,
            click.progressbar(run(subject), label="Auditing", length=len(PROOFS), file=sys.stderr) as bar,
        ):
            result = Audit(int(subject.now), tuple(bar), hashes(subject))
        audits.add(control, result)
    click.echo(_as_json(result) if as_json else _as_text(result))
    if result.is_red:
        context.exit(1)


@privacy.command()
@click.option("--site", "domain", metavar="DOMAIN", help="Only those who see this site. All sites by default.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV instead of a table.")
@with_control
@tables.as_json
def people(control: Control, domain: str | None, *, as_csv: bool, as_json: bool) -> None:
    """List who can see the statistics: accounts, guests, shared links and API keys.

    For the notice of a breach. Tokens and keys are never shown.

    Example: sillage privacy people --csv
    """
    site = sites.find(control, domain) if domain else None
    rows: list[tables.Row] = [_reader_row(reader) for reader in readers.list_all(control, site=site)]
    if as_csv:
        click.echo(_csv(rows), nl=False)
        return
    tables.show(rows, as_json=as_json, empty="Nobody can see the statistics.")


def facts_of(control: Control, site: Site, settings: Config) -> Facts:
    """Return what the papers of a site are made from."""
    has_memory_file = memory_backed_file(settings.data_dir, directory=settings.salt_dir) is not None
    return facts.of_site(control, site, installation(settings, has_memory_file=has_memory_file), now=time.time())


def _as_text(result: Audit) -> str:
    """Return the findings, one a line, and the hashes of the configuration."""
    lines = [
        f"{finding.key:<8} {texts.gettext(_STATES[finding.state]):<7} {texts.of(finding.sentence)}"
        for finding in result.findings
    ]
    lines += [
        texts.gettext("Hash of the configuration of %(domain)s: %(hash)s", domain=domain, hash=value)
        for domain, value in result.hashes.items()
    ]
    return "\n".join(lines)


def _as_json(result: Audit) -> str:
    findings = [
        {"key": finding.key, "state": finding.state.value, "sentence": texts.of(finding.sentence)}
        for finding in result.findings
    ]
    at = datetime.fromtimestamp(result.at, UTC).isoformat()
    return json.dumps({"at": at, "findings": findings, "hashes": dict(result.hashes)}, ensure_ascii=False, indent=2)


def _reader_row(reader: Reader) -> tables.Row:
    return {
        "access": reader.access.value,
        "name": reader.name,
        "site": reader.domain or "all sites",
        "rights": reader.rights or "all",
        "since": _utc(reader.since),
        "last_seen": _utc(reader.last_seen),
    }


def _utc(time_s: int | None) -> str | None:
    return None if time_s is None else f"{datetime.fromtimestamp(time_s, UTC):%Y-%m-%d %H:%MZ}"


def _csv(rows: Sequence[tables.Row]) -> str:
    """Return rows as CSV with a header, also without rows."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(_COLUMNS)
    lines.writerows([guarded("" if cell is None else str(cell)) for cell in row.values()] for row in rows)
    return text.getvalue()


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
