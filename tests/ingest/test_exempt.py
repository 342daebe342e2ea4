from dataclasses import replace as changed
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from ingest import exempt
from ingest.enrich.place import Places
from ingest.gates.exclusions import Exclusions
from ingest.gates.rate_limit import RateLimits
from ingest.hit import Hit
from ingest.outcome import Dropped, Reason
from ingest.pipeline import PATH_EVENTS, Pipeline
from ingest.request.client_ip import pack
from ingest.request.signals import Signals
from ingest.storage.flush import record_payload
from ingest.visits.live_visits import Visits
from ingest.visits.salts import Salts
from schema.privacy.profile import EXEMPT, Privacy
from schema.records.visit import Attributes
from schema.sites.sites import Site
from tests.factories import an_exclusion
from tests.ingest.test_pipeline import (
    FIREFOX,
    IPHONE,
    NOON,
    SITE,
    a_hit,
    a_pipeline,
    admitted,
    an_engagement,
    sent_with,
)
from tests.mmdb import write

EXEMPT_ONLY = Privacy(profile=EXEMPT, retention_months=13)
WITH_ACQUISITION = msgspec.structs.replace(EXEMPT_ONLY, shows_acquisition=True)
DECLARING = msgspec.structs.replace(EXEMPT_ONLY, declared_events=("Signup", "404"))


def an_exempt(privacy: Privacy = EXEMPT_ONLY) -> Site:
    return changed(SITE, privacy=privacy)


def attributes_of(hit: Hit, privacy: Privacy = EXEMPT_ONLY) -> Attributes:
    return admitted(a_pipeline(an_exempt(privacy)), hit).visit.attributes


@pytest.mark.parametrize(
    ("address", "shortened"),
    [
        pytest.param("198.51.100.7", "198.51.100.0", id="the last octet"),
        pytest.param("198.51.100.0", "198.51.100.0", id="already short"),
        pytest.param("2001:db8:1:2:3:4:5:6", "2001:db8:1::", id="the last 80 bits"),
        pytest.param("2002:c633:6407:1::1", "2002:c633:6400::", id="an IPv4 address within an IPv6 one"),
        pytest.param("2001:0:c633:6401::1", "2001:0:c633::", id="another transition address ends in the visitor's"),
        pytest.param("::1", "::", id="nothing stays"),
    ],
)
def test_an_address_loses_its_end(address, shortened):
    assert pack(shortened) == exempt.network(pack(address))


def test_a_mapped_address_is_an_ipv4_address():
    mapped = bytes(10) + b"\xff\xff" + pack("198.51.100.7")

    assert exempt.network(mapped) == exempt.network(pack("::ffff:198.51.100.7")) == pack("198.51.100.0")


def test_an_unknown_address_stays_unknown():
    assert exempt.network(b"") == b""


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        pytest.param("198.51.100.250", True, id="a neighbour in the last octet"),
        pytest.param("198.51.101.7", False, id="a neighbour in the octet before"),
        pytest.param("::ffff:198.51.100.9", True, id="a neighbour in mapped form"),
    ],
)
def test_the_visitor_number_does_not_know_the_last_octet(other, is_same):
    pipeline = a_pipeline(an_exempt())
    first, second = (admitted(pipeline, a_hit(address=address)) for address in ("198.51.100.7", other))

    assert is_same == (first.visit.visitor_id == second.visit.visitor_id)


def test_a_standard_site_tells_neighbours_apart():
    pipeline = a_pipeline()
    first, second = (admitted(pipeline, a_hit(address=address)) for address in ("198.51.100.7", "198.51.100.9"))

    assert first.visit.visitor_id != second.visit.visitor_id


def test_forgetting_finds_the_number_of_the_shortened_address():
    pipeline = a_pipeline(an_exempt())
    stored = admitted(pipeline, a_hit())
    numbers, visits = pipeline.forget(
        "example.org", host="example.org", address=pack("198.51.100.7"), user_agent=FIREFOX, now=NOON
    )

    assert {stored.visit.visitor_id} == numbers == {visit.visitor_id for visit in visits}


def a_place_table(directory: Path) -> Places:
    """Return places that differ within the last octet, and have cities."""
    paris = {"country": {"iso_code": "FR"}, "subdivisions": [{"iso_code": "75", "names": {"en": "Paris"}}]}
    city = {"city": {"geoname_id": 2988507, "names": {"en": "Paris"}}}
    write(
        directory / "places.mmdb", {"198.51.100.0/30": paris | city, "198.51.100.4/30": {"country": {"iso_code": "BE"}}}
    )
    places = Places(directory)
    places.refresh()
    return places


@pytest.mark.parametrize(
    ("privacy", "place"),
    [
        pytest.param(EXEMPT_ONLY, ("FR", "FR-75", "Paris", 0, ""), id="exempt: of the network, without the city"),
        pytest.param(Privacy(), ("BE", "", "", 0, ""), id="standard: of the address"),
    ],
)
def test_the_place_is_looked_up_after_shortening(tmp_path, privacy, place):
    pipeline = Pipeline(salts=Salts(None), visits=Visits(), places=a_place_table(tmp_path))
    pipeline.apply([an_exempt(privacy)], Exclusions())
    found = admitted(pipeline, a_hit(address="198.51.100.7")).visit.attributes

    assert place == (found.country, found.region, found.region_name, found.city, found.city_name)


