"""A hit becomes a record to store, or a reason why not: the steps in their order, one a line.

The client's address comes in with the hit and is used for three things: exclusions, country, visitor number. What
goes out has no field for it.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from itertools import islice
from random import getrandbits
from zoneinfo import ZoneInfo

from ingest.enrich import acquisition, place, url, user_agent
from ingest.enrich.place_table import Place
from ingest.gates import bots
from ingest.gates.exclusions import NO_RULE, Exclusions, Seen
from ingest.gates.rate_limit import RateLimits
from ingest.gates.recent_hits import Traffic
from ingest.gates.referrer_spam import ReferrerSpam
from ingest.hit import Hit
from ingest.outcome import UNKNOWN_SITE, Dropped, Reason
from ingest.request.field_values import MAX_PROPS
from ingest.storage.drop_counts import Tally
from ingest.visits import live_visits as visits
from ingest.visits import visitor
from ingest.visits.live_visits import Visits
from ingest.visits.record import record
from ingest.visits.salts import Salts
from schema.days.local_day import LocalDay, local_day
from schema.records.event import ENGAGEMENT, Record
from schema.records.visit import Attributes, Visit
from schema.sites.sites import Site

# These events are about a page that is not in their properties; Plausible adds it, and so do its reports.
PATH_EVENTS = frozenset({"404", "WP Form Completions", "Form: Submission"})
MAX_HOST_CHARACTERS = 253  # of any name in the DNS


class _SiteState:
    """A site with what is worked out once a day: where the day begins, and hashes keyed with its salts."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.zone: ZoneInfo = site.zone
        self.day = LocalDay(0, 0, 0)
        self._until = 0  # epoch seconds; what is worked out holds from the day's start to here
        self._key = blake2b()
        self._previous_key: blake2b | None = None

    def follow(self, salts: Salts, now: float) -> None:
        """Keep in step with the clock; without a hit too, for a hash keyed with a salt must not outlive it."""
        if self.day.start <= now < self._until:
            return
        self.day = local_day(now, self.zone)
        pair = salts.of(self.site.id, self.day, now=now)
        self._until = self.day.end if pair.previous is None else pair.previous_until
        self._key = visitor.keyed(pair.current)
        self._previous_key = None if pair.previous is None else visitor.keyed(pair.previous)

    def numbers(self, address: bytes, user_agent: str, *, domain: str) -> tuple[int, int | None]:
        """Return the visitor's number, and the one under yesterday's salt while that exists."""
        number = self._number(self._key, address, user_agent, domain)
        if self._previous_key is None:
            return number, None
        return number, self._number(self._previous_key, address, user_agent, domain)

    def _number(self, key: blake2b, address: bytes, user_agent: str, domain: str) -> int:
        return visitor.visitor_id(key, site_id=self.site.id, address=address, user_agent=user_agent, domain=domain)


