"""`sillage doctor`: what keeps rules from working, above all a proxy that hides its visitors, and how to mend it."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlsplit

import click

from dashboard.pages import snippets
from ingest.gates.dns import lookup
from schema.exclusions import condition
from schema.exclusions import rules as exclusions
from schema.exclusions.condition import Matcher
from schema.exclusions.rules import Exclusion
from schema.privacy.signed_links import Links, Purpose
from schema.sites import sites as stored
from schema.sites.sites import Site
from schema.stores import key_file
from scripts.commands import sites
from scripts.config import loading
from scripts.config.loading import Config
from scripts.config.machine import is_here
from scripts.console.control_file import opened
from scripts.console.errors import Refusal
from scripts.console.proxy_probe import NotThereError, Trouble, Way, look
from scripts.server.local_socket import asked

_WRITTEN = "sillage doctor"  # in headers that nobody but a proxy should be able to write
_FAR = 2**33  # epoch seconds; the link is used at once and shown to nobody
OK, NOTE, PROBLEM = "ok", "note", "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    state: str
    text: str
    missing: "Lines | None" = None  # that the web server needs


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines for a web server that passes requests on."""

    domain: str
    upstream: str  # to which it passes them on
    web_server: str  # as it calls itself; empty: it doesn't

    def shown(self, chosen: str | None) -> str:
        """Return them, for the web server that was chosen, else the one that has answered, else for each."""
        names = [chosen] if chosen else [name for name in snippets.PROXIES if name in self.web_server.lower()]
        return "\n".join(
            f"{proxy.name}. {proxy.place}:\n\n{proxy.lines(self.domain, self.upstream)}\n"
            f"Where it stands behind another proxy itself, also:\n\n{proxy.behind_another}"
            for proxy in (snippets.PROXIES[name] for name in names or snippets.PROXIES)
        )


@click.command()
@click.option("--site", "domain", metavar="DOMAIN", help="Look at the way to this site; to every one if not given.")
@click.option("--url", metavar="URL", help="Look at this way alone, such as https://www.example.org.")
@click.option(
    "--web-server", type=click.Choice(list(snippets.PROXIES)), help="Whose lines to print; if not given, all in doubt."
)
@click.pass_context
def doctor(context: click.Context, domain: str | None, url: str | None, web_server: str | None) -> None:
    """Find what keeps rules from working, and print the lines that mend it.

    Visits the dashboard and the sites as a browser would, and looks at what of that arrives: whose address, and who is
    believed about it. Nothing is counted by that. Exit code 1: there is a problem.

    Example: sillage doctor --url https://www.example.org
    """
    settings = loading.load(context.obj)
    with opened(settings) as control:
        known = [sites.find(control, domain)] if domain else stored.list_all(control, now=time.time())
        rules = exclusions.list_all(control)
    if not known:
        raise Refusal("there is no site to look at: `sillage sites add example.org` adds one")
    links = Links(key_file.read(settings.data_dir, key_file.LINKS))
    findings = [*_of_the_server(settings), *_of_host_names(rules)]
    if any(finding.state == OK for finding in findings):
        findings += _of_ways(settings, known, url, links, rules)
    for finding in findings:
        click.echo(f"{finding.state:9}{finding.text}")
    missing = next((finding.missing for finding in findings if finding.missing), None)
    if missing:
        click.echo(f"\n{missing.shown(web_server)}")
    if any(finding.state == PROBLEM for finding in findings):
        context.exit(1)


def _of_the_server(settings: Config) -> Iterator[Finding]:
    """Give what the running server says of itself."""
    try:
        problems = asked(settings.data_dir, "GET", "/api/v1/sites/exclusions/problems")["problems"]
    except OSError:
        yield Finding(PROBLEM, f"No server runs on {settings.data_dir}: `sillage serve` starts it.")
        return
    yield Finding(OK, "The server runs.")
    yield from (Finding(PROBLEM, problem) for problem in problems)


def _of_host_names(rules: Sequence[Exclusion]) -> Iterator[Finding]:
    for rule, name in _values(rules, Matcher.HOST_NAME):
        try:
            lookup(name)
        except OSError as error:
            yield Finding(
                PROBLEM, f"Exclusion {rule.id} looks for {name}, which has no address now: {error.strerror or error}."
            )


