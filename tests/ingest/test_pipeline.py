from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from ingest.enrich.place import Places
from ingest.gates.exclusions import Exclusions
from ingest.gates.rate_limit import RateLimits
from ingest.gates.recent_hits import RecentHits
from ingest.gates.referrer_spam import ReferrerSpam
from ingest.gates.strays import RecentStrays
from ingest.hit import Hit, parse
from ingest.outcome import Dropped, Reason
from ingest.pipeline import PATH_EVENTS, Pipeline
from ingest.request.client_hints import ClientHints
from ingest.request.client_ip import pack
from ingest.request.field_values import MAX_PROPS
from ingest.request.sender import Sender
from ingest.request.signals import Signals
from ingest.storage.flush import record_payload
from ingest.visits.live_visits import TIMEOUT_S, Visits
from ingest.visits.salts import CARRY_OVER_S, Salts
from schema.exclusions import rules as exclusions
from schema.exclusions.rules import Exclusion
from schema.records.event import Record
from schema.sites.path_rules import PathRules
from schema.sites.sites import FormerDomain, Site
from tests.factories import an_exclusion

SITE = Site(1, "example.org", "Europe/Paris", 761)
OTHER_SITE = Site(2, "other.example", "America/New_York", 761)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.5 Mobile/15E148 Safari/604.1"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
VISITOR, COLLEAGUE = "198.51.100.7", "203.0.113.9"


def instant(text: str, zone: str = "Europe/Paris") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def days(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


NOON = instant("2026-06-01 12:00")
MIDNIGHT = instant("2026-06-02 00:00")


def a_pipeline(*sites: Site, exclusions: tuple[Exclusion, ...] = ()) -> Pipeline:
    pipeline = Pipeline(salts=Salts(None), visits=Visits(), places=Places())
    pipeline.apply(sites or (SITE, OTHER_SITE), Exclusions(exclusions))
    return pipeline


def a_hit(path: str = "/", *, address: str = VISITOR, user_agent: str = FIREFOX, **fields: object) -> Hit:
    body = {"n": "pageview", "u": f"https://example.org{path}", "d": "example.org"} | fields
    return parse(msgspec.json.encode(body), content_type="", sender=Sender(pack(address), user_agent))


def sent_with(hit: Hit, **changes: object) -> Hit:
    return replace(hit, sender=replace(hit.sender, **changes))


def an_engagement(path: str = "/", **fields: object) -> Hit:
    return a_hit(path, **({"n": "engagement", "sd": 40, "e": 5000} | fields))  # type: ignore[arg-type]


def admitted(pipeline: Pipeline, hit: Hit, *, now: float = NOON, domain: str = "example.org") -> Record:
    """Return a copy of the record: the visit in it goes on growing."""
    outcome = pipeline.admit(hit, domain=domain, now=now)
    assert isinstance(outcome, Record)
    return msgspec.msgpack.decode(msgspec.msgpack.encode(outcome), type=Record)


def test_a_page_view_becomes_an_event_of_a_new_visit():
    event, visit = msgspec.structs.astuple(admitted(a_pipeline(), a_hit("/prices?q=private", p={"plan": "pro"})))

    assert ("pageview", "example.org", "/prices", {"plan": "pro"}) == (
        event.name,
        event.hostname,
        event.path,
        event.props,
    )
    assert (NOON, days("2026-06-01"), days("2026-06-01") + 761, 1) == (
        event.time,
        event.day,
        event.expires,
        event.position,
    )
    assert (1, NOON, NOON, days("2026-06-01"), 1, 1) == (
        visit.site_id, visit.start, visit.last, visit.day, visit.version, visit.pageviews,
    )  # fmt: skip
    assert {"plan": "pro"} == visit.entry_props
    assert visit.is_bounce


def test_a_visit_is_described_by_its_first_event():
    pipeline = a_pipeline()
    tagged = admitted(pipeline, a_hit("/?utm_source=letter&utm_medium=email", r="https://www.google.com/search?q=x"))
    later = admitted(pipeline, a_hit("/b?utm_source=other", r="https://duckduckgo.com/"), now=NOON + 60)
    attributes = later.visit.attributes

    assert tagged.visit.attributes == attributes
    assert ("letter", "email", "Email", "google.com/search") == (
        attributes.utm_source, attributes.utm_medium, attributes.channel, attributes.referrer,
    )  # fmt: skip
    assert ("Firefox", "Desktop") == (attributes.browser, attributes.device)


def test_a_click_identifier_stands_for_a_medium_and_its_value_for_nothing():
    record = admitted(a_pipeline(), a_hit("/?gclid=PRIVATE123", r="https://www.google.com/"))

    assert ("(gclid)", "gclid", "Paid Search") == (
        record.visit.attributes.utm_medium, record.visit.attributes.click_id_param, record.visit.attributes.channel,
    )  # fmt: skip
    assert b"PRIVATE123" not in record_payload(record)


def test_the_next_event_of_a_visitor_is_of_the_same_visit():
    pipeline = a_pipeline()
    first = admitted(pipeline, a_hit("/a"))
    second = admitted(pipeline, a_hit("/b"), now=NOON + TIMEOUT_S)

    assert first.visit.visit_id == second.visit.visit_id
    assert (2, "/a", "/b", TIMEOUT_S) == (
        second.event.position, second.visit.entry_page, second.visit.exit_page, second.visit.duration,
    )  # fmt: skip


def test_after_a_pause_it_is_another_visit_of_the_same_visitor():
    pipeline = a_pipeline()
    first = admitted(pipeline, a_hit("/a"))
    second = admitted(pipeline, a_hit("/b"), now=NOON + TIMEOUT_S + 1)

    assert first.visit.visitor_id == second.visit.visitor_id
    assert first.visit.visit_id != second.visit.visit_id
    assert (1, "/b") == (second.event.position, second.visit.entry_page)


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        pytest.param(a_hit("/other"), True, id="another page"),
        pytest.param(a_hit(u="https://shop.example.org/"), True, id="another subdomain"),
        pytest.param(a_hit(u="https://www.example.org:8443/"), True, id="another port"),
        pytest.param(a_hit(u="https://example.com/"), False, id="an unrelated host of the site"),
        pytest.param(a_hit(address=COLLEAGUE), False, id="another address"),
        pytest.param(a_hit(address=f"::ffff:{VISITOR}"), True, id="the address in mapped form"),
        pytest.param(a_hit(user_agent=IPHONE), False, id="another browser"),
        pytest.param(a_hit(user_agent=""), False, id="no user agent"),
    ],
)
def test_a_visitor_is_an_address_and_a_browser_on_one_domain(other, is_same):
    pipeline = a_pipeline()
    first, second = admitted(pipeline, a_hit()), admitted(pipeline, other)

    assert is_same == (first.visit.visitor_id == second.visit.visitor_id)
    assert is_same == (first.visit.visit_id == second.visit.visit_id)