def test_a_standard_site_keeps_the_city(tmp_path):
    pipeline = Pipeline(salts=Salts(None), visits=Visits(), places=a_place_table(tmp_path))
    pipeline.apply([SITE], Exclusions())
    found = admitted(pipeline, a_hit(address="198.51.100.1")).visit.attributes

    assert (2988507, "Paris") == (found.city, found.city_name)


def test_exclusions_see_the_whole_address_and_its_country(tmp_path):
    rules = (
        an_exclusion({"network": "198.51.100.9"}, rule_id=5),
        an_exclusion({"country": "BE"}, rule_id=6),
    )
    pipeline = Pipeline(salts=Salts(None), visits=Visits(), places=a_place_table(tmp_path))
    pipeline.apply([an_exempt()], Exclusions(rules))
    outcomes = [pipeline.admit(a_hit(address=f"198.51.100.{end}"), domain="example.org", now=NOON) for end in (9, 7, 1)]

    assert [Dropped(Reason.EXCLUDED, 1, 5), Dropped(Reason.EXCLUDED, 1, 6)] == outcomes[:2]
    assert not isinstance(outcomes[2], Dropped)


def test_limits_see_the_whole_address():
    pipeline = Pipeline(
        salts=Salts(None), visits=Visits(), places=Places(), limits=RateLimits(client_per_minute=1, site_per_minute=100)
    )
    pipeline.apply([an_exempt()], Exclusions())
    outcomes = [pipeline.admit(a_hit(address=f"198.51.100.{end}"), domain="example.org", now=NOON) for end in (1, 2, 1)]

    assert [False, False, True] == [isinstance(outcome, Dropped) for outcome in outcomes]


CAMPAIGN = (
    "/?utm_source=letter&utm_medium=email&utm_campaign=spring&utm_content=a&utm_term=b&ref=r&source=s&gclid=PRIVATE"
)


@pytest.mark.parametrize("privacy", [EXEMPT_ONLY, WITH_ACQUISITION])
@pytest.mark.parametrize("hash_mode", [0, 1])
def test_campaign_parameters_are_not_read(privacy, hash_mode):
    tagged = attributes_of(a_hit(f"{CAMPAIGN}#/route{CAMPAIGN[1:]}", h=hash_mode), privacy)

    assert tagged == attributes_of(a_hit("/"), privacy)


def test_a_campaign_leaves_no_trace_in_what_is_written():
    record = admitted(a_pipeline(an_exempt(WITH_ACQUISITION)), a_hit(CAMPAIGN, r="https://news.example/a?b=c"))
    payload = record_payload(record)

    assert [] == [text for text in (b"letter", b"email", b"spring", b"PRIVATE", b"gclid", b"Email") if text in payload]


@pytest.mark.parametrize(
    ("referrer", "privacy", "stored"),
    [
        pytest.param("https://www.google.com/search?q=x", EXEMPT_ONLY, ("", "", ""), id="off by default"),
        pytest.param("", EXEMPT_ONLY, ("", "", ""), id="none: the channel is not derived either"),
        pytest.param("https://www.google.com/search?q=x", WITH_ACQUISITION,
                     ("google.com", "Google", "Organic Search"), id="switched on: the host"),
        pytest.param("https://blog.example/2026/private-page/", WITH_ACQUISITION,
                     ("blog.example", "blog.example", "Referral"), id="an unknown host"),
        pytest.param("android-app://com.example.reader/https/page", WITH_ACQUISITION,
                     ("android-app://com.example.reader", "android-app://com.example.reader", "Referral"),
                     id="an app"),
        pytest.param("", WITH_ACQUISITION, ("", "", "Direct"), id="switched on, direct"),
        pytest.param("https://www.google.com/search?q=x", Privacy(),
                     ("google.com/search", "Google", "Organic Search"), id="standard: host and path"),
    ],
)  # fmt: skip
def test_the_referrer_is_stored_only_if_acquisition_is(referrer, privacy, stored):
    attributes = attributes_of(a_hit(r=referrer), privacy)

    assert stored == (attributes.referrer, attributes.source, attributes.channel)


def test_a_rule_about_a_path_still_ignores_a_referrer():
    site = changed(an_exempt(WITH_ACQUISITION), ignored_referrers=("pay.example/checkout/*",))
    paid, other = (
        admitted(a_pipeline(site), a_hit(r=f"https://pay.example/{path}")).visit.attributes
        for path in ("checkout/done", "news")
    )

    assert ("", "pay.example") == (paid.source, other.source)


