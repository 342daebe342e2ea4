"""P5 to P7 and P12, by requests to the running server as a browser sends them.

None of them is counted as a visit. A hit of the kind `engagement` never begins one: without a signal it is dropped for
want of a visit, which the response reports. With a signal that is honored it is dropped too, which no response reports.
So the difference shows whether a signal is honored.
"""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import urlencode

from ingest.pages.visitor_pages import LANGUAGES
from ingest.request import pixel
from ingest.tracker import names
from ingest.tracker.variant import variant
from schema.privacy import opt_out
from schema.privacy.audits import Finding
from schema.sites.host import ascii_host
from schema.sites.sites import Site
from scripts.audit.canary import BROWSER, NOBODY, canaries
from scripts.audit.subject import Fetch, Reply, Subject, green, listed, no_server, red, yellow

_MARKS = frozenset({"set-cookie", "etag", "last-modified"})
_SCRIPT = "/js/script.js"
_EVENT = "/api/event"
_DROPPED = "x-plausible-dropped"
_OPTED_OUT = {"cookie": f"{opt_out.COOKIE}={opt_out.VALUE}"}
_ATTRIBUTES = ("HttpOnly", "Secure", "SameSite=Lax", f"Max-Age={opt_out.MAX_AGE_S}")


def mark_no_device(subject: Subject) -> Finding:
    """P5: responses to visitors leave nothing in a browser by which it could be recognized."""
    if subject.fetch is None:
        return no_server("P5")
    marked = [path for path, reply in _visited(subject, subject.fetch) if _MARKS & {name for name, _ in reply.headers}]
    if marked:
        return red("P5", "Responses set a cookie, an ETag or Last-Modified: %(paths)s.", paths=listed(marked))
    return green("P5", "Events, scripts, the pixel and the opt-out page set no cookie, ETag or Last-Modified.")


def serve_the_built_script(subject: Subject) -> Finding:
    """P5: the script that the server sends is the one that was built with this version."""
    if subject.fetch is None:
        return no_server("P5")
    served = sha256(subject.fetch("GET", _SCRIPT, {}).body).hexdigest()
    if served != sha256(variant(names.TAG)).hexdigest():
        return red("P5", "The script that visitors get is not the one of this version. Restart the server.")
    return green("P5", "Visitors get the script of this version, with the SHA-256 %(hash)s.", hash=served[:16])


def honor_signals(subject: Subject) -> Finding:
    """P6: Global Privacy Control and Do Not Track are honored as each site has them set."""
    if subject.fetch is None:
        return no_server("P6")
    ignored, unclear = [], []
    for site in subject.sites:
        if not _is_reported(subject.fetch, site, {}):
            unclear.append(site.domain)
        elif any(_is_reported(subject.fetch, site, signal) for signal in _signals(site)):
            ignored.append(site.domain)
    if ignored:
        return red("P6", "Hits with a signal that the site honors are not dropped: %(sites)s.", sites=listed(ignored))
    if unclear:
        return yellow(
            "P6",
            "It could not be checked whether signals are honored, because exclusions cover the test hits: %(sites)s.",
            sites=listed(unclear),
        )
    return green("P6", "Global Privacy Control and Do Not Track are honored as each site has them set.")


def honor_the_opt_out(subject: Subject) -> Finding:
    """P7: hits of a browser that opted out are dropped."""
    if subject.fetch is None:
        return no_server("P7")
    if counted := [site.domain for site in subject.sites if _is_reported(subject.fetch, site, _OPTED_OUT)]:
        return red("P7", "Hits of browsers that opted out are not dropped: %(sites)s.", sites=listed(counted))
    return green("P7", "Hits of browsers that opted out are dropped.")


def offer_the_opt_out(subject: Subject) -> Finding:
    """P7: the opt-out page answers in both languages, and sets the same cookie for everybody."""
    if subject.fetch is None:
        return no_server("P7")
    silent, unlike = [], []
    for site in subject.sites:
        if not all(_is_page(_opt_out_page(subject.fetch, site, code), code) for code in LANGUAGES):
            silent.append(site.domain)
        elif not _is_the_same_for_all(subject.fetch, site):
            unlike.append(site.domain)
    if silent:
        return red("P7", "The opt-out page does not answer in French and English: %(sites)s.", sites=listed(silent))
    if unlike:
        return red(
            "P7", "The opt-out cookie is not HttpOnly, or not the same for everybody: %(sites)s.", sites=listed(unlike)
        )
    return green("P7", "The opt-out page answers in French and English. Its cookie is HttpOnly and always the same.")


def offer_to_forget(subject: Subject) -> Finding:
    """P12: the opt-out page offers to delete today's visits of the browser."""
    if subject.fetch is None:
        return no_server("P12")
    fetch = subject.fetch
    lacking = [site.domain for site in subject.sites if b'value="forget"' not in _opt_out_page(fetch, site, "fr").body]
    if lacking:
        return red("P12", "The opt-out page does not offer to delete today's visits: %(sites)s.", sites=listed(lacking))
    return green("P12", "The opt-out page offers to delete the visits of the day.")


def _visited(subject: Subject, fetch: Fetch) -> Iterator[tuple[str, Reply]]:
    """Yield the responses that a visitor's browser gets, with their paths."""
    event = json.dumps({"n": "pageview", "d": NOBODY, "u": f"https://{NOBODY}/"}).encode()
    yield _EVENT, fetch("POST", _EVENT, _browser(), event)
    for path in (_SCRIPT, "/js/script.mjs", f"{pixel.PATH}?{urlencode({'d': NOBODY, 'u': f'https://{NOBODY}/'})}"):
        yield path.partition("?")[0], fetch("GET", path, _browser())
    for site in subject.sites:
        yield opt_out.OPT_OUT, _opt_out_page(fetch, site, "fr")


def _browser() -> dict[str, str]:
    return {"user-agent": BROWSER, "x-forwarded-for": canaries()[0]}


def _opt_out_page(fetch: Fetch, site: Site, code: str) -> Reply:
    return fetch("GET", opt_out.OPT_OUT, _browser() | {"host": ascii_host(site.authority), "accept-language": code})


def _is_page(reply: Reply, code: str) -> bool:
    return reply.status == HTTPStatus.OK and f'lang="{code}"'.encode() in reply.body


def _is_the_same_for_all(fetch: Fetch, site: Site) -> bool:
    headers = {"host": ascii_host(site.authority), "content-type": "application/x-www-form-urlencoded"}
    first, second = (
        fetch("POST", opt_out.OPT_OUT, _browser() | headers, b"do=out").header("set-cookie") for _ in range(2)
    )
    value = first.partition(";")[0]
    return (
        first == second
        and value == f"{opt_out.COOKIE}={opt_out.VALUE}"
        and all(attribute in first for attribute in _ATTRIBUTES)
    )


def _signals(site: Site) -> Iterator[Mapping[str, str]]:
    """Yield the headers that a site honors."""
    if site.privacy.obeys_gpc:
        yield {"sec-gpc": "1"}
    if site.privacy.honors_dnt:
        yield {"dnt": "1"}


def _is_reported(fetch: Fetch, site: Site, headers: Mapping[str, str]) -> bool:
    """Return whether the response to an engagement without a visit reports that it was dropped."""
    hit = {"n": "engagement", "d": site.domain, "u": f"https://{ascii_host(site.authority)}/", "sd": 10, "e": 1000}
    return bool(fetch("POST", _EVENT, _browser() | dict(headers), json.dumps(hit).encode()).header(_DROPPED))