def test_a_visitor_cannot_be_followed_to_another_site():
    pipeline, hit = a_pipeline(), a_hit()
    here, there = (admitted(pipeline, hit, domain=domain) for domain in ("example.org", "other.example"))

    assert here.visit.visitor_id != there.visit.visitor_id


def test_a_visitor_cannot_be_followed_to_another_day_or_server():
    pipeline = a_pipeline()
    numbers = [admitted(pipeline, a_hit(), now=NOON + day * 86_400).visit.visitor_id for day in range(5)]
    numbers.append(admitted(a_pipeline(), a_hit()).visit.visitor_id)

    assert len(set(numbers)) == 6


OFFICE = an_exclusion({"network": "203.0.113.0/24"}, rule_id=5)
OFFICE_OF_OTHER = an_exclusion({"network": "198.51.100.0/24"}, rule_id=6, site_id=OTHER_SITE.id)


@pytest.mark.parametrize(
    ("hit", "domain", "dropped"),
    [
        pytest.param(a_hit(), "unknown.example", Dropped(Reason.UNKNOWN_SITE), id="an unknown site"),
        pytest.param(a_hit(address=COLLEAGUE), "unknown.example", Dropped(Reason.UNKNOWN_SITE),
                     id="an unknown site, whoever asks"),
        pytest.param(a_hit(address=COLLEAGUE), "example.org", Dropped(Reason.EXCLUDED, 1, 5), id="a colleague"),
        pytest.param(a_hit(address=f"::ffff:{COLLEAGUE}"), "example.org", Dropped(Reason.EXCLUDED, 1, 5),
                     id="a colleague in mapped form"),
        pytest.param(a_hit(), "other.example", Dropped(Reason.EXCLUDED, 2, 6), id="a colleague of one site"),
        pytest.param(a_hit(user_agent=GOOGLEBOT), "example.org", Dropped(Reason.BOT_SEARCH, 1), id="a bot"),
        pytest.param(a_hit(address=COLLEAGUE, user_agent=GOOGLEBOT), "example.org",
                     Dropped(Reason.EXCLUDED, 1, 5), id="a bot of a colleague"),
        pytest.param(a_hit(r="https://cheap.spam.example/"), "example.org", Dropped(Reason.SPAM_REFERRER, 1),
                     id="a made-up referrer"),
        pytest.param(sent_with(a_hit(), signals=Signals(Reason.PREFETCH)), "example.org", Dropped(Reason.PREFETCH, 1),
                     id="a page that nobody asked for yet"),
        pytest.param(sent_with(a_hit(user_agent=GOOGLEBOT), signals=Signals(Reason.DATACENTER)), "example.org",
                     Dropped(Reason.DATACENTER, 1), id="a bot in a datacenter"),
        pytest.param(sent_with(a_hit(), hints=ClientHints(b'"HeadlessChrome";v="141"')), "example.org",
                     Dropped(Reason.HEADLESS, 1), id="a browser without a screen that says it is Firefox"),
        pytest.param(an_engagement(), "example.org", Dropped(Reason.NO_VISIT_FOR_ENGAGEMENT, 1),
                     id="attention without a visit"),
    ],
)  # fmt: skip
def test_what_is_not_counted_has_a_reason(hit, domain, dropped):
    pipeline = a_pipeline(exclusions=(OFFICE, OFFICE_OF_OTHER))
    pipeline.refuse_referrers(ReferrerSpam(["spam.example"]))

    assert dropped == pipeline.admit(hit, domain=domain, now=NOON)
    assert admitted(pipeline, a_hit())  # its negative twin: the visitor it is not about


