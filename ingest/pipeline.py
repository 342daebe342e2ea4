"""A hit passes the gates, and becomes a record to store or a reason why it is dropped.

`Pipeline.admit` has all steps in order. The address arrives with the hit's sender and is used for exclusions, country
and visitor number. A record has no field for it.
"""

from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b
from itertools import islice
from random import getrandbits
from zoneinfo import ZoneInfo

from ingest import exempt
from ingest.enrich import acquisition, place, properties, url, user_agent
from ingest.enrich.place_table import Place
from ingest.gates import bots
from ingest.gates.exclusions import Exclusions, Seen
from ingest.gates.rate_limit import RateLimits
from ingest.gates.recent_hits import RecentHits
from ingest.gates.referrer_spam import ReferrerSpam
from ingest.gates.strays import RecentStrays
from ingest.hit import Hit
from ingest.outcome import REDACTED, UNKNOWN_SITE, Dropped, Reason
from ingest.request.field_values import MAX_PROPS
from ingest.request.sender import Sender
from ingest.request.signals import NO_SIGNALS
from ingest.storage.drop_counts import Tally
from ingest.visits import visitor
from ingest.visits.live_visits import Visits, new_visit
from ingest.visits.record import record
from ingest.visits.salts import Salts
from schema.days.local_day import LocalDay, local_day
from schema.privacy.redaction import Kind
from schema.records.event import ENGAGEMENT, PAGEVIEW, Event, Record
from schema.records.visit import Attributes, Visit
from schema.sites import path_rules, referrers
from schema.sites.host import host_of_domain, without_www
from schema.sites.sites import Site

# Plausible adds the page to the properties of these events, and its reports show it.
PATH_EVENTS = frozenset({"404", "WP Form Completions", "Form: Submission"})
_BUILT_IN = frozenset({PAGEVIEW, ENGAGEMENT})
MAX_HOST_CHARACTERS = 253  # the longest name in the DNS


