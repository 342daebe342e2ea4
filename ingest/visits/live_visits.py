"""Live visits: find the visit of an event, and update it.

A visit ends after 30 minutes without an event. Its attributes come from its first event of any name; a new campaign or
referrer does not start another visit. A visit that is alive at midnight keeps its old visitor id until the next
midnight at most, because ids that span many days could not be counted by day. The new id finds it in memory only
(`carried.py`).
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable

import msgspec

from ingest.visits.carried import CarriedVisits, VisitorKey
from schema.records.event import Event
from schema.records.visit import Attributes, Visit

TIMEOUT_S = 1800


class _Live(msgspec.Struct, gc=False):
    """A visit that may still grow. Engagement events change `seen`, but not the visit."""

    visit: Visit
    seen: int  # epoch seconds


class Visits:
    """Live visits by visitor, least recently used first."""

    def __init__(self, *, capacity: int = 500_000, carried: CarriedVisits | None = None) -> None:
        """capacity: maximum number of visits. Beyond it, the least recently used one is evicted.

        carried: remembers visits carried over midnight across restarts.
        """
        self._capacity = capacity
        self._carried = carried or CarriedVisits()
        self._evicted = 0
        self._live: OrderedDict[VisitorKey, _Live] = OrderedDict()

    def __len__(self) -> int:
        return len(self._live)

    @property
    def newest(self) -> int:
        """Return the time of the latest event of all live visits, in epoch seconds; 0 without a visit."""
        return next(reversed(self._live.values())).seen if self._live else 0

    def find(self, site_id: int, visitor_id: int, *, previous_id: int | None, now: int, today: int) -> Visit | None:
        """Return the live visit of a visitor and keep it alive, or None.

        previous_id: the visitor id under yesterday's salt, while that exists. A visit found by it is moved to the new
        id. today: the local day, days since 1970-01-01. A visit spans two days at most.
        """
        key = current_key = (site_id, visitor_id)
        live = self._live.get(key)
        if live is None and previous_id is not None:
            current_key = (site_id, previous_id)
            live = self._live.get(current_key)
        if live is None or now - live.seen > TIMEOUT_S or live.visit.day < today - 1:
            return None
        if current_key != key:
            self._live[key] = self._live.pop(current_key)
            self._carried.add(key, live.visit.visit_id)
        live.seen = max(live.seen, now)
        self._live.move_to_end(key)
        return live.visit

    def begin(self, visit: Visit) -> None:
        """Add a new visit."""
        key = (visit.site_id, visit.visitor_id)
        self._carried.remove(key)  # the previous visit
        self._add(key, visit)

    def _add(self, key: VisitorKey, visit: Visit) -> None:
        self._live[key] = _Live(visit, visit.last)
        self._live.move_to_end(key)
        if len(self._live) > self._capacity:
            self._carried.remove(self._live.popitem(last=False)[0])
            self._evicted += 1

    def take_evicted(self) -> int:
        """Return how many visits were evicted since the last call. Their visitors start a new visit next time."""
        evicted, self._evicted = self._evicted, 0
        return evicted

    def restore(self, visits: Iterable[Visit], *, now: int) -> None:
        """Add visits from before a restart. The latest state of each visit wins."""
        latest: dict[int, Visit] = {}
        for visit in visits:
            earlier = latest.get(visit.visit_id)
            if now - visit.last <= TIMEOUT_S and (earlier is None or earlier.version < visit.version):
                latest[visit.visit_id] = visit
        carried = self._carried.visitors()
        for visit in sorted(latest.values(), key=lambda visit: visit.last):
            self._add(carried.pop(visit.visit_id, (visit.site_id, visit.visitor_id)), visit)
        for ended in carried.values():
            self._carried.remove(ended)

    def sweep(self, now: int) -> None:
        """Remove ended visits. The cost depends on their number, not on the number of live visits."""
        while self._live:
            key, live = next(iter(self._live.items()))
            if now - live.seen <= TIMEOUT_S:
                break
            self._forget(key)
        self._carried.save()

    def drop_visitor(self, site_id: int, visitor_ids: Collection[int]) -> list[Visit]:
        """Remove the live visits with these visitor ids, and return them."""
        return [
            self._forget((site_id, visitor_id)) for visitor_id in visitor_ids if (site_id, visitor_id) in self._live
        ]

    def drop_visits(self, site_id: int, visit_ids: Collection[int]) -> None:
        """End live visits of a site. Their visitors start a new visit next time."""
        ended = set(visit_ids)
        for key in [key for key, live in self._live.items() if key[0] == site_id and live.visit.visit_id in ended]:
            self._forget(key)

    def drop_site(self, site_id: int) -> None:
        """Remove the visits of a deleted site."""
        for key in [key for key in self._live if key[0] == site_id]:
            self._forget(key)

    def _forget(self, key: VisitorKey) -> Visit:
        self._carried.remove(key)
        return self._live.pop(key).visit


def new_visit(event: Event, *, site_id: int, visitor_id: int, visit_id: int, attributes: Attributes) -> Visit:
    """Return the visit that an event begins, without the event. `grow` adds it.

    visit_id: random, 64 bits.
    """
    return Visit(
        site_id=site_id,
        day=event.day,
        visitor_id=visitor_id,
        visit_id=visit_id,
        version=0,
        start=event.time,
        last=event.time,
        duration=0,
        is_bounce=True,
        pageviews=0,
        events=0,
        hostname="",
        entry_page="",
        exit_hostname="",
        exit_page="",
        entry_props=event.props,
        attributes=attributes,
        expires=event.expires,
    )


def grow(visit: Visit, *, now: int, hostname: str, path: str, is_pageview: bool, is_interactive: bool) -> None:
    """Add a page view or custom event to a visit. Engagement events must not be passed."""
    visit.version += 1
    visit.events += 1
    visit.last = max(visit.last, now)
    visit.duration = abs(now - visit.start)
    if is_pageview:
        visit.pageviews += 1
        visit.exit_hostname, visit.exit_page = hostname, path
        if not visit.entry_page:
            visit.hostname, visit.entry_page = hostname, path
        visit.is_bounce = visit.is_bounce and visit.pageviews < 2
    elif is_interactive:
        visit.is_bounce = False