def test_what_is_over_a_limit_is_not_counted_until_there_is_room():
    limits = RateLimits(client_per_minute=2, site_per_minute=3)
    pipeline = Pipeline(salts=Salts(None), visits=Visits(), places=Places(), limits=limits)
    pipeline.apply([SITE], Exclusions())
    visitor, second, third = a_hit(), a_hit(address="192.0.2.1"), a_hit(address="192.0.2.2")

    outcomes = [
        pipeline.admit(hit, domain="example.org", now=NOON) for hit in (visitor, visitor, visitor, second, third)
    ]
    assert [outcome if isinstance(outcome, Dropped) else None for outcome in outcomes] == [
        None, None, Dropped(Reason.RATE_LIMITED_CLIENT, 1), None, Dropped(Reason.RATE_LIMITED_SITE, 1),
    ]  # fmt: skip
    assert admitted(pipeline, visitor, now=NOON + 60).event.position == 3


def test_a_page_that_was_fetched_ahead_begins_no_visit():
    pipeline = a_pipeline()
    pipeline.admit(sent_with(a_hit(), signals=Signals(Reason.PREFETCH)), domain="example.org", now=NOON)

    assert pipeline.admit(an_engagement(), domain="example.org", now=NOON) == Dropped(Reason.NO_VISIT_FOR_ENGAGEMENT, 1)


def test_a_visitor_who_hides_is_in_no_country():
    public = a_hit(address="8.8.8.8")
    hidden = sent_with(public, signals=Signals(country="A1"))

    assert [admitted(a_pipeline(), hit).visit.attributes.country for hit in (public, hidden)] == ["US", "A1"]


def test_what_is_not_counted_begins_no_visit():
    pipeline = a_pipeline(exclusions=(OFFICE,))
    pipeline.admit(a_hit(address=COLLEAGUE), domain="example.org", now=NOON)
    pipeline.apply([SITE], Exclusions())

    assert pipeline.admit(an_engagement(address=COLLEAGUE), domain="example.org", now=NOON) == Dropped(
        Reason.NO_VISIT_FOR_ENGAGEMENT, 1
    )


