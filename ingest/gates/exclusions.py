"""Which hits are not counted? Rules compiled so that a hit costs the same however many networks and homes they name.

Rules that look at the address alone are ranges of numbers and a table of hashes, each with the first rule, in their
order, that covers it. All others are tried one by one, up to the rule that has been found so.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_network
from operator import itemgetter
from typing import NamedTuple

from schema.exclusions import condition, home
from schema.exclusions.condition import All, AnyOf, Condition, Match, Matcher, Not
from schema.exclusions.rules import Action, Exclusion, Mode

NO_RULE = 0
_NONE = 1 << 62  # behind every rule

Answers = Mapping[str, Iterable[str]]  # host name -> networks that its addresses stand for
_Test = Callable[["Seen"], bool]


class Seen(NamedTuple):
    """What rules look at in a hit."""

    address: bytes  # packed
    user_agent: str
    page_host: str
    path: str
    headers: Mapping[str, str]  # of a trusted proxy, names in lower case; only those that rules name need be there
    country: Callable[[], str]  # ISO 3166-1 alpha-2


class Verdict(NamedTuple):
    """Ids of rules, NO_RULE where there is none."""

    excluded_by: int = NO_RULE
    would_be_by: int = NO_RULE  # a rule in dry run
    kept_by: int = NO_RULE


COUNTED = Verdict()


class Exclusions:
    """The rules in force, never changed: a new set replaces the whole."""

    def __init__(
        self, rules: Iterable[Exclusion] = (), *, now: float = 0, answers: Answers | None = None, home_key: bytes = b""
    ) -> None:
        """rules: in their order; those that are over at `now`, epoch seconds, are left out. answers: of the DNS.

        home_key: of schema.exclusions.home.
        """
        self.rules = [rule for rule in rules if not rule.is_over(now)]
        self._compiler = _Compiler(answers or {}, home_key)
        self._home_key = home_key
        networks: dict[tuple[int | None, int], list[_Range]] = {}
        self._homes: dict[tuple[int | None, bytes], tuple[int, int]] = {}
        others: dict[int | None, list[tuple[int, _Test]]] = {}
        for place, found in enumerate(self.rules):
            leaves = _addresses(found.rule.condition)
            if leaves is None:
                test = self._compiler.test(found.rule.condition)
                others.setdefault(found.site_id, []).append((place, test))
                continue
            places = (_NONE, place) if found.rule.mode is Mode.DRY_RUN else (place, _NONE)
            for size, first, last in self._compiler.ranges(leaves):
                networks.setdefault((found.site_id, size), []).append((first, last, *places))
            for digest in _homes(leaves):
                known = self._homes.get((found.site_id, digest), (_NONE, _NONE))
                self._homes[found.site_id, digest] = min(known[0], places[0]), min(known[1], places[1])
        self._networks: dict[int, dict[int | None, _Ranges]] = {4: {}, 16: {}}  # by bytes of an address, by site
        for (site_id, size), ranges in networks.items():
            self._networks[size][site_id] = _Ranges(ranges)
        self._everywhere = others.pop(None, [])
        self._of_site = {site_id: sorted(self._everywhere + own, key=itemgetter(0)) for site_id, own in others.items()}
        self.header_names = frozenset(_name_and_value(value)[0] for value in _values(self.rules, Matcher.HEADER))
        self.host_names = frozenset(_values(self.rules, Matcher.HOST_NAME))
        self.next_end = min((end for rule in self.rules if (end := rule.rule.expires_at) is not None), default=None)

    def decide(self, address: bytes, *, site_id: int, seen: Callable[[], Seen]) -> Verdict:
        """Return what the rules say of a hit on a site.

        seen: asked only where a rule looks at more than the address.
        """
        first, dry = self._by_address(address, site_id)
        others = self._of_site.get(site_id, self._everywhere)
        if others:
            first, dry = self._by_all_else(others, seen(), first, dry)
        return self._verdict(first, dry) if first != _NONE or dry != _NONE else COUNTED

    def _by_address(self, address: bytes, site_id: int) -> tuple[int, int]:
        """Return the places of the first rule, and the first in dry run, that cover an address."""
        first = dry = _NONE
        by_site = self._networks.get(len(address))
        if by_site:
            number = int.from_bytes(address)
            for scope in (None, site_id):
                ranges = by_site.get(scope)
                if ranges is not None and (found := ranges.find(number)) is not _NOWHERE:
                    first, dry = min(first, found[0]), min(dry, found[1])
        if self._homes and address:
            digest = home.hashed(address, key=self._home_key)
            for scope in (None, site_id):
                found = self._homes.get((scope, digest), _NOWHERE)
                first, dry = min(first, found[0]), min(dry, found[1])
        return first, dry

    def _by_all_else(self, others: list[tuple[int, _Test]], seen: Seen, first: int, dry: int) -> tuple[int, int]:
        for place, test in others:
            if place > first:
                break
            if self.rules[place].rule.mode is Mode.DRY_RUN:
                if place < dry and test(seen):
                    dry = place
            elif test(seen):
                return place, dry
        return first, dry

    def _verdict(self, first: int, dry: int) -> Verdict:
        tried = self.rules[dry].id if dry < first else NO_RULE
        if first == _NONE:
            return Verdict(would_be_by=tried)
        rule = self.rules[first]
        if rule.rule.action is Action.KEEP:
            return Verdict(would_be_by=tried, kept_by=rule.id)
        return Verdict(excluded_by=rule.id, would_be_by=tried)


_Range = tuple[int, int, int, int]  # first and last address, places of the rule: in force, in dry run
_NOWHERE = (_NONE, _NONE)


class _Ranges:
    """Where each stretch of the addresses of one family begins, and which rules come first there."""

    def __init__(self, ranges: Iterable[_Range]) -> None:
        """ranges: of networks, which nest or are apart."""
        self._starts: list[int] = []
        self._found: list[tuple[int, int]] = []
        open_: list[tuple[int, tuple[int, int]]] = []  # last address, what is found there; the innermost last
        for first, last, place, dry in sorted(ranges, key=lambda each: (each[0], -each[1])):
            self._close(open_, first)
            around = open_[-1][1] if open_ else _NOWHERE
            found = min(around[0], place), min(around[1], dry)
            self._begin(first, found)
            open_.append((last, found))
        self._close(open_, None)

    def find(self, number: int) -> tuple[int, int]:
        stretch = bisect_right(self._starts, number) - 1
        return self._found[stretch] if stretch >= 0 else _NOWHERE

    def _close(self, open_: list[tuple[int, tuple[int, int]]], before: int | None) -> None:
        """Go on behind each network that ends ahead of an address; None: behind all."""
        while open_ and (before is None or open_[-1][0] < before):
            last, _ = open_.pop()
            self._begin(last + 1, open_[-1][1] if open_ else _NOWHERE)

    def _begin(self, start: int, found: tuple[int, int]) -> None:
        if self._starts and self._starts[-1] == start:
            self._found[-1] = found
        elif not self._found or self._found[-1] != found:
            self._starts.append(start)
            self._found.append(found)


class _Compiler:
    """Makes tests of conditions."""

    def __init__(self, answers: Answers, home_key: bytes) -> None:
        self._answers = answers
        self._home_key = home_key

    def ranges(self, leaves: Iterable[Match]) -> Iterable[tuple[int, int, int]]:
        """Give (bytes of an address, first, last) of every network that matches of addresses name."""
        return (ends(text) for leaf in leaves for text in networks_of(leaf, self._answers))

    def test(self, looked_at: Condition) -> _Test:
        """Return what tells whether a condition is true of a hit."""
        match looked_at:
            case Not(part):
                inner = self.test(part)
                return lambda seen: not inner(seen)
            case All(parts):
                tests = [self.test(part) for part in parts]
                return lambda seen: all(test(seen) for test in tests)
            case AnyOf(parts):
                tests = [self.test(part) for part in parts]
                return lambda seen: any(test(seen) for test in tests)
            case Match():
                return self._leaf(looked_at)

    def _leaf(self, leaf: Match) -> _Test:
        match leaf.matcher:
            case Matcher.NETWORK | Matcher.HOST_NAME:
                by_size: dict[int, list[_Range]] = {}
                for size, first, last in self.ranges([leaf]):
                    by_size.setdefault(size, []).append((first, last, 0, _NONE))
                ranges = {size: _Ranges(each) for size, each in by_size.items()}
                return lambda seen: _covers(ranges.get(len(seen.address)), seen.address)
            case Matcher.HOME:
                homes, key = frozenset(_homes([leaf])), self._home_key
                return lambda seen: bool(seen.address) and home.hashed(seen.address, key=key) in homes
            case Matcher.HEADER:
                wanted = [_name_and_value(value) for value in leaf.values]
                return lambda seen: any(seen.headers.get(name) == value for name, value in wanted)
            case Matcher.COUNTRY:
                countries = frozenset(leaf.values)
                return lambda seen: seen.country() in countries
        return _pattern(leaf)


def networks_of(leaf: Match, answers: Answers) -> Iterable[str]:
    """Return the networks that a match names, by themselves or by host names; none where it names other things."""
    match leaf.matcher:
        case Matcher.NETWORK:
            return leaf.values
        case Matcher.HOST_NAME:
            return (network for name in leaf.values for network in answers.get(name, ()))
    return ()


def ends(network: str) -> tuple[int, int, int]:
    """Return (bytes of an address, first, last) of a network."""
    found = ip_network(network)
    return len(found.network_address.packed), int(found.network_address), int(found.broadcast_address)


def _pattern(leaf: Match) -> _Test:
    match leaf.matcher:
        case Matcher.PAGE_HOST:
            host = condition.compiled(condition.host_pattern(leaf.values))
            return lambda seen: host.fullmatch(seen.page_host) is not None
        case Matcher.PATH:
            path = condition.compiled(condition.path_pattern(leaf.values))
            return lambda seen: path.fullmatch(seen.path) is not None
    agent = condition.compiled(condition.user_agent_pattern(leaf))
    return lambda seen: agent.search(seen.user_agent) is not None


def _addresses(looked_at: Condition) -> list[Match] | None:
    """Return the matches of a condition that looks at addresses alone, any of which is enough; None of any other."""
    match looked_at:
        case Match(Matcher.NETWORK | Matcher.HOST_NAME | Matcher.HOME, _):
            return [looked_at]
        case AnyOf(parts):
            found = [_addresses(part) for part in parts]
            known = [leaves for leaves in found if leaves is not None]
            return [leaf for leaves in known for leaf in leaves] if len(known) == len(found) else None
    return None


def _homes(leaves: Iterable[Match]) -> Iterable[bytes]:
    return (home.digest(value) for leaf in leaves if leaf.matcher is Matcher.HOME for value in leaf.values)


def _covers(ranges: _Ranges | None, address: bytes) -> bool:
    return ranges is not None and ranges.find(int.from_bytes(address))[0] != _NONE


def _name_and_value(text: str) -> tuple[str, str]:
    name, _, value = text.partition(": ")
    return name, value


def _values(rules: Iterable[Exclusion], matcher: Matcher) -> Iterable[str]:
    return (
        value
        for found in rules
        for leaf in condition.leaves(found.rule.condition)
        if leaf.matcher is matcher
        for value in leaf.values
    )
