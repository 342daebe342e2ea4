"""`sillage doctor`: find out what keeps the server from working, above all proxies that hide the visitor's address."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlsplit

import click
import msgspec

from dashboard.mail.mailer import MailError
from dashboard.outbound import home_page
from dashboard.outbound.home_page import Expected
from dashboard.outbound.request import Limits, OutboundError, send
from dashboard.pages import snippets
from ingest.gates.dns import lookup
from ingest.pages import tracker_scripts
from schema.exclusions import condition
from schema.exclusions import rules as exclusions
from schema.exclusions.rules import Exclusion
from schema.privacy.audits import State
from schema.privacy.signed_links import Links, Purpose
from schema.sites import sites as stored
from schema.sites.host import ascii_host
from schema.sites.sites import Site
from schema.stores import key_file
from scripts.commands import sites
from scripts.config import loading, swap
from scripts.config.loading import Config
from scripts.config.machine import is_loopback
from scripts.config.mail import mailer
from scripts.console.control_file import opened
from scripts.console.errors import Refusal
from scripts.console.proxy_probe import Fault, Probe, ProbeError, probe
from scripts.console.running_server import as_running
from scripts.server import server_state
from scripts.server.local_socket import request_json
from scripts.server.server_state import Shown

_FORGED = "sillage doctor"  # sent in headers that only a proxy should be able to set
_FAR = 2**33  # epoch seconds; the link is used at once and never shown
OK, NOTE, PROBLEM = "ok", "note", "problem"
_STATES = {State.GREEN: OK, State.YELLOW: NOTE, State.RED: PROBLEM}


@dataclass(frozen=True, slots=True)
class Finding:
    state: str
    text: str
    missing: "Lines | None" = None  # web server configuration that fixes it


@dataclass(frozen=True, slots=True)
class Lines:
    """Configuration of a web server that forwards requests to Sillage."""

    domain: str
    upstream: str  # where it forwards them
    web_server: str  # from its Server header; may be empty

    def text(self, chosen: str | None) -> str:
        """Return the lines for the chosen web server, else for the detected one, else for all."""
        names = [chosen] if chosen else [name for name in snippets.PROXIES if name in self.web_server.lower()]
        return "\n".join(
            f"{proxy.name}. {proxy.place}:\n\n{proxy.lines(self.domain, self.upstream)}\n"
            f"If it is itself behind another proxy, also add:\n\n{proxy.behind_another}"
            for proxy in (snippets.PROXIES[name] for name in names or snippets.PROXIES)
        )


@click.command()
@click.option("--site", "domain", metavar="DOMAIN", help="Check only this site. All sites by default.")
@click.option("--url", metavar="URL", help="Check only this address, such as https://www.example.org.")
@click.option(
    "--web-server",
    type=click.Choice(list(snippets.PROXIES)),
    help="Print the configuration of this web server. Detected by default.",
)
@click.pass_context
def doctor(context: click.Context, domain: str | None, url: str | None, web_server: str | None) -> None:
    """Find out what keeps the server from working, and print the web server configuration to fix it.

    Checks disk, memory, clock, waiting events, ClickHouse and its tables. Connects to the mail server, if one is
    configured. Looks for the snippet on the home pages of the sites. Sends requests to the dashboard and the sites as a
    browser would, and checks which address arrives and which proxies are trusted. These requests are not counted. Exit
    code 1 means that there is a problem.

    Example: sillage doctor --url https://www.example.org
    """
    settings = as_running(loading.load(context.obj))
    with opened(settings) as control:
        selected = [sites.find(control, domain)] if domain else stored.list_all(control, now=time.time())
        rules = exclusions.list_all(control)
        script_ids = {site.id: stored.script_id(control, site) for site in selected}
    if not selected:
        raise Refusal("There is no site to check. `sillage sites add example.org` adds one.")
    links = Links(key_file.read(settings.data_dir, key_file.LINKS))
    findings = [*_check_server(settings), *_check_host_names(rules), *_check_mail(settings)]
    if findings[0].state == OK:
        findings += _check_routes(settings, selected, url, links, rules)
        findings += _check_snippets(selected, settings.base_url, script_ids) if url is None else ()
    for finding in findings:
        click.echo(f"{finding.state:9}{finding.text}")
    missing = next((finding.missing for finding in findings if finding.missing), None)
    if missing:
        click.echo(f"\n{missing.text(web_server)}")
    if any(finding.state == PROBLEM for finding in findings):
        context.exit(1)


def _check_server(settings: Config) -> Iterator[Finding]:
    """Report the problems that the running server knows of."""
    try:
        problems = request_json(settings.data_dir, "GET", "/api/v1/sites/exclusions/problems")["problems"]
    except OSError:
        yield Finding(PROBLEM, f"No server is running on {settings.data_dir}. `sillage serve` starts it.")
        return
    yield Finding(OK, "The server is running.")
    for shown in _findings_of(settings):
        yield Finding(_STATES[State(shown.state)], shown.sentence)
    yield from (Finding(NOTE, one.sentence) for one in swap.active() if not one.is_safe)
    yield from (Finding(PROBLEM, problem) for problem in problems)


def _findings_of(settings: Config) -> list[Shown]:
    """Return the findings of the running server about itself and its machine."""
    return msgspec.convert(request_json(settings.data_dir, "GET", server_state.PATH), list[Shown])


def _check_snippets(selected: Sequence[Site], base_url: str, script_ids: Mapping[int, str]) -> Iterator[Finding]:
    """Look for the script on the home page of each site."""
    for site in selected:
        try:
            answer = send(f"https://{ascii_host(site.authority)}/", limits=Limits(max_redirects=3))
        except OutboundError as error:
            yield Finding(NOTE, f"The home page of {site.domain} can't be read, so its snippet is not checked. {error}")
            continue
        expected = Expected(site.domains, base_url, script_ids[site.id], tracker_scripts.script_integrity())
        problems = home_page.problems(answer, expected)
        yield from (Finding(NOTE, str(problem)) for problem in problems)
        if not problems:
            yield Finding(OK, f"The snippet on {answer.url} is right.")


def _check_host_names(rules: Sequence[Exclusion]) -> Iterator[Finding]:
    for rule, name in _values(rules, "host_name"):
        try:
            lookup(name)
        except OSError as error:
            yield Finding(
                PROBLEM,
                f"Exclusion {rule.id} uses the host name {name}, which does not resolve: {error.strerror or error}.",
            )


def _check_mail(settings: Config) -> Iterator[Finding]:
    """Connect to the mail server and log in, if one is configured."""
    sending = mailer(settings, clock=time.time)
    if sending is None:
        return
    try:
        sending.check()
    except MailError as error:
        yield Finding(PROBLEM, str(error))
    else:
        yield Finding(OK, f"The mail server {sending.server.host} accepts the connection.")


def _check_routes(
    settings: Config, selected: Sequence[Site], url: str | None, links: Links, rules: Sequence[Exclusion]
) -> Iterator[Finding]:
    """Check the addresses through which visitors reach Sillage."""
    check = partial(
        _check_route,
        token=links.make(Purpose.CHECK, selected[0].id, until=_FAR),
        headers={value.partition(":")[0]: _FORGED for _, value in _values(rules, "header")},
        trusted=settings.trusted_proxies,
    )
    domain, base_url = selected[0].domain, settings.base_url
    if url is not None:
        yield from check(url.rstrip("/"), Lines(domain, base_url, ""), if_unreachable=PROBLEM)[1]
        return
    direct = None
    if is_loopback(urlsplit(base_url).hostname or ""):
        yield Finding(NOTE, f"base_url is {base_url}, which works only on this machine.")
    else:
        local = loading.own_url(settings.host, settings.port)
        direct, findings = check(base_url, Lines(domain, local, ""), if_unreachable=PROBLEM)
        yield from findings
    for site in selected:
        lines = Lines(site.domain, base_url, "")
        through_site, findings = check(f"https://{ascii_host(site.authority)}", lines, if_unreachable=NOTE)
        yield from findings
        if direct and through_site and _differ(direct.visitor, through_site.visitor):
            yield Finding(
                PROBLEM,
                f"Your address is {direct.visitor} through {base_url}, but {through_site.visitor} through "
                f"https://{site.authority}. One web server forwards to another, which replaces the visitor's address.",
                replace(lines, web_server=through_site.web_server),
            )


def _check_route(
    url: str, lines: Lines, *, token: str, headers: Mapping[str, str], trusted: Sequence[str], if_unreachable: str
) -> tuple[Probe | None, list[Finding]]:
    """Return the probe, if it found no fault, and the findings.

    lines: configuration that fixes a fault. if_unreachable: state of the finding if Sillage does not respond there.
    """
    try:
        result = probe(url, token, headers=headers)
    except ProbeError as error:
        hint = " To exclude devices, the site must forward requests to Sillage." if if_unreachable == NOTE else ""
        is_lacking = if_unreachable == PROBLEM and error.web_server is not None
        missing = replace(lines, web_server=error.web_server or "") if is_lacking else None
        return None, [Finding(if_unreachable, f"{error}{hint}", missing)]
    fault = result.fault()
    if fault is Fault.NOT_TRUSTED:
        advice = f'Set trusted_proxies = "{",".join([*trusted, result.proxy])}" and restart.'
        return None, [Finding(PROBLEM, f"{url}: {fault.value.format(proxy=result.proxy)} {advice}")]
    if fault:
        text = fault.value.format(proxy=result.proxy, address=result.address)
        return None, [Finding(PROBLEM, f"{url}: {text}", replace(lines, web_server=result.web_server))]
    route = f"through the proxy at {result.proxy}" if result.has_proxy else "without a proxy"
    settable = [name for name in headers if result.headers.get(name) == _FORGED]
    return result, [
        Finding(OK, f"{url}: Visitor addresses arrive {route}. Yours is {result.visitor}."),
        *(Finding(PROBLEM, f"{url}: {_forgeable(name)}") for name in settable),
    ]


def _forgeable(name: str) -> str:
    return (
        f"Visitors can set the header {name}, which an exclusion uses. Make the web server set it "
        f'for every request, or delete it: `proxy_set_header {name} "";` in nginx, `header_up -{name}` in Caddy, '
        f'`customRequestHeaders: {{{name}: ""}}` in Traefik.'
    )


def _values(rules: Sequence[Exclusion], matcher: str) -> Iterator[tuple[Exclusion, str]]:
    for exclusion in rules:
        for leaf in condition.leaves(exclusion.rule.condition):
            if leaf.matcher.key == matcher:
                yield from ((exclusion, value) for value in leaf.values)


def _differ(one: str, other: str) -> bool:
    """True for two different addresses of the same family."""
    return one != other and (":" in one) == (":" in other)