def test_attention_is_an_event_that_changes_nothing_of_the_visit():
    pipeline = a_pipeline()
    first = admitted(pipeline, a_hit("/a"))
    engagement = admitted(pipeline, an_engagement("/b"), now=NOON + 60)

    assert first.visit == engagement.visit
    assert ("engagement", "/b", 40, 5000, NOON + 60) == (
        engagement.event.name, engagement.event.path, engagement.event.scroll_depth, engagement.event.engagement_ms,
        engagement.event.time,
    )  # fmt: skip


def test_attention_keeps_a_visit_alive():
    pipeline = a_pipeline()
    first = admitted(pipeline, a_hit())
    admitted(pipeline, an_engagement(), now=NOON + TIMEOUT_S)
    later = admitted(pipeline, a_hit(), now=NOON + 2 * TIMEOUT_S)

    assert first.visit.visit_id == later.visit.visit_id
    assert pipeline.admit(an_engagement(), domain="example.org", now=NOON + 3 * TIMEOUT_S + 1) == Dropped(
        Reason.NO_VISIT_FOR_ENGAGEMENT, 1
    )


def test_a_custom_event_begins_a_visit_without_a_page():
    visit = admitted(a_pipeline(), a_hit("/a", n="Signup")).visit

    assert (0, 1, "", "", False) == (visit.pageviews, visit.events, visit.entry_page, visit.hostname, visit.is_bounce)
    assert admitted(a_pipeline(), a_hit("/a", n="Signup", i=False)).visit.is_bounce


@pytest.mark.parametrize("name", sorted(PATH_EVENTS))
def test_an_event_about_a_page_says_which(name):
    record = admitted(a_pipeline(), a_hit("/lost", n=name, p={"a": "b"}))

    assert {"path": "/lost", "a": "b"} == record.event.props == record.visit.entry_props


@pytest.mark.parametrize(
    ("name", "sent", "stored"),
    [
        pytest.param("404", {"path": "/mine"}, {"path": "/mine"}, id="a path that was sent wins"),
        pytest.param("404", {"path": " "}, {"path": "/lost"}, id="a blank one does not"),
        pytest.param(404, {}, {"path": "/lost"}, id="a name in digits"),
        pytest.param("Signup", {}, {}, id="any other event"),
        pytest.param("pageview", {}, {}, id="a page view"),
    ],
)
def test_the_page_is_added_where_it_belongs(name, sent, stored):
    assert stored == admitted(a_pipeline(), a_hit("/lost", n=name, p=sent)).event.props


def test_the_page_has_its_place_among_the_thirty_properties():
    many = {f"key{number}": number for number in range(MAX_PROPS + 5)}
    props = admitted(a_pipeline(), a_hit("/lost", n="404", p=many)).event.props

    assert (MAX_PROPS, "/lost") == (len(props), props["path"])


def test_revenue_is_kept_with_the_event():
    event = admitted(a_pipeline(), a_hit(n="Purchase", revenue={"amount": "9.99", "currency": "EUR"})).event
    other = admitted(a_pipeline(), a_hit(n="Purchase", revenue={"amount": "9.99"})).event

    assert (Decimal("9.990"), "EUR") == (event.revenue_amount, event.revenue_currency)
    assert (None, "") == (other.revenue_amount, other.revenue_currency)


def test_a_visit_goes_on_over_midnight_under_its_old_number():
    pipeline = a_pipeline()
    before = admitted(pipeline, a_hit("/a"), now=MIDNIGHT - 60)
    after = admitted(pipeline, a_hit("/b"), now=MIDNIGHT + 60)

    assert (before.visit.visit_id, before.visit.visitor_id) == (after.visit.visit_id, after.visit.visitor_id)
    assert (days("2026-06-01"), days("2026-06-02")) == (after.visit.day, after.event.day)
    assert (2, 120) == (after.visit.version, after.visit.duration)


def test_a_visit_that_went_on_over_midnight_stays_one_after_yesterdays_salt_is_gone():
    pipeline = a_pipeline()
    first = admitted(pipeline, a_hit(), now=MIDNIGHT - 60)
    for minutes in (10, 25, 40, 60):
        pipeline.tick(MIDNIGHT + minutes * 60)
        last = admitted(pipeline, a_hit(), now=MIDNIGHT + minutes * 60)

    assert first.visit.visit_id == last.visit.visit_id
    assert first.visit.visitor_id == last.visit.visitor_id


