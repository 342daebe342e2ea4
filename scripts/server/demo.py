"""`sillage serve --demo`: a site with 90 days of sample traffic, which takes the same path as real hits, and goals.

Only the dates differ from run to run. Addresses are drawn at random per country, and only feed the visitor number.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import pi, sin
from random import Random
from typing import Any, TypeVar

import click
import msgspec

from ingest.enrich.place import Places
from ingest.gates.exclusions import Exclusions
from ingest.hit import Hit
from ingest.pipeline import Pipeline
from ingest.request.field_values import Revenue
from ingest.request.sender import Sender
from ingest.storage.flush import insert
from ingest.visits.live_visits import Visits
from ingest.visits.salts import Salts
from schema.measures import funnels, goals
from schema.records.event import ENGAGEMENT, NO_SCROLL_DEPTH, PAGEVIEW, Record
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database

_T = TypeVar("_T")

DOMAIN = "demo.example"
DAYS = 90
VISITS_A_DAY = 140

_COUNTRIES = {"FR": 62, "BE": 9, "CH": 7, "CA": 6, "DE": 4, "GB": 3, "ES": 3, "US": 3, "MA": 2, "NL": 1}
_PAGES = {
    "/": 30,
    "/formations": 16,
    "/formations/python": 12,
    "/formations/data": 9,
    "/formations/cloud": 6,
    "/blog": 6,
    "/blog/apprendre-a-apprendre": 9,
    "/blog/classe-inversee": 5,
    "/tarifs": 8,
    "/contact": 5,
    "/inscription": 4,
}
_ENTRIES = {
    ("", ""): 34,
    ("https://www.google.com/", ""): 29,
    ("https://www.linkedin.com/feed/", ""): 9,
    ("https://www.bing.com/search", ""): 4,
    ("https://duckduckgo.com/", ""): 3,
    ("https://chatgpt.com/", ""): 4,
    ("https://www.youtube.com/watch", ""): 2,
    ("https://partner.example/annuaire/", ""): 3,
    ("", "?utm_source=newsletter&utm_medium=email&utm_campaign=rentree"): 7,
    ("https://www.google.com/", "?gclid=x&utm_campaign=python-paris"): 5,
}
_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_USER_AGENTS = {
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/142.0.0.0 Safari/537.36": 30,
    f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36": 21,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.6 Mobile/15E148 Safari/604.1": 17,
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.6 Safari/605.1.15": 9,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0": 9,
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0": 10,
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0": 2,
    "Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.7 Mobile/15E148 Safari/604.1": 2,
}
_PLANS = {"solo": 6, "team": 3, "school": 1}
_PRICES = {"solo": Decimal(290), "team": Decimal(890), "school": Decimal(2400)}
_HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 19, 17, 13, 15, 18, 18, 17, 14, 11, 9, 8, 7, 4, 2)


@dataclass(frozen=True, slots=True)
class _TimedHit:
    time: int  # epoch seconds
    hit: Hit


def fill(control: Control, database: Database, *, timezone: str) -> Site:
    """Return the demo site. The first call creates and fills it, with a progress bar."""
    site = sites.by_domain(control, DOMAIN, now=time.time())
    if site is not None:
        return site
    site = sites.add(control, DOMAIN, timezone=timezone, now=time.time())
    _measure(control, site)
    now = datetime.fromtimestamp(time.time(), site.zone)
    days = [now.date() - timedelta(days=back) for back in range(DAYS, -1, -1)]
    traffic = _Traffic(site)
    with click.progressbar(days, label="Filling the demo site", file=sys.stderr) as bar:
        for number, day in enumerate(bar):
            midnight = datetime(day.year, day.month, day.day, tzinfo=site.zone)
            records = traffic.day(midnight, number, until=int(now.timestamp()))
            insert(database, records, (), token=f"demo-{site.id}-{number}")
    return site


def _measure(control: Control, site: Site) -> None:
    """Add goals and a funnel. "Brochure" has no goal: the report offers to make it one."""
    course, prices, sign_up, *_others = [
        goals.add(control, goal)
        for goal in (
            goals.new(site.id, page_path="/formations/**", display_name="Visit a course"),
            goals.new(site.id, page_path="/tarifs"),
            goals.new(site.id, event_name="Signup"),
            goals.new(site.id, event_name="Purchase", currency="EUR"),
            goals.new(site.id, page_path="/blog/**", scroll_threshold=75, display_name="Read an article"),
        )
    ]
    funnels.add(control, site.id, "From course to sign-up", [course, prices, sign_up])


class _Traffic:
    """Hits of sample visitors, run through the pipeline."""

    def __init__(self, site: Site) -> None:
        self._random = Random(site.domain)  # noqa: S311 (not secret; the same demo every time)
        places = Places()
        self._addresses = _addresses(self._random, places)
        self._pipeline = Pipeline(salts=Salts(None), visits=Visits(), places=places)
        self._pipeline.apply([site], Exclusions())

    def day(self, midnight: datetime, number: int, *, until: int) -> list[Record]:
        """Return the records of a day. number: of the day, 0 to DAYS, for growth over time. until: epoch seconds."""
        weekend = 0.45 if midnight.weekday() >= 5 else 1.0
        swing = 1 + 0.18 * sin(number * 2 * pi / 23) + self._random.uniform(-0.08, 0.08)
        visits = int(VISITS_A_DAY * weekend * swing * (0.75 + 0.5 * number / DAYS))
        hits = [hit for _ in range(visits) for hit in self._visit(int(midnight.timestamp()))]
        records = []
        for timed in sorted(hits, key=lambda timed: timed.time):
            if timed.time <= until:
                outcome = self._pipeline.admit(timed.hit, domain=DOMAIN, now=timed.time)
                if isinstance(outcome, Record):
                    records.append(outcome)
        return records

    def _visit(self, midnight: int) -> list[_TimedHit]:
        pick = self._random
        hour = pick.choices(range(24), _HOURS)[0]
        # Visits end before midnight, because days are generated one by one.
        moment, last = midnight + hour * 3600 + pick.randrange(3600), midnight + 86_000 - 4500
        country = _drawn(pick, _COUNTRIES)
        address, user_agent = pick.choice(self._addresses[country]), _drawn(pick, _USER_AGENTS)
        referrer, query = _drawn(pick, _ENTRIES)
        hits = []
        pages = min(1 + int(pick.expovariate(0.62)), 12)
        for number in range(pages):
            path = _drawn(pick, _PAGES)
            url = f"https://{DOMAIN}{path}{query if number == 0 else ''}"
            moment = min(moment, last)
            hits.append(_TimedHit(moment, _hit(PAGEVIEW, url, referrer, address=address, user_agent=user_agent)))
            stay = int(pick.lognormvariate(3.4, 0.9)) % 900
            moment += 1 + stay
            depth = pick.randrange(20, 101)
            hits.append(
                _TimedHit(
                    moment,
                    _hit(ENGAGEMENT, url, "", address=address, user_agent=user_agent, depth=depth, stay_ms=stay * 800),
                )
            )
            plain = _hit("", url, "", address=address, user_agent=user_agent)
            hits += [_TimedHit(moment, msgspec.structs.replace(plain, **event)) for event in self._events(path)]
        return hits

    def _events(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the custom events that a visitor sends on a page."""
        pick = self._random
        if path.startswith("/formations/") and pick.random() < 0.03:
            yield {"name": "Brochure", "props": {"course": path.rpartition("/")[2]}}
        if path == "/inscription" and pick.random() < 0.4:
            plan = _drawn(pick, _PLANS)
            yield {"name": "Signup", "props": {"plan": plan}}
            if pick.random() < 0.3:
                yield {"name": "Purchase", "props": {"plan": plan}, "revenue": Revenue(_PRICES[plan], "EUR")}


def _hit(
    name: str,
    url: str,
    referrer: str,
    *,
    address: bytes,
    user_agent: str,
    depth: int = NO_SCROLL_DEPTH,
    stay_ms: int = 0,
) -> Hit:
    return Hit(
        sender=Sender(address, user_agent),
        domains=(DOMAIN,),
        name=name,
        url=url,
        referrer=referrer,
        props={},
        hash_mode=False,
        interactive=True,
        scroll_depth=depth,
        engagement_ms=stay_ms,
        revenue=None,
    )


def _drawn(pick: Random, weights: dict[_T, int]) -> _T:
    return pick.choices(list(weights), list(weights.values()))[0]


def _addresses(pick: Random, places: Places) -> dict[str, list[bytes]]:
    """Return 40 addresses per unit of each country's weight."""
    addresses: dict[str, list[bytes]] = {country: [] for country in _COUNTRIES}
    missing = set(addresses)
    while missing:
        address = pick.randbytes(4)
        country = places.place(address).country
        if country in missing:
            addresses[country].append(address)
            if len(addresses[country]) >= 40 * _COUNTRIES[country]:
                missing.remove(country)
    return addresses