def _of_ways(
    settings: Config, known: Sequence[Site], url: str | None, links: Links, rules: Sequence[Exclusion]
) -> Iterator[Finding]:
    """Give what there is to say of the ways on which visitors come."""
    look_at = partial(
        _of_way,
        token=links.make(Purpose.CHECK, known[0].id, until=_FAR),
        headers={value.partition(":")[0]: _WRITTEN for _, value in _values(rules, Matcher.HEADER)},
        trusted=settings.trusted_proxies,
    )
    domain, base_url = known[0].domain, settings.base_url
    if url is not None:
        yield from look_at(url.rstrip("/"), Lines(domain, base_url, ""), absent=PROBLEM)[1]
        return
    own = None
    if is_here(urlsplit(base_url).hostname or ""):
        yield Finding(NOTE, f"base_url is {base_url}: people elsewhere can't open the dashboard there.")
    else:
        local = loading.own_url(settings.host, settings.port)
        own, findings = look_at(base_url, Lines(domain, local, ""), absent=PROBLEM)
        yield from findings
    for site in known:
        lines = Lines(site.domain, base_url, "")
        way, findings = look_at(f"https://{site.domain}", lines, absent=NOTE)
        yield from findings
        if own and way and _differ(own.visitor, way.visitor):
            yield Finding(
                PROBLEM,
                f"You come from {own.visitor} by {base_url}, and from {way.visitor} by https://{site.domain}: "
                "one web server asks another, which puts the first one's address in place of the visitor's.",
                replace(lines, web_server=way.web_server),
            )


def _of_way(
    url: str, lines: Lines, *, token: str, headers: Mapping[str, str], trusted: Sequence[str], absent: str
) -> tuple[Way | None, list[Finding]]:
    """Return a way that is in order, and what there is to say of it.

    lines: that are missing where it is not. absent: the state of a way that is not there.
    """
    try:
        way = look(url, token, headers=headers)
    except NotThereError as error:
        why = " Only if it passes requests on can devices be left out." if absent == NOTE else ""
        is_lacking = absent == PROBLEM and error.web_server is not None
        missing = replace(lines, web_server=error.web_server or "") if is_lacking else None
        return None, [Finding(absent, f"{error}.{why}", missing)]
    trouble = way.trouble()
    if trouble is Trouble.NOT_TRUSTED:
        advice = f'Set trusted_proxies = "{",".join([*trusted, way.proxy])}" and restart.'
        return None, [Finding(PROBLEM, f"{url}: {trouble.value.format(proxy=way.proxy)}. {advice}")]
    if trouble:
        text = trouble.value.format(proxy=way.proxy, address=way.address)
        return None, [Finding(PROBLEM, f"{url}: {text}.", replace(lines, web_server=way.web_server))]
    by = f"by the proxy at {way.proxy}" if way.has_proxy else "with no proxy in between"
    claimed = [name for name in headers if way.headers.get(name) == _WRITTEN]
    return way, [
        Finding(OK, f"{url}: visitors' addresses arrive, {by}; yours is {way.visitor}."),
        *(Finding(PROBLEM, f"{url}: {_claimable(name)}") for name in claimed),
    ]


def _claimable(name: str) -> str:
    return (
        f"visitors can write the header {name} themselves, by which a rule keeps hits out. Let the web server set it "
        f'for every request, or delete it: `proxy_set_header {name} "";` in nginx, `header_up -{name}` in Caddy, '
        f'`customRequestHeaders: {{{name}: ""}}` in Traefik.'
    )


def _values(rules: Sequence[Exclusion], matcher: Matcher) -> Iterator[tuple[Exclusion, str]]:
    for found in rules:
        for leaf in condition.leaves(found.rule.condition):
            if leaf.matcher is matcher:
                yield from ((found, value) for value in leaf.values)


def _differ(one: str, other: str) -> bool:
    """True of two addresses of one family that are not the same."""
    return one != other and (":" in one) == (":" in other)