def test_the_next_visit_after_midnight_is_of_a_new_visitor():
    pipeline = a_pipeline()
    before = admitted(pipeline, a_hit(), now=MIDNIGHT - 60)
    admitted(pipeline, a_hit(), now=MIDNIGHT + 60)
    after = admitted(pipeline, a_hit(), now=MIDNIGHT + 120 + TIMEOUT_S)

    assert before.visit.visitor_id != after.visit.visitor_id
    assert after.visit.day == days("2026-06-02")


@pytest.mark.parametrize("seen_at", [None, MIDNIGHT + CARRY_OVER_S - 1], ids=["by nothing", "by the clock alone"])
def test_a_visit_that_pauses_over_the_end_of_yesterdays_salt_ends(seen_at):
    pipeline = a_pipeline()
    before = admitted(pipeline, a_hit(), now=MIDNIGHT - 1)
    if seen_at:
        pipeline.tick(seen_at)
    after = admitted(pipeline, a_hit(), now=MIDNIGHT + CARRY_OVER_S)

    assert before.visit.visit_id != after.visit.visit_id
    assert before.visit.visitor_id != after.visit.visitor_id


def test_attention_over_midnight_finds_its_visit():
    pipeline = a_pipeline()
    admitted(pipeline, a_hit(), now=MIDNIGHT - 60)
    engagement = admitted(pipeline, an_engagement(), now=MIDNIGHT + 60)

    assert (days("2026-06-01"), days("2026-06-02")) == (engagement.visit.day, engagement.event.day)


def test_each_site_has_its_own_midnight():
    pipeline, hit = a_pipeline(), a_hit()
    paris = [admitted(pipeline, hit, now=MIDNIGHT + s, domain="example.org") for s in (-3600, 3600)]
    new_york = [admitted(pipeline, hit, now=MIDNIGHT + s, domain="other.example") for s in (-3600, 3600)]

    assert [days("2026-06-01"), days("2026-06-02")] == [record.event.day for record in paris]
    assert [days("2026-06-01")] * 2 == [record.event.day for record in new_york]
    assert paris[0].visit.visitor_id != paris[1].visit.visitor_id
    assert new_york[0].visit.visitor_id == new_york[1].visit.visitor_id


@pytest.mark.parametrize(
    ("noon", "hours"),
    [pytest.param("2026-03-29 12:00", 23, id="23 hours"), pytest.param("2026-10-25 12:00", 25, id="25 hours")],
)
def test_a_visitor_is_one_for_the_whole_of_a_day_on_which_clocks_change(noon, hours):
    pipeline, start = a_pipeline(), instant(noon[:10] + " 00:00")
    numbers = [admitted(pipeline, a_hit(), now=start + hour * 3600).visit.visitor_id for hour in range(hours + 1)]

    assert 1 == len(set(numbers[:-1]))
    assert numbers[-1] != numbers[0]


def test_the_clock_alone_rotates_the_salt_of_a_quiet_site(tmp_path):
    file = tmp_path / "salts"
    pipeline = Pipeline(salts=Salts(file), visits=Visits(), places=Places())
    pipeline.apply([SITE], Exclusions())
    contents = []
    for now in (NOON, MIDNIGHT - 1, MIDNIGHT, MIDNIGHT + CARRY_OVER_S):
        pipeline.tick(now)
        contents.append(file.read_bytes())

    assert contents[0] == contents[1] != contents[2] != contents[3]
    assert len(contents[3]) < len(contents[2])  # yesterday's is gone


def test_the_clock_alone_lets_go_of_ended_visits():
    visits = Visits()
    pipeline = Pipeline(salts=Salts(None), visits=visits, places=Places())
    pipeline.apply([SITE], Exclusions())
    admitted(pipeline, a_hit())
    pipeline.tick(NOON + TIMEOUT_S)
    alive = len(visits)
    pipeline.tick(NOON + TIMEOUT_S + 1)

    assert [1, 0] == [alive, len(visits)]


