"""Compiled exclusion rules: which hits are not counted?

The cost of a hit does not depend on the number of networks and homes. Rules that match by address alone are compiled
into ranges of numbers and a table of hashes; each range or hash has the first rule that covers it. All other rules are
tested one by one, up to the position of the rule found by address.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import ip_network
from operator import itemgetter
from typing import NamedTuple

from schema.exclusions import condition, home
from schema.exclusions.condition import Match, RuleCondition
from schema.exclusions.matchers import Answers, Field, Test, header_of
from schema.exclusions.rules import Exclusion, RuleAction, RuleMode

NO_RULE = 0
_NONE = 1 << 62  # after every rule


class Seen(NamedTuple):
    """The fields of a hit that rules match."""

    address: bytes  # packed
    user_agent: str
    page_host: str
    path: str
    headers: Mapping[str, str]  # from a trusted proxy, names in lower case; only those that rules name are needed
    country: Callable[[], str]  # ISO 3166-1 alpha-2
    referrer: str = ""  # host and path of the referring page; see schema.sites.referrers


_HitTest = Callable[[Seen], object]  # truthy: it matches

# One call per hit, not two: each lambda reads the field itself.
_ON_FIELD: Mapping[Field, Callable[[Test], _HitTest]] = {
    Field.ADDRESS: lambda test: lambda seen: test(seen.address),
    Field.HEADERS: lambda test: lambda seen: test(seen.headers),
    Field.PAGE_HOST: lambda test: lambda seen: test(seen.page_host),
    Field.PATH: lambda test: lambda seen: test(seen.path),
    Field.USER_AGENT: lambda test: lambda seen: test(seen.user_agent),
    Field.COUNTRY: lambda test: lambda seen: test(seen.country()),
    Field.REFERRER: lambda test: lambda seen: test(seen.referrer),
}


class Verdict(NamedTuple):
    """Ids of rules, or NO_RULE."""

    excluded_by: int = NO_RULE
    would_be_by: int = NO_RULE  # a rule in dry run
    kept_by: int = NO_RULE


COUNTED = Verdict()


class Exclusions:
    """The rules in force. Immutable: a new set of rules replaces the whole object."""

    def __init__(
        self, rules: Iterable[Exclusion] = (), *, now: float = 0, answers: Answers | None = None, home_key: bytes = b""
    ) -> None:
        """rules: in order; those that have expired at `now`, epoch seconds, are ignored. answers: from the DNS.

        home_key: see schema.exclusions.home.
        """
        self.rules = [rule for rule in rules if not rule.has_expired(now)]
        self._answers = answers or {}
        self._home_key = home_key
        networks: dict[tuple[int | None, int], list[_Range]] = {}
        self._homes: dict[tuple[int | None, bytes], tuple[int, int]] = {}
        others: dict[int | None, list[tuple[int, _HitTest]]] = {}
        for position, exclusion in enumerate(self.rules):
            matches = _by_address_alone(exclusion.rule.condition)
            if matches is None:
                others.setdefault(exclusion.site_id, []).append((position, self._test(exclusion.rule.condition)))
                continue
            positions = (_NONE, position) if exclusion.rule.mode is RuleMode.DRY_RUN else (position, _NONE)
            for size, first, last in address_ranges(matches, self._answers):
                networks.setdefault((exclusion.site_id, size), []).append((first, last, *positions))
            for digest in _homes(matches):
                earlier = self._homes.get((exclusion.site_id, digest), _NOWHERE)
                self._homes[exclusion.site_id, digest] = min(earlier[0], positions[0]), min(earlier[1], positions[1])
        self._networks: dict[int, dict[int | None, _Ranges]] = {4: {}, 16: {}}  # by bytes of an address, by site
        for (site_id, size), ranges in networks.items():
            self._networks[size][site_id] = _Ranges(ranges)
        self._everywhere = others.pop(None, [])
        self._of_site = {site_id: sorted(self._everywhere + own, key=itemgetter(0)) for site_id, own in others.items()}
        self.header_names = frozenset(header_of(value)[0] for value in _values(self.rules, "header"))
        self.host_names = frozenset(_values(self.rules, "host_name"))
        self.next_end = min((end for rule in self.rules if (end := rule.rule.expires_at) is not None), default=None)

    def decide(self, address: bytes, *, site_id: int, seen: Callable[[], Seen]) -> Verdict:
        """Return which rules apply to a hit on a site.

        seen: called only if a rule needs more than the address.
        """
        first, dry = self._by_address(address, site_id)
        others = self._of_site.get(site_id, self._everywhere)
        if others:
            first, dry = self._by_other_fields(others, seen(), first, dry)
        return self._verdict(first, dry) if first != _NONE or dry != _NONE else COUNTED

    def matching(self, seen: Seen, *, site_id: int) -> Iterator[tuple[Exclusion, bool]]:
        """Return each rule of a site, in order, and whether it matches a hit. Compiles them: not for every hit."""
        for exclusion in self.rules:
            if exclusion.site_id in (None, site_id):
                yield exclusion, bool(self._test(exclusion.rule.condition)(seen))

    def _by_address(self, address: bytes, site_id: int) -> tuple[int, int]:
        """Return the positions of the first rule, and of the first in dry run, that cover an address."""
        first = dry = _NONE
        by_site = self._networks.get(len(address))
        if by_site:
            number = int.from_bytes(address)
            for scope in (None, site_id):
                ranges = by_site.get(scope)
                if ranges is not None and (positions := ranges.find(number)) is not _NOWHERE:
                    first, dry = min(first, positions[0]), min(dry, positions[1])
        if self._homes and address:
            digest = home.hashed(address, key=self._home_key)
            for scope in (None, site_id):
                positions = self._homes.get((scope, digest), _NOWHERE)
                first, dry = min(first, positions[0]), min(dry, positions[1])
        return first, dry

    def _by_other_fields(self, others: list[tuple[int, _HitTest]], seen: Seen, first: int, dry: int) -> tuple[int, int]:
        for position, test in others:
            if position > first:
                break
            if self.rules[position].rule.mode is RuleMode.DRY_RUN:
                if position < dry and test(seen):
                    dry = position
            elif test(seen):
                return position, dry
        return first, dry

    def _verdict(self, first: int, dry: int) -> Verdict:
        would_be_by = self.rules[dry].id if dry < first else NO_RULE
        if first == _NONE:
            return Verdict(would_be_by=would_be_by)
        exclusion = self.rules[first]
        if exclusion.rule.action is RuleAction.KEEP:
            return Verdict(would_be_by=would_be_by, kept_by=exclusion.id)
        return Verdict(excluded_by=exclusion.id, would_be_by=would_be_by)

    def _test(self, rule_condition: RuleCondition) -> _HitTest:
        return condition.fold(rule_condition, self._match_test, negated=_negated, all_of=_all_of, any_of=_any_of)

    def _match_test(self, match: Match) -> _HitTest:
        test = match.matcher.test
        return _ON_FIELD[match.matcher.field](test(match.values) if test else self._address_test(match))

    def _address_test(self, match: Match) -> Test:
        if homes := frozenset(_homes([match])):
            key = self._home_key
            return lambda address: address and home.hashed(address, key=key) in homes
        by_size: dict[int, list[_Range]] = {}
        for size, first, last in address_ranges([match], self._answers):
            by_size.setdefault(size, []).append((first, last, 0, _NONE))
        ranges = {size: _Ranges(of_size) for size, of_size in by_size.items()}
        return lambda address: _covers(ranges.get(len(address)), address)


_Range = tuple[int, int, int, int]  # first and last address, positions of the rule: in force, in dry run
_NOWHERE = (_NONE, _NONE)


class _Ranges:
    """The start of each range of addresses of one family, and the positions of the first rules that cover it."""

    def __init__(self, ranges: Iterable[_Range]) -> None:
        """ranges: of networks, which are nested or disjoint."""
        self._starts: list[int] = []
        self._positions: list[tuple[int, int]] = []
        open_: list[tuple[int, tuple[int, int]]] = []  # last address, positions; the innermost last
        for first, last, position, dry in sorted(ranges, key=lambda range_: (range_[0], -range_[1])):
            self._close(open_, first)
            around = open_[-1][1] if open_ else _NOWHERE
            positions = min(around[0], position), min(around[1], dry)
            self._begin(first, positions)
            open_.append((last, positions))
        self._close(open_, None)

    def find(self, number: int) -> tuple[int, int]:
        index = bisect_right(self._starts, number) - 1
        return self._positions[index] if index >= 0 else _NOWHERE

    def _close(self, open_: list[tuple[int, tuple[int, int]]], before: int | None) -> None:
        """Close each network that ends before an address; None: all of them."""
        while open_ and (before is None or open_[-1][0] < before):
            last, _ = open_.pop()
            self._begin(last + 1, open_[-1][1] if open_ else _NOWHERE)

    def _begin(self, start: int, positions: tuple[int, int]) -> None:
        if self._starts and self._starts[-1] == start:
            self._positions[-1] = positions
        elif not self._positions or self._positions[-1] != positions:
            self._starts.append(start)
            self._positions.append(positions)


def address_ranges(matches: Iterable[Match], answers: Answers) -> Iterator[tuple[int, int, int]]:
    """Return (bytes of an address, first, last) of every network that matches cover."""
    for match in matches:
        for text in match.matcher.networks(match.values, answers):
            network = ip_network(text)
            yield len(network.network_address.packed), int(network.network_address), int(network.broadcast_address)


def _by_address_alone(rule_condition: RuleCondition) -> list[Match] | None:
    """Return the matches of a condition that any address match fulfils; None if it needs other fields or a join."""
    return condition.fold(
        rule_condition,
        lambda match: [match] if match.matcher.field is Field.ADDRESS else None,
        negated=_needs_a_test,
        all_of=_needs_a_test,
        any_of=_joined,
    )


def _needs_a_test(_parts: object) -> None:
    return None


def _joined(parts: Iterable[list[Match] | None]) -> list[Match] | None:
    matches: list[Match] = []
    for part in parts:
        if part is None:
            return None
        matches += part
    return matches


def _negated(test: _HitTest) -> _HitTest:
    return lambda seen: not test(seen)


def _all_of(parts: Iterable[_HitTest]) -> _HitTest:
    tests = list(parts)
    return lambda seen: all(test(seen) for test in tests)


def _any_of(parts: Iterable[_HitTest]) -> _HitTest:
    tests = list(parts)
    return lambda seen: any(test(seen) for test in tests)


def _homes(matches: Iterable[Match]) -> Iterator[bytes]:
    for match in matches:
        yield from match.matcher.homes(match.values)


def _covers(ranges: _Ranges | None, address: bytes) -> bool:
    return ranges is not None and ranges.find(int.from_bytes(address))[0] != _NONE


def _values(rules: Iterable[Exclusion], key: str) -> Iterator[str]:
    for exclusion in rules:
        for match in condition.leaves(exclusion.rule.condition):
            if match.matcher.key == key:
                yield from match.values
