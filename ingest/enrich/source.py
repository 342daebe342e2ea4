"""The source of a visit and its referring page.

- A campaign tag wins over the referrer: people tag links because referrers get lost.
- Names come from data/sources.tsv. A host or tag that is not listed there is its own name.
- A page of the same host is not a source. Another subdomain of the site is one.
- A referrer with an IP address as host is not a source, except for 127.0.0.0/8: the address could be the visitor's.
- The query of a referrer is removed first. What identifies a person is replaced in its path.
"""

from functools import lru_cache
from importlib.resources import files

import msgspec

from ingest.enrich.url_parts import host, is_address, split, without_encoded_query
from ingest.request.text import printable
from schema.privacy.redaction import Kind, clean

MAX_REFERRER_CHARACTERS = 2000
ANDROID_APP = "android-app"

_CLICK_MEDIUMS = {("Google", "gclid"): "(gclid)", ("Bing", "msclkid"): "(msclkid)"}
_SECOND_LEVELS = frozenset({"co", "com", "ne", "net", "or", "org"})
_TOP_LEVELS = frozenset({"cat", "com", "net", "org"})


class Source(msgspec.Struct, frozen=True, gc=False):
    """A direct visit has both empty."""

    name: str = ""
    referrer: str = ""  # host and path of the referring page, without query, also for tagged links
    redacted: tuple[Kind, ...] = ()  # what was replaced in the path


class _Referral(msgspec.Struct, frozen=True, gc=False):
    host: str
    source: Source


DIRECT = Source()


def read(referrer: str, *, hostname: str, tagged: str) -> Source:
    """Return the source of a hit on a page of `hostname` (without www.). tagged: utm_source, source or ref."""
    if not referrer:
        return Source(_tag_name(tagged)) if tagged else DIRECT
    page = referrer[:MAX_REFERRER_CHARACTERS].partition("#")[0].partition("?")[0]
    referral = _referral(page)
    source = DIRECT if referral is None or referral.host == hostname else referral.source
    return Source(_tag_name(tagged), source.referrer, source.redacted) if tagged else source


def click_medium(name: str, click_id_param: str) -> str:
    """Return the medium of a click identifier, for links without one; empty: none."""
    return _CLICK_MEDIUMS.get((name, click_id_param), "")


@lru_cache(maxsize=16_384)
def _referral(page: str) -> _Referral | None:
    """Return the referral of a referring page without its query, None if it is not a referral."""
    parts = split(page)
    hostname = host(parts.authority)
    if not _is_public(hostname) or parts.scheme not in ("http", "https", ANDROID_APP):
        return None
    prefix = f"{ANDROID_APP}://" if parts.scheme == ANDROID_APP else ""
    path, kinds = clean(without_encoded_query(printable(parts.path)))
    referrer = f"{prefix}{hostname}{path.removesuffix('/')}"[:MAX_REFERRER_CHARACTERS]
    named = _host_name(f"app:{hostname}" if prefix else hostname)
    return _Referral(hostname, Source(named or f"{prefix}{hostname}", referrer, kinds))


def _is_public(hostname: str) -> bool:
    if is_address(hostname):
        return hostname.startswith("127.")
    return hostname not in ("", "localhost")


@lru_cache(maxsize=4096)
def _tag_name(tag: str) -> str:
    key = tag.lower()
    return _TAGS.get(key) or _host_name(key.replace(f"{ANDROID_APP}://", "app:")) or tag


def _host_name(hostname: str) -> str:
    """Return the source name of a host or of its closest listed parent domain; empty: unknown."""
    tail = _family_tail(hostname)
    while hostname:
        if name := _HOSTS.get(hostname) or (tail and _HOSTS.get(hostname.removesuffix(tail) + "*")):
            return name
        hostname = hostname.partition(".")[2]
    return ""


def _family_tail(hostname: str) -> str:
    """Return the part that the `*` of `google.*` matches: a country with its second level, or a common suffix."""
    labels = hostname.split(".")
    is_country = len(labels[-1]) == 2
    if is_country and len(labels) > 2 and labels[-2] in _SECOND_LEVELS:
        return f"{labels[-2]}.{labels[-1]}"
    return labels[-1] if is_country or labels[-1] in _TOP_LEVELS else ""


def _table() -> tuple[dict[str, str], dict[str, str]]:
    """Return host -> name, and tag -> name."""
    hosts: dict[str, str] = {}
    tags: dict[str, str] = {}
    for line in files("ingest.enrich").joinpath("data/sources.tsv").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, listed, *tagged = line.split("\t")
        hosts |= dict.fromkeys(listed.split(), name)
        tags |= dict.fromkeys([name.lower(), *(tag.strip() for column in tagged for tag in column.split(","))], name)
    return hosts, tags


_HOSTS, _TAGS = _table()