def test_a_hit_for_an_unknown_site_is_noted_with_the_host_of_its_page():
    strays = RecentStrays()
    pipeline = Pipeline(salts=Salts(None), visits=Visits(), places=Places(), strays=strays)
    pipeline.apply([SITE], Exclusions(()))
    pipeline.admit(a_hit(), domain="exmaple.org", now=NOON)
    pipeline.admit(a_hit(), domain="example.org", now=NOON)

    assert {("example.org", "exmaple.org"): 1} == strays.of_host("example.org").hits


def test_a_site_that_is_removed_is_unknown_and_its_salts_and_visits_are_gone(tmp_path):
    visits, file = Visits(), tmp_path / "salts"
    pipeline = Pipeline(salts=Salts(file), visits=visits, places=Places())
    pipeline.apply([SITE, OTHER_SITE], Exclusions())
    pipeline.tick(NOON)
    before = len(file.read_bytes())
    admitted(pipeline, a_hit())
    pipeline.apply([OTHER_SITE], Exclusions())

    assert pipeline.admit(a_hit(), domain="example.org", now=NOON) == Dropped(Reason.UNKNOWN_SITE)
    assert (len(visits), pipeline.zone("example.org")) == (0, None)
    assert len(file.read_bytes()) < before


def test_the_salts_of_a_site_that_was_removed_while_nobody_ran_are_destroyed_at_start(tmp_path):
    file = tmp_path / "salts"
    before = Pipeline(salts=Salts(file), visits=Visits(), places=Places())
    before.apply([SITE, OTHER_SITE], Exclusions())
    before.tick(NOON)
    size = len(file.read_bytes())
    Pipeline(salts=Salts(file), visits=Visits(), places=Places()).apply([OTHER_SITE], Exclusions())

    assert len(file.read_bytes()) < size


def test_a_change_of_rules_leaves_visits_alone():
    pipeline = a_pipeline()
    before = admitted(pipeline, a_hit())
    pipeline.apply([SITE], Exclusions([OFFICE]))

    assert before.visit.visit_id == admitted(pipeline, a_hit(), now=NOON + 60).visit.visit_id


def test_another_time_zone_counts_from_the_next_event():
    pipeline = a_pipeline(SITE)
    pipeline.apply([Site(SITE.id, SITE.domain, "Pacific/Kiritimati", 761)], Exclusions())

    assert admitted(pipeline, a_hit()).event.day == days("2026-06-02")
    assert pipeline.zone("example.org") == ZoneInfo("Pacific/Kiritimati")


def test_a_site_is_known_under_its_former_domain_unless_another_has_it_now():
    pipeline = a_pipeline()
    moved = Site(1, "new.example", "Europe/Paris", 761, former_domains=(FormerDomain("example.org", NOON),))
    before = admitted(pipeline, a_hit())
    pipeline.apply([moved], Exclusions())
    after = [admitted(pipeline, a_hit(), domain=domain) for domain in moved.domains]
    pipeline.apply([Site(2, "example.org", "Europe/Paris", 761), moved], Exclusions())

    assert [before.visit.visit_id] * 2 == [record.visit.visit_id for record in after]
    assert admitted(pipeline, a_hit()).visit.site_id == 2


def test_parts_of_a_second_are_cut_off():
    assert admitted(a_pipeline(), a_hit(), now=NOON + 0.999).event.time == NOON


@pytest.mark.parametrize("address", ["203.0.113.77", "2001:db8::cafe"])
def test_no_trace_of_the_address_is_in_what_is_stored(address):
    payload = record_payload(admitted(a_pipeline(), a_hit(address=address, p={"a": "b"})))

    assert address.encode() not in payload
    assert pack(address) not in payload
    assert pack(address)[::-1] not in payload


def test_days_of_many_weeks_are_counted_apart():
    pipeline = a_pipeline()
    start = datetime(2026, 3, 1, 12, tzinfo=ZoneInfo("Europe/Paris"))
    seen = [admitted(pipeline, a_hit(), now=(start + timedelta(days=day)).timestamp()).event.day for day in range(60)]

    assert list(range(seen[0], seen[0] + 60)) == seen


def test_visits_have_random_numbers():
    pipeline = a_pipeline()
    records = [admitted(pipeline, a_hit("/", address=f"198.51.100.{number}")) for number in range(100)]

    assert len({record.visit.visit_id for record in records}) == 100


