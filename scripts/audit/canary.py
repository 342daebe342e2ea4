"""P1, by a canary: hits from addresses that nobody has, and a search for these addresses in everything that is written.

The addresses are random ones of networks reserved for documentation. None of the hits is counted as a visit: they are
malformed, name an unknown site, or come from a browser that opted out.
"""

import ipaddress
import json
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from schema.privacy import opt_out
from schema.privacy.audits import Finding
from scripts.audit import traces
from scripts.audit.subject import Fetch, Subject, green, listed, no_server, red, yellow

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
NOBODY = "sillage-audit.invalid"
_BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
_IPV4_NETWORKS = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
_IPV6_NETWORK = "2001:db8::/32"
_PATHS = ("/", "/api/event", "/js/script.js", "/sign-in", "/sign-in/wrong", "/%ff", opt_out.OPT_OUT, opt_out.CHECK)
_CLOCK_ERROR_S = 2  # between this process and the file system
_STORED_WITHIN_S = 2.5  # counts of dropped hits reach ClickHouse a second later


def without_trace(subject: Subject) -> Finding:
    """Send hits from the canaries, and search all files that changed since."""
    if subject.fetch is None:
        return no_server("P1")
    addresses, start = canaries(), time.time() - _CLOCK_ERROR_S
    sent = send(subject.fetch, addresses, opted_out_of=subject.sites[0].domain if subject.sites else NOBODY)
    subject.wait(_STORED_WITHIN_S)
    places = [subject.settings.data_dir, *subject.logs, *_new(subject.temporary, start)]
    if subject.salts_file:
        places.append(subject.salts_file.parent)
    if hits := traces.of_addresses(addresses, places, since=start):
        names = sorted({file for _, _, file in hits})
        return red("P1", "Addresses of test hits were written to these files: %(files)s.", files=listed(names))
    return green(
        "P1",
        "%(sent)d test requests from reserved addresses left no trace of these addresses in files. Files that changed "
        "since: %(files)d.",
        sent=sent,
        files=len(traces.files(places, since=start)),
    )


def logs_searched(subject: Subject) -> Finding:
    """Report whether the canaries were also searched in the logs of the server."""
    if subject.fetch is None:
        return no_server("P1")
    if not subject.logs:
        return yellow("P1", "The log of the server was not searched. Name its files with --log.")
    if missing := [str(file) for file in subject.logs if not file.is_file()]:
        return yellow("P1", "These log files do not exist: %(files)s.", files=listed(missing))
    return green(
        "P1", "The search covered these logs of the server: %(files)s.", files=listed(list(map(str, subject.logs)))
    )


def canaries() -> tuple[str, ...]:
    """Return random addresses of the networks for documentation."""
    networks = [ipaddress.ip_network(network) for network in (*_IPV4_NETWORKS, _IPV6_NETWORK, _IPV6_NETWORK)]
    return tuple(str(network[1 + secrets.randbelow(network.num_addresses - 2)]) for network in networks)


def send(fetch: Fetch, addresses: Sequence[str], *, opted_out_of: str) -> int:
    """Send requests from all addresses, and return their number. opted_out_of: domain of a site. Raises OSError."""
    sent = 0
    for address in addresses:
        for identity in _identities(address):
            for headers, body in _hits(opted_out_of):
                fetch("POST", "/api/event", {"user-agent": BROWSER, **headers, **identity}, body)
                sent += 1
        for path in (*_PATHS, f"/api/pixel.gif?d={NOBODY}&u=https://{NOBODY}/"):
            fetch("GET", path, {"user-agent": BROWSER, "x-forwarded-for": address})
            sent += 1
    return sent


def _new(directories: Sequence[Path], since: float) -> Iterator[Path]:
    """Yield the readable entries of directories of temporary files that changed since a time."""
    for directory in directories:
        for path in directory.iterdir():
            with suppress(OSError):  # deleted since
                if path.lstat().st_mtime >= since and os.access(path, os.R_OK):
                    yield path


def _identities(address: str) -> Iterator[dict[str, str]]:
    bracketed = f'"[{address}]:4711"' if ":" in address else f"{address}:4711"
    yield {"x-forwarded-for": address}
    yield {"x-plausible-ip": address}
    yield {"forwarded": f"for={bracketed}"}


def _hits(opted_out_of: str) -> Iterator[tuple[dict[str, str], bytes]]:
    """Yield headers and bodies of hits that are not counted."""
    page = {"n": "pageview", "d": NOBODY, "u": f"https://{NOBODY}/"}
    yield {}, json.dumps(page).encode()
    yield {"user-agent": _BOT}, json.dumps(page | {"u": "data:text/plain,hello"}).encode()
    yield {"sec-purpose": "prefetch"}, json.dumps(page | {"r": "https://semalt.com/"}).encode()
    yield {"content-type": "text/plain"}, json.dumps(page | {"u": 5, "n": [], "p": "{"}).encode()
    yield {}, b"{"
    yield {}, b"\xff\xfe\x00"
    engagement = {"n": "engagement", "d": opted_out_of, "u": f"https://{opted_out_of}/", "e": 1000, "sd": 10}
    yield {"cookie": f"{opt_out.COOKIE}={opt_out.VALUE}"}, json.dumps(engagement).encode()