@pytest.mark.parametrize(
    ("user_agent", "exempt_version", "standard_version"),
    [
        pytest.param(FIREFOX, ("140", ""), ("140.0", ""), id="a browser"),
        pytest.param(IPHONE, ("18", "18"), ("18.5", "18.5"), id="a system"),
    ],
)
def test_versions_have_no_minor_part(user_agent, exempt_version, standard_version):
    hit = a_hit(user_agent=user_agent)
    reduced, whole = attributes_of(hit), attributes_of(hit, Privacy())

    assert exempt_version == (reduced.browser_version, reduced.os_version)
    assert standard_version == (whole.browser_version, whole.os_version)
    assert (whole.browser, whole.os, whole.device) == (reduced.browser, reduced.os, reduced.device)


@pytest.mark.parametrize(
    ("name", "is_stored"),
    [
        pytest.param("Signup", True, id="declared"),
        pytest.param("signup", False, id="declared in another case"),
        pytest.param("Purchase", False, id="not declared"),
        pytest.param("404", True, id="an automatic event that is declared"),
        pytest.param("Outbound Link: Click", False, id="outbound links"),
        pytest.param("File Download", False, id="downloads"),
        pytest.param("Form: Submission", False, id="forms"),
        pytest.param("WP Search Queries", False, id="of a plugin"),
    ],
)
def test_only_declared_events_enter(name, is_stored):
    pipeline = a_pipeline(an_exempt(DECLARING))
    outcome = pipeline.admit(a_hit(n=name), domain="example.org", now=NOON)

    assert is_stored == (outcome != Dropped(Reason.UNDECLARED_EVENT, 1))
    assert is_stored == (not isinstance(outcome, Dropped))
    assert is_stored == (not isinstance(pipeline.admit(an_engagement(), domain="example.org", now=NOON), Dropped)), (
        "a refused event begins no visit"
    )


def test_a_standard_site_takes_any_name():
    assert "Purchase" == admitted(a_pipeline(), a_hit(n="Purchase")).event.name


def test_a_bot_s_event_counts_as_a_bot():
    bot = a_hit(n="Purchase", user_agent="curl/8.0")

    assert Dropped(Reason.BOT_OTHER, 1) == a_pipeline(an_exempt()).admit(bot, domain="example.org", now=NOON)


@pytest.mark.parametrize("name", ["pageview", "Signup", "404"])
def test_properties_and_revenue_are_not_stored(name):
    record = admitted(
        a_pipeline(an_exempt(DECLARING)),
        a_hit("/shop", n=name, p={"plan": "pro", "path": "/x"}, revenue={"amount": 10, "currency": "EUR"}),
    )

    assert ({}, {}, None, "") == (
        record.event.props,
        record.visit.entry_props,
        record.event.revenue_amount,
        record.event.revenue_currency,
    )


@pytest.mark.parametrize("name", sorted(PATH_EVENTS))
def test_no_event_gets_its_path_as_a_property(name):
    privacy = msgspec.structs.replace(EXEMPT_ONLY, declared_events=tuple(PATH_EVENTS))

    assert {} == admitted(a_pipeline(an_exempt(privacy)), a_hit("/gone", n=name)).event.props
    assert {"path": "/gone"} == admitted(a_pipeline(), a_hit("/gone", n=name)).event.props


def test_reading_time_and_scroll_depth_stay():
    pipeline = a_pipeline(an_exempt())
    admitted(pipeline, a_hit())
    engagement = admitted(pipeline, an_engagement(p={"plan": "pro"}), now=NOON + 10)

    assert (40, 5000, {}) == (engagement.event.scroll_depth, engagement.event.engagement_ms, engagement.event.props)


def test_a_hidden_country_stays_hidden():
    assert "A1" == attributes_of(sent_with(a_hit(), signals=Signals(country="A1"))).country


def test_the_fields_of_a_visit_are_all_decided():
    """A new attribute must not enter an exempt site unnoticed."""
    values = [9 if name == "city" else "a.b" for name in Attributes.__struct_fields__]
    everything = msgspec.convert(values, Attributes)
    kept = {name for name in Attributes.__struct_fields__ if getattr(exempt.reduced(everything, EXEMPT_ONLY), name)}

    assert kept == {"country", "region", "region_name", "browser", "browser_version", "os", "os_version", "device"}


def test_a_site_that_changes_its_profile_obeys_at_once():
    pipeline = a_pipeline()
    before = admitted(pipeline, a_hit(p={"plan": "pro"}))
    pipeline.apply([an_exempt()], Exclusions())
    after = admitted(pipeline, a_hit(p={"plan": "pro"}))

    assert ({"plan": "pro"}, {}) == (before.event.props, after.event.props)


def test_a_hit_for_two_sites_enters_each_by_its_own_rules():
    standard = changed(SITE, id=2, domain="other.example")
    pipeline = a_pipeline(an_exempt(), standard)
    hit = replace(a_hit(CAMPAIGN, p={"plan": "pro"}), domains=("example.org", "other.example"))
    reduced, whole = (admitted(pipeline, hit, domain=domain) for domain in hit.domains)

    assert ({}, "") == (reduced.event.props, reduced.visit.attributes.utm_source)
    assert ({"plan": "pro"}, "letter") == (whole.event.props, whole.visit.attributes.utm_source)