@pytest.mark.parametrize(
    ("signals", "is_counted"),
    [
        pytest.param(Signals(), True, id="a visitor"),
        pytest.param(Signals(Reason.PREFETCH), True, id="a page fetched ahead"),
        pytest.param(Signals(Reason.OPTED_OUT), False, id="one who opted out"),
    ],
)
def test_of_who_opted_out_nothing_is_counted_in_memory_either(signals, is_counted):
    recent_hits = RecentHits()
    pipeline = Pipeline(salts=Salts(None), visits=Visits(), places=Places(), recent_hits=recent_hits)
    pipeline.apply([SITE], Exclusions())
    for _ in range(100):
        pipeline.admit(sent_with(a_hit(), signals=signals), domain="example.org", now=NOON)
    part = recent_hits.share(exclusions.network("198.51.100.0/24"), answers={}, country_of=lambda _: "")

    assert part == (1.0 if is_counted else None)


@pytest.mark.parametrize(
    ("host", "site"),
    [
        pytest.param("example.org", SITE, id="its domain"),
        pytest.param("www.example.org", SITE, id="with www"),
        pytest.param("a.b.example.org", SITE, id="below it"),
        pytest.param("other.example", OTHER_SITE, id="of another"),
        pytest.param("badexample.org", None, id="one that only ends alike"),
        pytest.param("org", None, id="above it"),
        pytest.param("", None, id="none"),
        pytest.param("a." * 100 + "example.org", SITE, id="far below it"),
        pytest.param("a." * 30_000 + "example.org", None, id="longer than a name may be"),
    ],
)
def test_a_site_is_found_by_the_host_of_its_pages(host, site):
    assert site == a_pipeline().site_of_host(host)


@pytest.mark.parametrize(
    ("domain", "host", "is_found"),
    [
        pytest.param("example.net/blog", "www.example.net", True, id="a domain with a path"),
        pytest.param("example.net:8080", "example.net", True, id="a domain with a port"),
        pytest.param("müller.example", "müller.example", True, id="an international name"),
        pytest.param("example.org/blog", "example.org", False, id="the site of the host comes first"),
        pytest.param("example.net/blog", "blog.example", False, id="another host"),
    ],
)
def test_a_site_with_a_path_or_port_is_found_by_its_host(domain, host, is_found):
    site = Site(3, domain, "Europe/Paris", 761)

    assert is_found is (site == a_pipeline(SITE, site).site_of_host(host))


@pytest.mark.parametrize(
    ("sent", "url", "domain", "hostname"),
    [
        pytest.param(
            "müller.example", "https://xn--mller-kva.example/", "müller.example", "müller.example", id="browser"
        ),
        pytest.param(
            "XN--Mller-KVA.example.", "https://Müller.example./", "müller.example", "müller.example", id="app"
        ),
        pytest.param(
            "www.example.org/Blog/", "https://example.org/blog/a", "example.org/blog", "example.org", id="path"
        ),
    ],
)
def test_a_hit_finds_its_site_and_page_in_every_spelling(sent, url, domain, hostname):
    pipeline = a_pipeline(Site(7, domain, "Europe/Paris", 761))
    hit = a_hit(d=f"other.example,{sent}", u=url)

    record = admitted(pipeline, hit, domain=hit.domains[1])

    assert (7, hostname, "Direct") == (record.visit.site_id, record.event.hostname, record.visit.attributes.channel)


@pytest.mark.parametrize(
    ("referrer", "source", "referring_page"),
    [
        pytest.param("https://www.xn--mller-kva.example/a", "", "", id="the site itself, encoded"),
        pytest.param("https://MÜLLER.example.:8080/a", "", "", id="the site itself, as people write it"),
        pytest.param("https://muller.example/a", "muller.example", "muller.example/a", id="a name that looks alike"),
        pytest.param(
            "https://blog.xn--mller-kva.example/a", "blog.müller.example", "blog.müller.example/a", id="a name below it"
        ),
        pytest.param("https://xn--a.example/", "xn--a.example", "xn--a.example", id="a name that does not decode"),
        pytest.param("https://www.google.com./", "Google", "google.com", id="a final dot"),
    ],
)
def test_a_referrer_is_compared_with_the_page_in_every_spelling(referrer, source, referring_page):
    pipeline = a_pipeline(Site(7, "müller.example", "Europe/Paris", 761))
    hit = a_hit(d="müller.example", u="https://xn--mller-kva.example/", r=referrer)

    attributes = admitted(pipeline, hit, domain="müller.example").visit.attributes

    assert (source, referring_page) == (attributes.source, attributes.referrer)


