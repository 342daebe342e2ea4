"""Which visit does an event belong to, and what does the event do to it?

A visit ends after 30 minutes without an event. Its attributes are those of its first event, whatever its name; a new
campaign or referrer does not start another. A visit that is alive at midnight goes on under its old number, until the
next midnight: a number that were in many days could not be counted by days. Only in memory it is also known by the new
number (`carried.py`).
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable

import msgspec

from ingest.visits.carried import CarriedVisits, VisitorKey
from schema.records.visit import Attributes, Visit

TIMEOUT_S = 1800


class _Live(msgspec.Struct, gc=False):
    """A visit that may still grow. `seen` moves with engagement events too, which the visit does not show."""

    visit: Visit
    seen: int  # epoch seconds


class Visits:
    """The visits alive, by visitor, least recently touched first."""

    def __init__(self, *, capacity: int = 500_000, carried: CarriedVisits | None = None) -> None:
        """capacity: how many to know at once; beyond it the one that was quiet longest is let go.

        carried: remembers over a restart which visits were carried over midnight.
        """
        self._capacity = capacity
        self._carried = carried or CarriedVisits()
        self._let_go = 0
        self._live: OrderedDict[VisitorKey, _Live] = OrderedDict()

    def __len__(self) -> int:
        return len(self._live)

    def find(self, site_id: int, visitor_id: int, *, previous_id: int | None, now: int, today: int) -> Visit | None:
        """Return the live visit of a visitor and keep it alive, or None.

        previous_id: the visitor's number under yesterday's salt, while that exists. A visit found by it is known by
        the new number from now on. today: the local day, days since 1970-01-01; a visit is in two days at most.
        """
        key = known_by = (site_id, visitor_id)
        live = self._live.get(key)
        if live is None and previous_id is not None:
            known_by = (site_id, previous_id)
            live = self._live.get(known_by)
        if live is None or now - live.seen > TIMEOUT_S or live.visit.day < today - 1:
            return None
        if known_by != key:
            self._live[key] = self._live.pop(known_by)
            self._carried.add(key, live.visit.visit_id)
        live.seen = max(live.seen, now)
        self._live.move_to_end(key)
        return live.visit

    def begin(self, visit: Visit) -> None:
        """Take in a visit that just began."""
        key = (visit.site_id, visit.visitor_id)
        self._carried.remove(key)  # the one before it
        self._take_in(key, visit)

    def _take_in(self, key: VisitorKey, visit: Visit) -> None:
        self._live[key] = _Live(visit, visit.last)
        self._live.move_to_end(key)
        if len(self._live) > self._capacity:
            self._carried.remove(self._live.popitem(last=False)[0])
            self._let_go += 1

    def take_let_go(self) -> int:
        """Return how many visits were let go for want of room since this was last asked.

        What their visitors do next begins another visit.
        """
        let_go, self._let_go = self._let_go, 0
        return let_go

    def restore(self, visits: Iterable[Visit], *, now: int) -> None:
        """Take in visits from before a restart; of two states of one visit the later stays."""
        latest: dict[int, Visit] = {}
        for visit in visits:
            known = latest.get(visit.visit_id)
            if now - visit.last <= TIMEOUT_S and (known is None or known.version < visit.version):
                latest[visit.visit_id] = visit
        carried = self._carried.visitors()
        for visit in sorted(latest.values(), key=lambda visit: visit.last):
            self._take_in(carried.pop(visit.visit_id, (visit.site_id, visit.visitor_id)), visit)
        for ended in carried.values():
            self._carried.remove(ended)

    def sweep(self, now: int) -> None:
        """Forget visits that have ended; the cost grows with those, not with the living."""
        while self._live:
            key, live = next(iter(self._live.items()))
            if now - live.seen <= TIMEOUT_S:
                break
            self._forget(key)
        self._carried.save()

    def drop_visitor(self, site_id: int, visitor_ids: Collection[int]) -> list[Visit]:
        """Forget the live visits of somebody known by these numbers, and return them."""
        return [self._forget((site_id, number)) for number in visitor_ids if (site_id, number) in self._live]

    def drop_site(self, site_id: int) -> None:
        """Forget the visits of a site that is gone."""
        for key in [key for key in self._live if key[0] == site_id]:
            self._forget(key)

    def _forget(self, key: VisitorKey) -> Visit:
        self._carried.remove(key)
        return self._live.pop(key).visit


def new_visit(
    *,
    site_id: int,
    visitor_id: int,
    visit_id: int,
    day: int,
    now: int,
    expires: int,
    attributes: Attributes,
    entry_props: dict[str, str],
) -> Visit:
    """Return a visit without an event yet; the first one is for `grow`.

    visit_id: random, 64 bits. day, expires: days since 1970-01-01. now: epoch seconds.
    """
    return Visit(
        site_id=site_id,
        day=day,
        visitor_id=visitor_id,
        visit_id=visit_id,
        version=0,
        start=now,
        last=now,
        duration=0,
        is_bounce=True,
        pageviews=0,
        events=0,
        hostname="",
        entry_page="",
        exit_hostname="",
        exit_page="",
        entry_props=entry_props,
        attributes=attributes,
        expires=expires,
    )


def grow(visit: Visit, *, now: int, hostname: str, path: str, is_pageview: bool, is_interactive: bool) -> None:
    """Change a visit by one page view or custom event. Engagement events change nothing and must not come here."""
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
