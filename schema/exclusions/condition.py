"""What an exclusion looks at in a hit: matchers, joined by all, any and not.

People write a condition as a table, in exclusions.toml, in JSON and in the control file alike:

    {"network": ["192.0.2.0/24", "2001:db8::/48"], "not": {"path": "/jobs/**"}}

Of several values of a matcher any is enough; several entries of a table must all be true. Patterns are RE2 everywhere,
so no rule can be slow.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import re2
from babel import Locale

from schema.exclusions.home import WRITTEN_HASH
from schema.measures.wildcard import literal

MAX_DEPTH = 8
MAX_VALUES = 100_000  # of networks and homes, which cost a hit the same however many they are
MAX_PATTERNS = 1000  # of all else
MAX_VALUE_CHARACTERS = 500

_HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))+\.?")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9a-z-]+)\s*:\s*(.*\S)")
# A user agent that has a part of each of them is anybody's.
_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
)


class ExclusionError(ValueError):
    """A rule can't be added or found; the message is for the person who asked."""


class Matcher(StrEnum):
    """What of a hit is looked at; the values are the words of a condition."""

    NETWORK = "network"  # CIDR
    HOME = "home"  # a home's address, as keyed hash: see schema.exclusions.home
    HOST_NAME = "host_name"  # its addresses, as they are in the DNS
    HEADER = "header"  # "name: value", of trusted proxies
    PAGE_HOST = "page_host"  # * is any text
    PATH = "path"  # * is any text within a segment, ** any text
    USER_AGENT = "user_agent"  # a part of it, upper or lower case
    USER_AGENT_PATTERN = "user_agent_pattern"  # RE2
    COUNTRY = "country"  # ISO 3166-1 alpha-2


@dataclass(frozen=True, slots=True)
class Match:
    matcher: Matcher
    values: tuple[str, ...]  # in their one written form; any of them


@dataclass(frozen=True, slots=True)
class All:
    parts: "tuple[Condition, ...]"  # at least two


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: "tuple[Condition, ...]"  # at least two


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Condition = Match | All | AnyOf | Not
JOINTS = ("all", "any", "not")
WORDS = frozenset(Matcher) | frozenset(JOINTS)


def read(table: object, *, depth: int = 0) -> Condition:
    """Return the condition of a table as people write it. Raises ExclusionError."""
    if not isinstance(table, Mapping) or not table:
        raise ExclusionError(f'a condition is a table such as {{network = "192.0.2.0/24"}}, not {_shown(table)}')
    if depth > MAX_DEPTH:
        raise ExclusionError(f"conditions can stand {MAX_DEPTH} deep in one another")
    parts = [_entry(word, value, depth) for word, value in table.items()]
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def restored(table: Mapping[str, Any]) -> Condition:
    """Return the condition of a table that `written` has made; it is taken to be right, for checking takes its time."""
    ((word, value),) = table.items()
    match word:
        case "not":
            return Not(restored(value))
        case "all":
            return All(tuple(map(restored, value)))
        case "any":
            return AnyOf(tuple(map(restored, value)))
    return Match(Matcher(word), tuple(value) if isinstance(value, list) else (value,))