@pytest.mark.parametrize(
    ("referrer", "query", "source", "channel"),
    [
        pytest.param("https://www.paypal.com/checkout?token=x", "", "", "Direct", id="a payment page"),
        pytest.param("https://bank.example/3ds/done", "", "", "Direct", id="below an ignored path"),
        pytest.param("https://bank.example/blog", "", "bank.example", "Referral", id="another page of its domain"),
        pytest.param("https://notpaypal.com/", "", "notpaypal.com", "Referral", id="a domain that only ends alike"),
        pytest.param("https://paypal.com/", "?utm_source=fb", "Facebook", "Organic Social", id="a tagged link"),
    ],
)
def test_an_ignored_referrer_is_never_a_source(referrer, query, source, channel):
    site = Site(1, "example.org", "Europe/Paris", 761, ignored_referrers=("bank.example/3ds", "paypal.com"))
    attributes = admitted(a_pipeline(site), a_hit(f"/{query}", r=referrer)).visit.attributes

    assert (source, channel) == (attributes.source, attributes.channel)
    assert bool(source and not query) is bool(attributes.referrer)


RULED = Site(1, "example.org", "Europe/Paris", 761, path_rules=PathRules(("/order/*",), merges_slashes=True))


@pytest.mark.parametrize(
    ("site", "path", "stored"),
    [
        pytest.param(RULED, "/order/123", "/order/*", id="a path that a rule matches"),
        pytest.param(RULED, "/about/", "/about", id="a slash that is merged"),
        pytest.param(RULED, "/about", "/about", id="another path"),
        pytest.param(SITE, "/order/123/", "/order/123/", id="a site without rules"),
    ],
)
def test_a_path_is_stored_as_the_rules_of_the_site_say(site, path, stored):
    record = admitted(a_pipeline(site), a_hit(path))

    assert (stored, stored) == (record.event.path, record.visit.entry_page)


def test_exclusions_see_the_path_before_the_rules_of_the_site():
    rule = an_exclusion({"path": "/order/test"})
    pipeline = a_pipeline(RULED, exclusions=(rule,))

    assert isinstance(pipeline.admit(a_hit("/order/test"), domain="example.org", now=NOON), Dropped)
    assert "/order/*" == admitted(pipeline, a_hit("/order/1")).event.path


def test_a_visit_keeps_its_source_on_the_way_back_from_an_ignored_referrer():
    site = Site(1, "example.org", "Europe/Paris", 761, ignored_referrers=("paypal.com",))
    pipeline = a_pipeline(site)
    admitted(pipeline, a_hit("/", r="https://www.google.com/"))

    back = admitted(pipeline, a_hit("/thanks", r="https://www.paypal.com/"), now=NOON + 60)

    assert (2, "Google") == (back.visit.version, back.visit.attributes.source)


@pytest.mark.parametrize(
    ("referrer", "is_excluded"),
    [
        pytest.param("https://a.spam.example/b?c", True, id="below the domain"),
        pytest.param("https://good.example/?spam.example", False, id="a domain in the query"),
        pytest.param("", False, id="no referrer"),
    ],
)
def test_a_rule_looks_at_the_referrer(referrer, is_excluded):
    pipeline = a_pipeline(exclusions=(an_exclusion({"referrer": "spam.example"}),))
    outcome = pipeline.admit(a_hit(r=referrer), domain="example.org", now=NOON)

    assert is_excluded is (isinstance(outcome, Dropped) and outcome.reason is Reason.EXCLUDED)


def test_a_site_that_moved_is_found_by_its_former_host():
    moved = Site(1, "new.example", "Europe/Paris", 761, former_domains=(FormerDomain("example.org", NOON),))

    assert moved == a_pipeline(moved).site_of_host("www.example.org")
