"""The kinds of conditions that a rule can match hits by, one row each.

A row validates values, tests hits and words the forms. To add a kind, add a row to `MATCHERS` and its tests.
Patterns are RE2 everywhere, so a rule cannot be slow.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import re2
from babel import Locale

from schema.exclusions import home
from schema.measures.wildcard import compiled, literal
from schema.sentence import Count, Sentence, SentenceError, later
from schema.sites import referrers
from schema.sites.host import ascii_host, is_name, normal_host, of_authority, without_www

MAX_ADDRESSES = 100_000  # networks or homes; their number does not change the cost of a hit
MAX_PATTERNS = 1000
_READABLE_BITS = 32  # larger networks of IPv6 have numbers of addresses that nobody can read

_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9a-z-]+)\s*:\s*(.*\S)")
# A rule that matches both of these user agents matches nearly every browser.
_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
)

Values = Sequence[str]  # normalized; a hit has to match one of them
Answers = Mapping[str, Iterable[str]]  # host name -> networks, from the DNS
Test = Callable[[Any], object]  # takes the value of a field; truthy: it matches


class ExclusionError(SentenceError):
    """The rule is invalid or does not exist. The message is for the user."""


def _verbatim(text: str) -> Sentence:
    return Sentence("%(text)s", {"text": text})


class Field(Enum):
    """What a matcher reads from a hit."""

    ADDRESS = auto()  # bytes
    HEADERS = auto()  # name in lower case -> value, from a trusted proxy
    PAGE_HOST = auto()
    PATH = auto()
    USER_AGENT = auto()
    COUNTRY = auto()  # ISO 3166-1 alpha-2
    REFERRER = auto()  # host and path; see schema.sites.referrers


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """A kind of condition. Matchers of addresses have `networks` or `homes`, all others have `test`."""

    key: str  # its name in a condition
    noun: str  # in a description; for translation
    label: str  # in the form of the dashboard; for translation
    help: str  # of the option of `sillage exclusions add`
    normalized: Callable[[str], str]  # raises ExclusionError for an invalid value
    input_key: str = ""  # of a plain value that has to be hashed first; empty: the key
    max_values: int = MAX_PATTERNS
    field: Field = Field.ADDRESS
    test: Callable[[Values], Test] | None = None
    networks: Callable[[Values, Answers], Iterable[str]] = lambda _values, _answers: ()
    homes: Callable[[Values], Iterable[bytes]] = lambda _values: ()
    covers_everybody: Callable[[Values], bool] = lambda _values: False  # every hit, or every browser
    described: Callable[[Values], Sentence] | None = None  # None: the key and the values
    shown: Callable[[str], Sentence] = _verbatim  # a value, in the description

    @property
    def input_name(self) -> str:
        """The name under which people enter a value."""
        return self.input_key or self.key


def normal_network(text: str) -> str:
    """Return a network in its normal form. Raises ExclusionError.

    A single IPv6 address means its /64 unless /128 is given, because devices change the rest of their address.
    An IPv4-mapped IPv6 address becomes the IPv4 address.
    """
    text = text.strip()
    if ":" in text and "/" not in text and "." not in text:
        text += "/64"
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ExclusionError(
            "%(text)r is not a network: write it as in 192.0.2.0/24 or 2001:db8::/48", text=text
        ) from None
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= 96:
        network = ipaddress.ip_network((mapped, network.prefixlen - 96), strict=False)
    if network.prefixlen == 0:
        raise ExclusionError("%(text)s covers everybody: Sillage would count nothing any more", text=text)
    return str(network)


def sized(network: str) -> Sentence:
    """Return a normalized network with the number of its addresses, unless it has only one."""
    bits = ipaddress.ip_network(network).max_prefixlen - ipaddress.ip_network(network).prefixlen
    if bits == 0:
        return _verbatim(network)
    count = Count(2**bits) if bits <= _READABLE_BITS else f"2^{bits}"
    return Sentence("%(network)s (%(count)s addresses)", {"network": network, "count": count})


def _are_all_addresses(values: Values) -> bool:
    networks = [ipaddress.ip_network(value) for value in values]
    of_4 = ipaddress.collapse_addresses(network for network in networks if isinstance(network, ipaddress.IPv4Network))
    of_6 = ipaddress.collapse_addresses(network for network in networks if isinstance(network, ipaddress.IPv6Network))
    return any(network.prefixlen == 0 for network in of_4) or any(network.prefixlen == 0 for network in of_6)


def _normal_home(text: str) -> str:
    if not home.WRITTEN_HASH.fullmatch(text):
        raise ExclusionError(
            "Sillage keeps a home address only as a hash: `sillage exclusions hash ADDRESS` prints the hash"
        )
    return text


def _normal_host_name(text: str) -> str:
    name = normal_host(text)
    if "." not in name or not is_name(name) or name.replace(".", "").isdecimal():
        raise ExclusionError("%(text)r is not a host name: write it as in home.example.org", text=text)
    return ascii_host(name)  # for the DNS


def _normal_header(text: str) -> str:
    name, colon, value = text.partition(":")
    header = _HEADER.fullmatch(f"{name.strip().lower()}{colon}{value}")
    if not header:
        raise ExclusionError('%(text)r is not a header: write its name and value, as in "X-Office: yes"', text=text)
    return f"{header[1]}: {header[2]}"


def header_of(value: str) -> tuple[str, str]:
    """Return the name and the value of a normalized header."""
    name, _, text = value.partition(": ")
    return name, text


def _header_test(values: Values) -> Test:
    headers = [header_of(value) for value in values]
    return lambda received: any(received.get(name) == text for name, text in headers)


def _normal_page_host(text: str) -> str:
    host = without_www(of_authority(text))
    if not host or re.search(r"[\s/?#@]", text.strip()):
        raise ExclusionError(
            "%(text)r is not the host of a page: write it as in staging.example.org or *.example.org", text=text
        )
    return host


def _page_host_test(values: Values) -> Test:
    # Rules of earlier versions are stored with hosts in their ASCII form.
    return _fullmatch(".*".join(map(literal, value.split("*"))) for value in map(normal_host, values))


def _normal_referrer(text: str) -> str:
    try:
        return referrers.normal_pattern(text)
    except referrers.ReferrerError as error:
        raise ExclusionError(str(error)) from None


def _normal_path(text: str) -> str:
    if not text.startswith("/"):
        raise ExclusionError("%(text)r is not a path: it begins with a slash, as in /admin/**", text=text)
    return text


def _path_test(values: Values) -> Test:
    return _fullmatch(
        "".join({"**": ".*", "*": "[^/]*"}.get(piece) or literal(piece) for piece in re.split(r"(\*\*|\*)", value))
        for value in values
    )


def _user_agent_test(values: Values) -> Test:
    return _search([f"(?i:{_either(map(literal, values))})"])


def _normal_pattern(text: str) -> str:
    try:
        compiled(text)
    except re2.error:
        raise ExclusionError("%(text)r is not a valid RE2 pattern", text=text) from None
    return text


def _normal_country(text: str) -> str:
    code = text.upper()
    if len(code) != 2 or code not in Locale("en").territories:
        raise ExclusionError("%(text)r is not a country: write its two letters, as in FR", text=text)
    return code


def _country_test(values: Values) -> Test:
    return frozenset(values).__contains__


def _fullmatch(patterns: Iterable[str]) -> Test:
    test: Test = compiled(_either(patterns)).fullmatch
    return test


def _search(patterns: Iterable[str]) -> Test:
    test: Test = compiled(_either(patterns)).search
    return test


def _either(patterns: Iterable[str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)


# In the order of the forms.
MATCHERS = {
    matcher.key: matcher
    for matcher in (
        Matcher(
            key="network",
            noun=later("network"),
            label=later("Network or address"),
            help="A network or an address, such as 192.0.2.0/24. Repeat the option to match any of several.",
            normalized=normal_network,
            max_values=MAX_ADDRESSES,
            networks=lambda values, _answers: values,
            shown=sized,
            covers_everybody=_are_all_addresses,
        ),
        Matcher(
            key=home.KEY,
            noun=later("home"),
            label=later("Home (address kept as a hash)"),
            help="The address of a home. Sillage keeps only a hash of it.",
            normalized=_normal_home,
            input_key="home_address",
            max_values=MAX_ADDRESSES,
            homes=lambda values: map(home.digest, values),
            described=lambda values: (
                Sentence("a home") if len(values) == 1 else Sentence("%(count)s homes", {"count": Count(len(values))})
            ),
        ),
        Matcher(
            key="host_name",
            noun=later("host name"),
            label=later("Host name (dynamic DNS)"),
            help="A host name whose address changes (dynamic DNS).",
            normalized=_normal_host_name,
            networks=lambda values, answers: (network for name in values for network in answers.get(name, ())),
        ),
        Matcher(
            key="page_host",
            noun=later("page host"),
            label=later("Host of the page"),
            help="The host of the page. * matches any text.",
            normalized=_normal_page_host,
            field=Field.PAGE_HOST,
            test=_page_host_test,
            covers_everybody=lambda values: any(not value.strip("*") for value in values),
        ),
        Matcher(
            key="path",
            noun=later("path"),
            label=later("Path of the page"),
            help="The path of the page. * matches any text up to the next slash, ** any text.",
            normalized=_normal_path,
            field=Field.PATH,
            test=_path_test,
            covers_everybody=lambda values: bool(_path_test(values)("/~/~")),
        ),
        Matcher(
            key="referrer",
            noun=later("referrer"),
            label=later("Referrer"),
            help="A referrer, such as example.org with its subdomains, or *.example.org/promo. * matches any text.",
            normalized=_normal_referrer,
            field=Field.REFERRER,
            test=referrers.test,
        ),
        Matcher(
            key="user_agent",
            noun=later("user agent"),
            label=later("Part of the user agent"),
            help="A part of the user agent, in any case.",
            normalized=str,
            field=Field.USER_AGENT,
            test=_user_agent_test,
            covers_everybody=lambda values: all(map(_user_agent_test(values), _BROWSERS)),
        ),
        Matcher(
            key="user_agent_pattern",
            noun=later("user agent pattern"),
            label=later("Pattern in the user agent (RE2)"),
            help="An RE2 pattern to find in the user agent.",
            normalized=_normal_pattern,
            field=Field.USER_AGENT,
            test=_search,
            covers_everybody=lambda values: all(map(_search(values), _BROWSERS)),
        ),
        Matcher(
            key="country",
            noun=later("country"),
            label=later("Country (two letters)"),
            help="A country code of two letters.",
            normalized=_normal_country,
            field=Field.COUNTRY,
            test=_country_test,
        ),
        Matcher(
            key="header",
            noun=later("header"),
            label=later("Header of a trusted proxy"),
            help='A header that your proxy sets, such as "X-Office: yes".',
            normalized=_normal_header,
            field=Field.HEADERS,
            test=_header_test,
        ),
    )
}