class Pipeline:
    """Everything a hit passes through. One event loop, one pipeline: nothing here is shared between threads."""

    def __init__(
        self,
        *,
        salts: Salts,
        visits: Visits,
        places: place.Places,
        limits: RateLimits | None = None,
        tally: Tally | None = None,
        traffic: Traffic | None = None,
    ) -> None:
        """limits: none are in force if not given. tally: counts what exclusions in dry run would exclude."""
        self._salts = salts
        self._visits = visits
        self._places = places
        self._sites: Mapping[str, _SiteState] = {}
        self._exclusions = Exclusions()
        self.header_names: frozenset[bytes] = frozenset()  # of headers that exclusions look at, in lower case
        self._limits = limits or RateLimits()
        self._tally = tally or Tally()
        self._traffic = traffic or Traffic()
        self._spam = ReferrerSpam()

    def apply(self, sites: Iterable[Site], exclusions: Exclusions) -> None:
        """Put sites and exclusions in force in place of the present ones."""
        known = {state.site: state for state in self._sites.values()}
        states = [known.get(site) or _SiteState(site) for site in sites]
        # A domain of today goes before one that a site had until lately.
        former = {moved.domain: state for state in states for moved in state.site.former_domains}
        self._sites = former | {state.site.domain: state for state in states}
        self._exclusions = exclusions
        self.header_names = frozenset(name.encode() for name in exclusions.header_names)
        present = {state.site.id for state in self._sites.values()}
        self._salts.keep(present)
        for gone in {site.id for site in known} - present:
            self._visits.drop_site(gone)

    def refuse_referrers(self, spam: ReferrerSpam) -> None:
        """Put a list of made-up referrers in force in place of the present one."""
        self._spam = spam

    def zone(self, domain: str) -> ZoneInfo | None:
        """Return the time zone of a site, None where there is no such site."""
        state = self._sites.get(domain)
        return state.zone if state else None

    def site_of_host(self, host: str) -> Site | None:
        """Return the site whose pages are at a host: of that domain, or of the nearest that the host is below."""
        if len(host) > MAX_HOST_CHARACTERS:
            return None
        while host:
            if state := self._sites.get(host):
                return state.site
            host = host.partition(".")[2]
        return None

    def is_within_limit(self, address: bytes, *, now: float) -> bool:
        """Count a request that is not a hit among its client's hits, and return whether these are within their limit.

        address: packed; empty where it is not known.
        """
        return self._limits.admits(address, now=now)

    def charge(self, hit: Hit, *, count: int, now: float) -> None:
        """Take out of what a hit's client may send in a minute, for domains of no site: `admit` does not."""
        self._limits.charge(hit.address, count=count, now=now)

    def forget(
        self, domain: str, *, host: str, address: bytes, user_agent: str, now: float
    ) -> tuple[set[int], list[Visit]]:
        """Return the numbers of a visitor on a site, and the live visits, which are no longer known here.

        host: of the site's pages. now: epoch seconds. Raises KeyError where there is no such site.
        """
        state = self._sites[domain]
        state.follow(self._salts, now)
        both = state.numbers(address, user_agent, domain=url.registrable_domain(host.removeprefix("www.")))
        numbers = {number for number in both if number is not None}
        return numbers, self._visits.drop_visitor(state.site.id, numbers)

    def tick(self, now: float) -> None:
        """Do what is due without a hit: rotate, destroy and save salts, forget visits that ended."""
        for state in self._sites.values():
            state.follow(self._salts, now)
        self._salts.destroy_expired(now)
        self._salts.save_again()
        self._traffic.tick(now)
        self._visits.sweep(int(now))

    def admit(self, hit: Hit, *, domain: str, now: float) -> Record | Dropped:
        """Return what to store for a hit on one of its domains, or why nothing is.

        now: epoch seconds. Engagement events only keep their visit alive.
        """
        state = self._sites.get(domain)
        if state is None:
            return UNKNOWN_SITE
        site = state.site
        if reason := self._limits.reason(hit.address, site_id=site.id, now=now):
            return Dropped(reason, site.id)
        page = url.read(hit.url, hash_mode=hit.hash_mode)
        if hit.claims.reason is not Reason.OPTED_OUT:
            self._traffic.note(site.id, hit.address, user_agent=hit.user_agent, page_host=page.hostname, path=page.path)
        if rule := self._excluding_rule(hit, page, state, now):
            return Dropped(Reason.EXCLUDED, site.id, rule)
        if reason := hit.claims.reason:
            return Dropped(reason, site.id)
        if self._spam.covers(hit.referrer):
            return Dropped(Reason.SPAM_REFERRER, site.id)
        if reason := bots.reason(hit.user_agent, brands=hit.hints.brands):
            return Dropped(reason, site.id)
        state.follow(self._salts, now)
        number, previous = state.numbers(hit.address, hit.user_agent, domain=url.registrable_domain(page.hostname))
        visit = self._visits.find(site.id, number, previous_id=previous, now=int(now), today=state.day.number)
        if visit is None:
            if hit.name == ENGAGEMENT:
                return Dropped(Reason.NO_VISIT_FOR_ENGAGEMENT, site.id)
            visit = self._begin(hit, page, state, visitor_id=number, now=int(now))
        return record(
            visit,
            day=state.day.number,
            now=int(now),
            name=hit.name,
            hostname=page.hostname,
            path=page.path,
            props=_props(hit, page),
            interactive=hit.interactive,
            scroll_depth=hit.scroll_depth,
            engagement_ms=hit.engagement_ms,
            revenue=hit.revenue,
            expires=state.day.number + site.retention_days,
        )

    def _excluding_rule(self, hit: Hit, page: url.Page, state: _SiteState, now: float) -> int:
        """Return the id of the exclusion that keeps a hit out, 0 where none does; count for one that is being tried."""
        if not self._exclusions.rules:
            return NO_RULE
        verdict = self._exclusions.decide(
            hit.address,
            site_id=state.site.id,
            seen=lambda: Seen(
                hit.address,
                hit.user_agent,
                page.hostname,
                page.path,
                hit.claims.headers,
                lambda: hit.claims.country or self._places.place(hit.address).country,
            ),
        )
        if verdict.would_be_by:
            tried = Dropped(Reason.WOULD_EXCLUDE, state.site.id, verdict.would_be_by)
            self._tally.add(tried, now=now, zone=state.zone)
        return verdict.excluded_by

    def _begin(self, hit: Hit, page: url.Page, state: _SiteState, *, visitor_id: int, now: int) -> Visit:
        visit = visits.new_visit(
            site_id=state.site.id,
            visitor_id=visitor_id,
            visit_id=getrandbits(64),
            day=state.day.number,
            now=now,
            expires=state.day.number + state.site.retention_days,
            attributes=self._attributes(hit, page),
            entry_props=_props(hit, page),
        )
        self._visits.begin(visit)
        return visit

    def _attributes(self, hit: Hit, page: url.Page) -> Attributes:
        country = hit.claims.country
        where = Place(country) if country else self._places.place(hit.address)
        device = user_agent.read(hit.user_agent, hit.hints)
        return Attributes(
            **acquisition.read(hit.referrer, page.tags, hostname=page.hostname),
            country=where.country,
            region=where.region,
            city=where.city,
            browser=device.browser,
            browser_version=device.browser_version,
            os=device.os,
            os_version=device.os_version,
            device=device.device,
            region_name=where.region_name,
            city_name=where.city_name,
        )


def _props(hit: Hit, page: url.Page) -> dict[str, str]:
    if hit.name not in PATH_EVENTS or "path" in hit.props:
        return hit.props
    return {"path": page.path, **dict(islice(hit.props.items(), MAX_PROPS - 1))}
