"""What the hits of the last day were like, as far as rules ask: how many came from where, to which pages, by what.

Counters in memory, for the question how much a new rule would leave out. Addresses are counted by network (/24, /48),
and nothing says which network saw which page. From the ten-thousandth hit of a site on only one in sixteen is counted,
for as much.

Also told: that all hits of late have come from one private address. Of the last address only Python's hash is kept,
under the random key of the process.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address
from typing import TypeVar

from ingest.gates.exclusions import Answers, ends, networks_of
from schema.exclusions import condition
from schema.exclusions.condition import All, AnyOf, Condition, Match, Matcher, Not
from schema.exclusions.rules import Rule

PERIOD_S = 12 * 3600  # the last two are known
ENOUGH = 10_000
ONE_IN = 16
MAX_VALUES = 20_000  # of a kind and site, for each period
MAX_USER_AGENT_CHARACTERS = 512  # a header may have sixty thousand, and twenty thousand of those are a gigabyte
MIN_HITS = 100  # fewer say nothing

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
        self._skipped = 0

    def note(self, address: bytes, user_agent: str, page_host: str, path: str) -> None:
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
        """True where all hits of late came from one private address, as from a proxy that names no others."""
        return self._hides_clients

    def note(self, site_id: int, address: bytes, *, user_agent: str, page_host: str, path: str) -> None:
        """Count a hit."""
        mark = hash(address)
        if mark != self._last:
            self._last, self._in_a_row, self._hides_clients = mark, 0, False
        self._in_a_row += 1
        if self._in_a_row == MIN_HITS:  # what an address is takes longer to find out than all else here
            self._hides_clients = address != b"" and ip_address(address).is_private
        counts = self._now.get(site_id)
        if counts is None:
            counts = self._now[site_id] = _Counts()
        counts.note(address, user_agent, page_host, path)

    def tick(self, now: float) -> None:
        """Forget what is older than a day. now: epoch seconds."""
        if now >= self._until:
            self._before, self._now = (self._now if now < self._until + PERIOD_S else {}), {}
            self._until = now + PERIOD_S

    def share(self, rule: Rule, *, answers: Answers, country_of: CountryOf) -> float | None:
        """Return about which part of the last day's hits a rule is true of, 0 to 1; None where too few are known.

        A rule that names part of a network that is counted as one is taken to cover all of it. What is not counted,
        homes and headers, is taken for nobody. country_of: a packed address, ISO 3166-1 alpha-2.
        """
        known = [
            counts
            for period in (self._now, self._before)
            for site_id, counts in list(period.items())
            if rule.site_id in (None, site_id)
        ]
        total = sum(counts.total for counts in known)
        if total < MIN_HITS:
            return None
        return sum(_share(rule.condition, counts, answers, country_of) * counts.total for counts in known) / total


def _share(looked_at: Condition, counts: _Counts, answers: Answers, country_of: CountryOf) -> float:
    match looked_at:
        case Not(part):
            return 1 - _share(part, counts, answers, country_of)
        case All(parts):
            return min(_share(part, counts, answers, country_of) for part in parts)
        case AnyOf(parts):
            return min(1, sum(_share(part, counts, answers, country_of) for part in parts))
        case Match():
            return _number(looked_at, counts, answers, country_of) / max(counts.total, 1)


def _number(leaf: Match, counts: _Counts, answers: Answers, country_of: CountryOf) -> int:
    match leaf.matcher:
        case Matcher.NETWORK | Matcher.HOST_NAME:
            return _sum(counts.networks, _overlapping(networks_of(leaf, answers)))
        case Matcher.COUNTRY:
            return _sum(counts.networks, lambda network: country_of(_an_address(network)) in leaf.values)
        case Matcher.PAGE_HOST:
            return _sum(counts.page_hosts, condition.compiled(condition.host_pattern(leaf.values)).fullmatch)
        case Matcher.PATH:
            return _sum(counts.paths, condition.compiled(condition.path_pattern(leaf.values)).fullmatch)
        case Matcher.USER_AGENT | Matcher.USER_AGENT_PATTERN:
            return _sum(counts.user_agents, condition.compiled(condition.user_agent_pattern(leaf)).search)
    return 0


def _overlapping(networks: Iterable[str]) -> Callable[[bytes], bool]:
    """Return what tells whether a counted network has an address in common with any of these."""
    # By bytes of an address: first and last, apart, in order.
    joined: dict[int, list[tuple[int, int]]] = {4: [], 16: []}
    for size, first, last in sorted(map(ends, networks)):
        ranges = joined[size]
        if not ranges or last > ranges[-1][1]:  # networks nest or are apart
            ranges.append((first, last))

    def overlaps(counted: bytes) -> bool:
        address = _an_address(counted)
        first, size = int.from_bytes(address), len(address)
        last = first | ((1 << (8 * (size - len(counted)))) - 1)
        place = bisect_right(joined[size], (last, last))
        return place > 0 and joined[size][place - 1][1] >= first

    return overlaps


def _an_address(network: bytes) -> bytes:
    """Return the first address of a counted network."""
    return network.ljust(4 if len(network) == 3 else 16, b"\0")


def _sum(counts: Mapping[Key, int], is_meant: Callable[[Key], object]) -> int:
    # Of a copy, for hits may come meanwhile: rules are weighed in another thread.
    return sum(count for value, count in list(counts.items()) if is_meant(value))


def _add(counts: dict[Key, int], value: Key, weight: int) -> None:
    known = counts.get(value)
    if known is not None:
        counts[value] = known + weight
    elif len(counts) < MAX_VALUES:
        counts[value] = weight