def written(condition: Condition) -> dict[str, Any]:
    """Return a condition as the table that `read` takes."""
    match condition:
        case Match(matcher, values):
            return {matcher.value: values[0] if len(values) == 1 else list(values)}
        case Not(part):
            return {"not": written(part)}
        case All(parts):
            return {"all": [written(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [written(part) for part in parts]}


def described(condition: Condition) -> str:
    """Return a condition in words, such as "network 192.0.2.0/24 and not path /jobs/**"; home addresses stay unsaid."""
    match condition:
        case Match(Matcher.HOME, values):
            return "a home" if len(values) == 1 else f"{len(values)} homes"
        case Match(matcher, values):
            more = f" and {len(values) - 3:,} more" if len(values) > 3 else ""
            return f"{matcher.value.replace('_', ' ')} {' or '.join(values[:3])}{more}"
        case Not(part):
            return f"not {_bracketed(part)}"
        case All(parts):
            return " and ".join(_bracketed(part) for part in parts)
        case AnyOf(parts):
            return " or ".join(_bracketed(part) for part in parts)


def leaves(condition: Condition) -> Iterator[Match]:
    """Give every match of a condition, however deep."""
    match condition:
        case Match():
            yield condition
        case Not(part):
            yield from leaves(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)


def matchers(condition: Condition) -> frozenset[Matcher]:
    """Return what a condition looks at."""
    return frozenset(leaf.matcher for leaf in leaves(condition))


def covers_everybody(condition: Condition) -> bool:
    """True where a condition is true of every hit there can be, or of every browser's."""
    match condition:
        case Match(Matcher.USER_AGENT | Matcher.USER_AGENT_PATTERN, _):
            pattern = compiled(user_agent_pattern(condition))
            return all(pattern.search(browser) for browser in _BROWSERS)
        case Match(Matcher.PATH, values):
            return compiled(path_pattern(values)).fullmatch("/~/~") is not None
        case Match(Matcher.PAGE_HOST, values):
            return any(not value.strip("*") for value in values)
        case Match(Matcher.NETWORK, values):
            return _are_all_addresses(values)
        case Match() | Not():
            return False
        case All(parts):
            return all(map(covers_everybody, parts))
        case AnyOf(parts):
            return any(map(covers_everybody, parts))


def host_pattern(values: Sequence[str]) -> str:
    """Return the RE2 pattern, for the whole of a page's host, that any of these globs stands for."""
    return either(".*".join(map(literal, value.split("*"))) for value in values)


def path_pattern(values: Sequence[str]) -> str:
    """Return the RE2 pattern, for the whole of a path, that any of these globs stands for."""
    return either(
        "".join({"**": ".*", "*": "[^/]*"}.get(piece) or literal(piece) for piece in re.split(r"(\*\*|\*)", value))
        for value in values
    )


def user_agent_pattern(match: Match) -> str:
    """Return the RE2 pattern that is found in the user agents which a match names, by parts of them or by patterns."""
    if match.matcher is Matcher.USER_AGENT_PATTERN:
        return either(match.values)
    return f"(?i:{either(map(literal, match.values))})"


def either(patterns: Iterable[str]) -> str:
    """Return the RE2 pattern that any of these stands for."""
    return "|".join(f"(?:{pattern})" for pattern in patterns)


def compiled(pattern: str) -> Any:
    """Return a pattern of RE2, which says nothing itself of one that is wrong. Raises re2.error."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options=options)  # type: ignore[no-untyped-call]


def normal_network(text: str) -> str:
    """Return a network in its one written form. Raises ExclusionError.

    A single IPv6 address means its /64 (devices change the rest by themselves) unless /128 is written; an
    IPv4-mapped IPv6 address is the IPv4 address.
    """
    text = text.strip()
    if ":" in text and "/" not in text and "." not in text:
        text += "/64"
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ExclusionError(f"{text!r} is not a network: write it as in 192.0.2.0/24 or 2001:db8::/48") from None
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= 96:
        network = ipaddress.ip_network((mapped, network.prefixlen - 96), strict=False)
    if network.prefixlen == 0:
        raise ExclusionError(f"{text} covers everybody: nothing would be counted any more")
    return str(network)


def _entry(word: object, value: object, depth: int) -> Condition:
    match word:
        case "not":
            return Not(read(value, depth=depth + 1))
        case "all" | "any":
            if not isinstance(value, list) or not value:
                raise ExclusionError(f"{word} takes a list of conditions, not {_shown(value)}")
            parts = tuple(read(part, depth=depth + 1) for part in value)
            if len(parts) == 1:
                return parts[0]
            return All(parts) if word == "all" else AnyOf(parts)
        case str() if word in WORDS:
            return _match(Matcher(word), value)
    raise ExclusionError(f"{_shown(word)} is not something a rule looks at: it is one of {', '.join(sorted(WORDS))}")


def _match(matcher: Matcher, value: object) -> Match:
    values = value if isinstance(value, list) else [value]
    most = MAX_VALUES if matcher in (Matcher.NETWORK, Matcher.HOME) else MAX_PATTERNS
    if not values or len(values) > most:
        raise ExclusionError(f"{matcher.value} takes from one to {most:,} values")
    for each in values:
        if not isinstance(each, str) or not each.strip() or len(each) > MAX_VALUE_CHARACTERS:
            raise ExclusionError(
                f"{matcher.value} takes a text of 1 to {MAX_VALUE_CHARACTERS} characters, or a list of such"
            )
    return Match(matcher, tuple(dict.fromkeys(_NORMAL[matcher](str(each).strip()) for each in values)))


def _home(text: str) -> str:
    if not WRITTEN_HASH.fullmatch(text):
        raise ExclusionError(
            "the address of a home is kept only as a hash: `sillage exclusions hash ADDRESS` prints what to write here"
        )
    return text


def _host_name(text: str) -> str:
    try:
        name = text.lower().encode("idna").decode()
    except UnicodeError:
        name = ""
    if not _HOST_NAME.fullmatch(name) or name.replace(".", "").isdecimal():
        raise ExclusionError(f"{text!r} is not a host name: write it as in home.example.org")
    return name.removesuffix(".")


def _header(text: str) -> str:
    name, colon, value = text.partition(":")
    found = _HEADER.fullmatch(f"{name.strip().lower()}{colon}{value}")
    if not found:
        raise ExclusionError(f'{text!r} is not a header: write its name and value, as in "X-Office: yes"')
    return f"{found[1]}: {found[2]}"


def _page_host(text: str) -> str:
    host = text.lower().removeprefix("www.")
    if re.search(r"[\s/:?#@]", host):
        raise ExclusionError(f"{text!r} is not the host of a page: write it as in staging.example.org or *.example.org")
    return host


def _path(text: str) -> str:
    if not text.startswith("/"):
        raise ExclusionError(f"{text!r} is not a path: it begins with a slash, as in /admin/**")
    return text


def _pattern(text: str) -> str:
    try:
        compiled(text)
    except re2.error:
        raise ExclusionError(f"{text!r} is not a pattern that RE2 understands") from None
    return text


def _country(text: str) -> str:
    code = text.upper()
    if len(code) != 2 or code not in Locale("en").territories:
        raise ExclusionError(f"{text!r} is not a country: write its two letters, as in FR")
    return code


_NORMAL: Mapping[Matcher, Callable[[str], str]] = {
    Matcher.NETWORK: normal_network,
    Matcher.HOME: _home,
    Matcher.HOST_NAME: _host_name,
    Matcher.HEADER: _header,
    Matcher.PAGE_HOST: _page_host,
    Matcher.PATH: _path,
    Matcher.USER_AGENT: str,
    Matcher.USER_AGENT_PATTERN: _pattern,
    Matcher.COUNTRY: _country,
}


def _are_all_addresses(values: Sequence[str]) -> bool:
    networks = [ipaddress.ip_network(value) for value in values]
    of_4 = ipaddress.collapse_addresses(each for each in networks if isinstance(each, ipaddress.IPv4Network))
    of_6 = ipaddress.collapse_addresses(each for each in networks if isinstance(each, ipaddress.IPv6Network))
    return any(network.prefixlen == 0 for network in of_4) or any(network.prefixlen == 0 for network in of_6)


def _bracketed(part: Condition) -> str:
    is_one = isinstance(part, Not) or (isinstance(part, Match) and len(part.values) == 1)
    return described(part) if is_one else f"({described(part)})"


def _shown(value: object) -> str:
    return repr(value)[:50]