class _SiteState:
    """A site with what changes once a day: the local day, and hashes keyed with its salts."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.id = site.id
        self.zone: ZoneInfo = site.zone
        self.day = LocalDay(0, 0, 0)
        self.is_exempt = site.privacy.is_exempt
        self.reads_tags = site.privacy.stores_campaigns
        self._obeys_gpc = site.privacy.obeys_gpc
        self._obeys_dnt = site.privacy.honors_dnt
        self._ignores = referrers.test(site.ignored_referrers) if site.ignored_referrers else None
        self._stored_path = path_rules.rewriter(site.path_rules)
        self._until = 0  # epoch seconds; day and keys hold until then
        self._key = blake2b()
        self._previous_key: blake2b | None = None

    def follow(self, salts: Salts, now: float) -> None:
        """Follow the clock. Also called without a hit, because a keyed hash must not outlive its salt."""
        if self.day.start <= now < self._until:
            return
        self.day = local_day(now, self.zone)
        pair = salts.of(self.id, self.day, now=now)
        self._until = self.day.end if pair.previous is None else pair.previous_until
        self._key = visitor.keyed(pair.current)
        self._previous_key = None if pair.previous is None else visitor.keyed(pair.previous)

    def source_of(self, hit: Hit) -> str:
        """Return the referrer of a hit, empty if it is never a source of the site."""
        ignores = self._ignores
        return "" if ignores is not None and ignores(referrers.page_of(hit.referrer)) else hit.referrer

    def stored_page(self, page: url.Page) -> url.Page:
        """Return a page with the path that the rules of the site make of it."""
        if self._stored_path is None or (path := self._stored_path(page.path)) == page.path:
            return page
        return url.Page(page.hostname, path, page.tags, page.redacted)

    def objection(self, hit: Hit) -> Dropped | None:
        """Return a drop if the browser asks not to be measured and the site obeys. It has no other effect."""
        signals = hit.sender.signals
        if signals.has_gpc and self._obeys_gpc:
            reason = Reason.GPC
        elif signals.has_dnt and self._obeys_dnt:
            reason = Reason.DNT
        else:
            return None
        return Dropped(reason if hit.name == PAGEVIEW else Reason.SIGNAL_EVENT, self.id)

    def numbers(self, address: bytes, user_agent: str, *, domain: str) -> tuple[int, int | None]:
        """Return the visitor's number, and their number under yesterday's salt while that exists."""
        if self.is_exempt:
            address = exempt.network(address)
        number = self._number(self._key, address, user_agent, domain)
        if self._previous_key is None:
            return number, None
        return number, self._number(self._previous_key, address, user_agent, domain)

    def _number(self, key: blake2b, address: bytes, user_agent: str, domain: str) -> int:
        return visitor.visitor_id(key, site_id=self.id, address=address, user_agent=user_agent, domain=domain)


class Pipeline:
    """The gates and steps of a hit. For one event loop: nothing here is shared between threads."""

    def __init__(
        self,
        *,
        salts: Salts,
        visits: Visits,
        places: place.Places,
        limits: RateLimits | None = None,
        tally: Tally | None = None,
        recent_hits: RecentHits | None = None,
        strays: RecentStrays | None = None,
    ) -> None:
        """limits: none by default. tally: counts the hits that exclusions in dry run match."""
        self._salts = salts
        self._visits = visits
        self._places = places
        self._sites: Mapping[str, _SiteState] = {}
        self._by_host: Mapping[str, _SiteState] = {}  # also by the hosts of domains with a port or path
        self._exclusions = Exclusions()
        self.header_names: frozenset[bytes] = frozenset()  # that exclusions match, in lower case
        self._limits = limits or RateLimits()
        self._tally = tally or Tally()
        self._recent_hits = recent_hits or RecentHits()
        self._strays = strays or RecentStrays()
        self._spam = ReferrerSpam()

    def apply(self, sites: Iterable[Site], exclusions: Exclusions) -> None:
        """Replace the sites and exclusions in force."""
        before = {state.site: state for state in self._sites.values()}
        states = [before.get(site) or _SiteState(site) for site in sites]
        # A site's present domain wins over another's former domain.
        former = {moved.domain: state for state in states for moved in state.site.former_domains}
        self._sites = former | {state.site.domain: state for state in states}
        self._by_host = {host_of_domain(domain): state for domain, state in self._sites.items()} | self._sites
        self._exclusions = exclusions
        self.header_names = frozenset(name.encode() for name in exclusions.header_names)
        present = {state.id for state in self._sites.values()}
        self._salts.keep(present)
        for gone in {site.id for site in before} - present:
            self._visits.drop_site(gone)

    def refuse_referrers(self, spam: ReferrerSpam) -> None:
        """Replace the list of spam referrers in force."""
        self._spam = spam

    def zone(self, domain: str) -> ZoneInfo | None:
        """Return the time zone of a site, None if there is no such site."""
        state = self._sites.get(domain)
        return state.zone if state else None

    def site_id(self, domain: str) -> int | None:
        """Return the id of a site, None if there is no such site."""
        state = self._sites.get(domain)
        return state.id if state else None

    def site_of_host(self, host: str) -> Site | None:
        """Return the site with this host as its domain, or the nearest domain above it."""
        if len(host) > MAX_HOST_CHARACTERS:
            return None
        while host:
            if state := self._by_host.get(host):
                return state.site
            host = host.partition(".")[2]
        return None

    def is_within_limit(self, address: bytes, *, now: float) -> bool:
        """Count a request that is not a hit towards its client's limit, and return whether it is within the limit.

        address: packed; empty if unknown.
        """
        return self._limits.admits(address, now=now)

    def charge(self, address: bytes, *, count: int, now: float) -> None:
        """Count hits for unknown domains towards their client's limit. `admit` does not."""
        self._limits.charge(address, count=count, now=now)

    def forget(
        self, domain: str, *, host: str, address: bytes, user_agent: str, now: float
    ) -> tuple[set[int], list[Visit]]:
        """Forget the live visits of a visitor, and return them with the visitor's numbers.

        host: of the site's pages. now: epoch seconds. Raises KeyError if there is no such site.
        """
        state = self._sites[domain]
        state.follow(self._salts, now)
        both = state.numbers(address, user_agent, domain=url.registrable_domain(without_www(host)))
        numbers = {number for number in both if number is not None}
        return numbers, self._visits.drop_visitor(state.id, numbers)

    def end_visits(self, site_id: int, visit_ids: Collection[int]) -> None:
        """End live visits of a site, because their events are being erased."""
        if visit_ids:
            self._visits.drop_visits(site_id, visit_ids)

    def tick(self, now: float) -> None:
        """Do what is due without a hit: rotate, destroy and save salts, and forget ended visits."""
        for state in self._sites.values():
            state.follow(self._salts, now)
        self._salts.destroy_expired(now)
        self._salts.save_again()
        self._recent_hits.tick(now)
        self._strays.tick(now)
        self._visits.sweep(int(now))

    def admit(self, hit: Hit, *, domain: str, now: float) -> Record | Dropped:
        """Return the record of a hit on one of its domains, or the reason why it is dropped. now: epoch seconds."""
        state = self._sites.get(domain)
        if state is None:
            self._strays.note_hit(domain, url.read(hit.url, hash_mode=False, with_tags=False).hostname)
            return UNKNOWN_SITE
        sender = hit.sender
        signals = sender.signals
        if signals is not NO_SIGNALS and (dropped := state.objection(hit)):
            return dropped
        if dropped := self._within_limits(hit, state, now):
            return dropped
        page = url.read(hit.url, hash_mode=hit.hash_mode, with_tags=state.reads_tags)
        referring_page = referrers.page_of(hit.referrer)
        if signals.reason is not Reason.OPTED_OUT:
            self._recent_hits.note(
                state.id,
                sender.address,
                user_agent=sender.user_agent,
                page_host=page.hostname,
                path=page.path,
                referrer=referring_page,
            )
        return (
            self._not_excluded(hit, state, page, referring_page, now)
            or _not_opted_out(hit, state)
            or self._not_spam(hit, state)
            or _not_a_bot(hit, state)
            or (state.is_exempt and _declared(hit, state))
            or self._record(hit, state, page, now)
        )

    def _within_limits(self, hit: Hit, state: _SiteState, now: float) -> Dropped | None:
        reason = self._limits.reason(hit.sender.address, site_id=state.id, now=now)
        return Dropped(reason, state.id) if reason else None

    def _not_excluded(
        self, hit: Hit, state: _SiteState, page: url.Page, referring_page: str, now: float
    ) -> Dropped | None:
        """Also counts a match of an exclusion in dry run."""
        if not self._exclusions.rules:
            return None
        sender = hit.sender
        verdict = self._exclusions.decide(
            sender.address,
            site_id=state.id,
            seen=lambda: Seen(
                sender.address,
                sender.user_agent,
                page.hostname,
                page.path,
                sender.signals.headers,
                lambda: self._place(sender, sender.address).country,
                referring_page,
            ),
        )
        if verdict.would_be_by:
            self._tally.add(Dropped(Reason.WOULD_EXCLUDE, state.id, verdict.would_be_by), now=now, zone=state.zone)
        return Dropped(Reason.EXCLUDED, state.id, verdict.excluded_by) if verdict.excluded_by else None

    def _not_spam(self, hit: Hit, state: _SiteState) -> Dropped | None:
        return Dropped(Reason.SPAM_REFERRER, state.id) if self._spam.covers(hit.referrer) else None

    def _record(self, hit: Hit, state: _SiteState, page: url.Page, now: float) -> Record | Dropped:
        """Return the record of a hit that passed all gates. An engagement event only keeps its visit alive."""
        state.follow(self._salts, now)
        page = state.stored_page(page)
        if state.is_exempt:
            hit = exempt.reduced_hit(hit, state.site.privacy)
        sender, day, time = hit.sender, state.day.number, int(now)
        number, previous = state.numbers(
            sender.address, sender.user_agent, domain=url.registrable_domain(page.hostname)
        )
        visit = self._visits.find(state.id, number, previous_id=previous, now=time, today=day)
        if visit is None and hit.name == ENGAGEMENT:
            return Dropped(Reason.NO_VISIT_FOR_ENGAGEMENT, state.id)
        name, props, redacted = hit.name, hit.props, page.redacted
        if props or name not in _BUILT_IN:
            name, props, redacted = _cleaned(hit, state, page)
        event = Event(
            day=day,
            time=time,
            position=(visit.version if visit else 0) + (hit.name != ENGAGEMENT),
            name=name,
            hostname=page.hostname,
            path=page.path,
            props=props,
            interactive=hit.interactive,
            scroll_depth=hit.scroll_depth,
            engagement_ms=hit.engagement_ms,
            revenue_amount=hit.revenue.amount if hit.revenue else None,
            revenue_currency=hit.revenue.currency if hit.revenue else "",
            expires=day + state.site.retention_days,
        )
        if visit is None:
            attributes = self._attributes(hit, state, page)
            visit = new_visit(
                event, site_id=state.id, visitor_id=number, visit_id=getrandbits(64), attributes=attributes
            )
            self._visits.begin(visit)
            if not state.is_exempt:  # which stores no path of a referrer, and no tags
                redacted += acquisition.redacted(
                    attributes.referrer and hit.referrer, page.tags, hostname=page.hostname
                )
        if redacted and hit.name != ENGAGEMENT:  # which repeats its page view
            self._count_redacted(redacted, state, now)
        return record(event, visit)

    def _count_redacted(self, kinds: tuple[Kind, ...], state: _SiteState, now: float) -> None:
        """Count an event once for each kind of what was replaced in it."""
        for kind in set(kinds):
            self._tally.add(Dropped(REDACTED[kind], state.id), now=now, zone=state.zone)

    def _attributes(self, hit: Hit, state: _SiteState, page: url.Page) -> Attributes:
        sender = hit.sender
        origin = self._place(sender, exempt.network(sender.address) if state.is_exempt else sender.address)
        device = user_agent.read(sender.user_agent, sender.hints)
        attributes = Attributes(
            **acquisition.read(state.source_of(hit), page.tags, hostname=page.hostname),
            country=origin.country,
            region=origin.region,
            city=origin.city,
            browser=device.browser,
            browser_version=device.browser_version,
            os=device.os,
            os_version=device.os_version,
            device=device.device,
            region_name=origin.region_name,
            city_name=origin.city_name,
        )
        return exempt.reduced(attributes, state.site.privacy) if state.is_exempt else attributes

    def _place(self, sender: Sender, address: bytes) -> Place:
        country = sender.signals.country
        return Place(country) if country else self._places.place(address)


