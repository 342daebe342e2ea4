"""Counters of the last day's hits, in memory, to estimate how many hits a new rule would exclude.

They count networks (/24 or /48), user agents, hosts, paths and referrers separately, so they cannot show which network
saw which page. After the first 10,000 hits of a site, one hit in 16 is counted, with a weight of 16.

They also detect that all recent hits come from one private address. For that they keep only Python's hash of the last
address, which depends on a random key of the process.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address
from typing import TypeVar

from ingest.gates.exclusions import address_ranges
from schema.exclusions.condition import Match, RuleCondition, fold
from schema.exclusions.matchers import Answers, Field
from schema.exclusions.rules import Rule

PERIOD_S = 12 * 3600  # the counters cover two periods
ENOUGH = 10_000
ONE_IN = 16
MAX_VALUES = 20_000  # of one kind and site in one period
MAX_USER_AGENT_CHARACTERS = 512  # 20,000 headers of up to 60,000 would take a gigabyte
MIN_HITS = 100  # fewer are not enough for an estimate

Key = TypeVar("Key", bytes, str)
CountryOf = Callable[[bytes], str]


class _Counts:
    """The hits of one site in one period."""

    def __init__(self) -> None:
        self.total = 0
        self.networks: dict[bytes, int] = {}
        self.user_agents: dict[str, int] = {}
        self.page_hosts: dict[str, int] = {}
        self.paths: dict[str, int] = {}
        self.referrers: dict[str, int] = {}
        self._skipped = 0

    def note(self, address: bytes, user_agent: str, page_host: str, path: str, referrer: str) -> None:
        weight = 1
        if self.total >= ENOUGH:
            self._skipped += 1
            if self._skipped < ONE_IN:
                return
            self._skipped, weight = 0, ONE_IN
        self.total += weight
        _add(self.networks, address[:3] if len(address) == 4 else address[:6], weight)
        _add(self.user_agents, user_agent[:MAX_USER_AGENT_CHARACTERS], weight)
        _add(self.page_hosts, page_host, weight)
        _add(self.paths, path, weight)
        if referrer:
            _add(self.referrers, referrer, weight)


class RecentHits:
    """The hits of the last day, by site."""

    def __init__(self) -> None:
        self._now: dict[int, _Counts] = {}
        self._before: dict[int, _Counts] = {}
        self._until = 0.0
        self._last = 0  # hash of the last address
        self._in_a_row = 0  # hits from it
        self._hides_clients = False

    @property
    def hides_clients(self) -> bool:
        """True if all recent hits came from one private address: a proxy does not pass on client addresses."""
        return self._hides_clients

    def note(
        self, site_id: int, address: bytes, *, user_agent: str, page_host: str, path: str, referrer: str = ""
    ) -> None:
        """Count a hit. referrer: host and path of the referring page."""
        mark = hash(address)
        if mark != self._last:
            self._last, self._in_a_row, self._hides_clients = mark, 0, False
        self._in_a_row += 1
        if self._in_a_row == MIN_HITS:  # parsing an address costs more than all the rest
            self._hides_clients = address != b"" and ip_address(address).is_private
        counts = self._now.get(site_id)
        if counts is None:
            counts = self._now[site_id] = _Counts()
        counts.note(address, user_agent, page_host, path, referrer)

    def tick(self, now: float) -> None:
        """Delete counters that are older than a day. now: epoch seconds."""
        if now >= self._until:
            self._before, self._now = (self._now if now < self._until + PERIOD_S else {}), {}
            self._until = now + PERIOD_S

    def share(self, rule: Rule, *, answers: Answers, country_of: CountryOf) -> float | None:
        """Return the estimated share of the last day's hits that a rule matches, 0 to 1; None if there were too few.

        A rule for a part of a counted network (/24 or /48) counts as covering all of it. Homes and headers have no
        counters and match no hits here. country_of: packed address -> ISO 3166-1 alpha-2.
        """
        counters = [
            counts
            for period in (self._now, self._before)
            for site_id, counts in list(period.items())
            if rule.site_id in (None, site_id)
        ]
        total = sum(counts.total for counts in counters)
        if total < MIN_HITS:
            return None
        return sum(_share(rule.condition, counts, answers, country_of) * counts.total for counts in counters) / total


def _share(condition: RuleCondition, counts: _Counts, answers: Answers, country_of: CountryOf) -> float:
    return fold(
        condition,
        lambda match: _number(match, counts, answers, country_of) / max(counts.total, 1),
        negated=lambda part: 1.0 - part,
        all_of=_least,
        any_of=lambda parts: min(1.0, sum(parts)),
    )


def _least(shares: Iterable[float]) -> float:
    return min(shares)


def _number(match: Match, counts: _Counts, answers: Answers, country_of: CountryOf) -> int:
    matcher = match.matcher
    if matcher.test is None:
        return _sum(counts.networks, _overlapping(address_ranges([match], answers)))
    test = matcher.test(match.values)
    match matcher.field:
        case Field.COUNTRY:
            return _sum(counts.networks, lambda network: test(country_of(_an_address(network))))
        case Field.PAGE_HOST:
            return _sum(counts.page_hosts, test)
        case Field.PATH:
            return _sum(counts.paths, test)
        case Field.REFERRER:
            return _sum(counts.referrers, test)
        case Field.USER_AGENT:
            return _sum(counts.user_agents, test)
    return 0


def _overlapping(networks: Iterable[tuple[int, int, int]]) -> Callable[[bytes], bool]:
    """Return a test: does a counted network overlap any of these? networks: bytes of an address, first, last."""
    # By bytes of an address: first and last, disjoint, in order.
    joined: dict[int, list[tuple[int, int]]] = {4: [], 16: []}
    for size, first, last in sorted(networks):
        ranges = joined[size]
        if not ranges or last > ranges[-1][1]:  # networks are nested or disjoint
            ranges.append((first, last))

    def overlaps(counted: bytes) -> bool:
        address = _an_address(counted)
        first, size = int.from_bytes(address), len(address)
        last = first | ((1 << (8 * (size - len(counted)))) - 1)
        index = bisect_right(joined[size], (last, last))
        return index > 0 and joined[size][index - 1][1] >= first

    return overlaps


def _an_address(network: bytes) -> bytes:
    """Return the first address of a network, as counted."""
    return network.ljust(4 if len(network) == 3 else 16, b"\0")


def _sum(counts: Mapping[Key, int], test: Callable[[Key], object]) -> int:
    # A copy, because rules are weighed in another thread while hits arrive.
    return sum(count for value, count in list(counts.items()) if test(value))


def _add(counts: dict[Key, int], value: Key, weight: int) -> None:
    count = counts.get(value)
    if count is not None:
        counts[value] = count + weight
    elif len(counts) < MAX_VALUES:
        counts[value] = weight
