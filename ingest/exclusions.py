"""Which networks are not counted? Rules compiled to sorted ranges: the cost of a hit does not grow with them."""

from bisect import bisect_right
from collections.abc import Iterable
from ipaddress import ip_network

from schema.exclusions import Exclusion

NO_RULE = 0


class _Ranges:
    """Disjoint address ranges of one family, each with the rule it came from."""

    def __init__(self, ranges: Iterable[tuple[int, int, int]]) -> None:
        """ranges: (first, last, rule); networks nest or are apart, so an inner one adds nothing to its outer one."""
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        self._rules: list[int] = []
        for first, last, rule in sorted(ranges, key=lambda item: (item[0], -item[1], item[2])):
            if self._lasts and last <= self._lasts[-1]:
                continue
            self._firsts.append(first)
            self._lasts.append(last)
            self._rules.append(rule)

    def rule(self, number: int) -> int:
        place = bisect_right(self._firsts, number) - 1
        return self._rules[place] if place >= 0 and number <= self._lasts[place] else NO_RULE


class Exclusions:
    """The rules in force, never changed: a new set replaces the whole."""

    def __init__(self, rules: Iterable[Exclusion] = ()) -> None:
        found: dict[tuple[int | None, int], list[tuple[int, int, int]]] = {}
        for rule in rules:
            network = ip_network(rule.network)
            scope = (rule.site_id, len(network.network_address.packed))
            ends = int(network.network_address), int(network.broadcast_address)
            found.setdefault(scope, []).append((*ends, rule.id))
        self._ranges = {scope: _Ranges(ranges) for scope, ranges in found.items()}

    def rule(self, address: bytes, *, site_id: int) -> int:
        """Return the id of a rule that covers a packed address on a site, or NO_RULE."""
        if not self._ranges:
            return NO_RULE
        number = int.from_bytes(address)
        for scope in (None, site_id):
            ranges = self._ranges.get((scope, len(address)))
            if ranges and (rule := ranges.rule(number)):
                return rule
        return NO_RULE
