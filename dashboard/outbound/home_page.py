"""Whether the home page of a site has the snippet: the right script, the right domain, and nothing that blocks it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from dashboard.outbound import csp
from dashboard.outbound.csp import Policy
from dashboard.outbound.request import Answer
from schema.sentence import Sentence
from schema.sites.host import host_of_domain, normal_domain, of_url, without_www

OK = 200
_MOST_SCRIPTS = 500  # of a page
_SCRIPT = re.compile(r"/js/(?:script[\w.-]*\.m?js|plausible[\w.-]*\.js|pa-(?P<id>\w+)\.js)$")
_RUNS = frozenset({"", "text/javascript", "application/javascript", "module"})
_CHARSET = re.compile(r"charset=\"?([\w-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the snippet of a site has to say."""

    domains: Sequence[str]  # the site's domain, then former ones
    base_url: str  # of this server
    script_id: str  # of the site's own script
    integrity: str  # of /js/script.js


@dataclass(slots=True)
class _Parsed:
    scripts: list[dict[str, str]] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parsed = _Parsed()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in reversed(attrs)}  # the first of repeated ones counts
        if tag == "script" and values.get("src") and len(self.parsed.scripts) < _MOST_SCRIPTS:
            self.parsed.scripts.append(values)
        if tag == "meta" and values.get("http-equiv", "").lower() == "content-security-policy":
            self.parsed.policies += csp.parse(values.get("content", ""))


def problems(answer: Answer, expected: Expected) -> list[Sentence]:
    """Return what is wrong with the snippet on a page, in sentences; none if it is right."""
    if answer.status != OK:
        return [Sentence("%(url)s answers with the status %(status)s.", {"url": answer.url, "status": answer.status})]
    parser = _Parser()
    parser.feed(_text(answer))
    page = parser.parsed
    scripts = [script for script in page.scripts if _is_ours(script, answer.url, expected)]
    if not scripts:
        return [
            Sentence(
                "The script tag is not in the HTML of %(url)s. Paste it into the <head>. If a tag manager adds it, this"
                " check can't see it.",
                {"url": answer.url},
            )
        ]
    policies = [policy for text in answer.values("content-security-policy") for policy in csp.parse(text)]
    by_script = [_of_script(script, answer.url, [*policies, *page.policies], expected) for script in scripts]
    return min(by_script, key=len)  # one right tag is enough


def _is_ours(script: Mapping[str, str], page_url: str, expected: Expected) -> bool:
    """Return whether a script with a source looks like the tracker: by its name, server or attributes."""
    try:
        url = urljoin(page_url, script["src"])
    except ValueError:
        return False
    is_named = _SCRIPT.search(_path(url)) is not None
    return is_named or "data-domain" in script or url.startswith(f"{expected.base_url}/js/")


def _of_script(script: dict[str, str], page_url: str, policies: Sequence[Policy], expected: Expected) -> list[Sentence]:
    url = urljoin(page_url, script["src"])
    sentences = [*_of_domain(script, url, page_url, expected), *_of_source(script, url, page_url, expected)]
    if not csp.allows_script(policies, url, page_url=page_url, nonce=script.get("nonce", "")):
        sentences.append(
            Sentence(
                "The Content-Security-Policy of the page blocks the script. Add %(origin)s to its script-src.",
                {"origin": _origin(url)},
            )
        )
    events = urljoin(page_url, script["data-api"]) if script.get("data-api") else f"{_origin(url)}/api/event"
    if not csp.allows_request(policies, events, page_url=page_url):
        sentences.append(
            Sentence(
                "The Content-Security-Policy of the page blocks events. Add %(origin)s to its connect-src.",
                {"origin": _origin(events)},
            )
        )
    return sentences


def _of_domain(script: dict[str, str], url: str, page_url: str, expected: Expected) -> list[Sentence]:
    own = expected.domains[0]
    match = _SCRIPT.search(_path(url))
    if match and match["id"]:
        if match["id"] == expected.script_id:
            return []
        return [Sentence("The script tag loads the script of another site. Copy the tag from this page again.")]
    named = [normal_domain(part) for part in script.get("data-domain", "").split(",") if part.strip()]
    named = named or [without_www(of_url(page_url))]  # as the script does
    if own in named:
        return []
    values = {"named": ", ".join(named)[:100], "own": own}
    if set(named) & set(expected.domains):
        return [Sentence('The script tag names the former domain %(named)s. Write data-domain="%(own)s".', values)]
    return [Sentence('The script tag names %(named)s. Write data-domain="%(own)s".', values)]


def _of_source(script: dict[str, str], url: str, page_url: str, expected: Expected) -> list[Sentence]:
    sentences = []
    host = of_url(url)
    is_first_party = without_www(host) == without_www(of_url(page_url)) or host == host_of_domain(expected.domains[0])
    if host != of_url(expected.base_url) and not is_first_party:
        values = {"host": host, "base_url": expected.base_url}
        sentences.append(Sentence("The script comes from %(host)s, and not from %(base_url)s.", values))
    if urlsplit(page_url).scheme == "https" and urlsplit(url).scheme == "http":
        sentences.append(
            Sentence("The page uses https and its script http, so browsers block the script. Write https in the tag.")
        )
    if script.get("type", "").lower() not in _RUNS:
        sentences.append(
            Sentence(
                "The script tag has the type %(type)s, so browsers don't run it: a consent tool holds it back.",
                {"type": script["type"][:40]},
            )
        )
    is_pinned = script.get("integrity") and url == f"{expected.base_url}/js/script.js"
    if is_pinned and expected.integrity not in script["integrity"].split():
        sentences.append(
            Sentence("The script tag pins an older version, so browsers don't run the script. Copy the tag again.")
        )
    return sentences


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _text(answer: Answer) -> str:
    charset = next((match[1] for text in answer.values("content-type") if (match := _CHARSET.search(text))), "utf-8")
    try:
        return answer.body.decode(charset, errors="replace")
    except LookupError:
        return answer.body.decode("utf-8", errors="replace")