def _not_opted_out(hit: Hit, state: _SiteState) -> Dropped | None:
    """Also drops pages that were fetched ahead, and addresses that a server in front reports."""
    reason = hit.sender.signals.reason
    return Dropped(reason, state.id) if reason else None


def _not_a_bot(hit: Hit, state: _SiteState) -> Dropped | None:
    reason = bots.reason(hit.sender.user_agent, brands=hit.sender.hints.brands)
    return Dropped(reason, state.id) if reason else None


def _declared(hit: Hit, state: _SiteState) -> Dropped | None:
    """Refuse an event of an exempt site whose name is not declared."""
    return None if state.site.privacy.stores_event(hit.name) else Dropped(Reason.UNDECLARED_EVENT, state.id)


def _cleaned(hit: Hit, state: _SiteState, page: url.Page) -> tuple[str, dict[str, str], tuple[Kind, ...]]:
    """Return the name and properties to store, and what was replaced in them and in the page."""
    if state.is_exempt:  # declared names, and no properties
        return hit.name, hit.props, page.redacted
    name, redacted = properties.cleaned_text(hit.name)
    props = _with_path(hit, page) if hit.name in PATH_EVENTS else hit.props
    props, more_redacted = properties.cleaned(props, keeps_queries=state.site.privacy.keeps_link_queries)
    return name, props, page.redacted + redacted + more_redacted


def _with_path(hit: Hit, page: url.Page) -> dict[str, str]:
    if "path" in hit.props:
        return hit.props
    return {"path": page.path, **dict(islice(hit.props.items(), MAX_PROPS - 1))}
