import dataclasses
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.history.past_event import PastEvent, PastEventError, Reader
from schema.privacy.profile import EXEMPT, Privacy
from schema.records.event import NO_SCROLL_DEPTH
from schema.records.visit import Attributes
from schema.sites.path_rules import PathRules
from schema.sites.sites import Site
from tests.ingest.test_pipeline import SITE as KNOWN

NOW = int(datetime(2026, 3, 12, 12, tzinfo=UTC).timestamp())
SITE: Site = dataclasses.replace(KNOWN, timezone="Europe/Paris", retention_days=100)
MINIMAL = {"time": "2026-03-10T12:00:00Z", "url": "https://example.org/a"}


def read(fields: dict[str, Any], *, line: int = 7, salt: bytes = b"s" * 16) -> PastEvent:
    return Reader(SITE, salt=salt, now=NOW).read(line, fields)


def test_a_line_of_a_time_and_a_page_is_a_page_view():
    event = read(MINIMAL)

    assert (event.name, event.hostname, event.path) == ("pageview", "example.org", "/a")
    assert (event.time, event.day) == (1_773_144_000, 20_522)
    assert (event.interactive, event.scroll_depth, event.engagement_ms) == (True, NO_SCROLL_DEPTH, 0)
    assert event.attributes == Attributes(channel="Direct")


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        pytest.param("2026-03-10T12:00:00Z", 1_773_144_000, id="UTC"),
        pytest.param("2026-03-10T13:00:00.999+01:00", 1_773_144_000, id="offset and fraction"),
        pytest.param("2026-03-10 12:00:00", 1_773_144_000, id="no offset is UTC"),
        pytest.param(1_773_144_000_999, 1_773_144_000, id="milliseconds"),
        pytest.param("1773144000999", 1_773_144_000, id="milliseconds as text"),
    ],
)
def test_times_are_read(time, seconds):
    assert read(MINIMAL | {"time": time}).time == seconds


def test_all_fields_are_read():
    event = read(
        {
            "name": "Purchase",
            "time": "2026-03-10T23:30:00Z",
            "visitor": "someone",
            "hostname": "www.Example.org",
            "pathname": "/100%25?secret=1",
            "referrer": "www.google.com/search",
            "utm_medium": "cpc",
            "utm_campaign": "spring",
            "click_id_param": "gclid",
            "browser": "Firefox",
            "browser_version": "145.0",
            "os": "Mac",
            "os_version": "10.15",
            "screen_size": "Laptop",
            "country": "fr",
            "subdivision1": "FR-75",
            "city": "2988507",
            "props": {"plan": "pro", "seats": 3},
            "revenue": {"amount": "9.90", "currency": "EUR"},
            "interactive": "false",
        }
    )

    assert (event.day, event.hostname, event.path) == (20_523, "example.org", "/100%25")
    assert event.props == {"plan": "pro", "seats": "3"}
    assert (event.revenue_amount, event.revenue_currency, event.interactive) == (Decimal("9.900"), "EUR", False)
    assert event.attributes == Attributes(
        referrer="google.com/search",
        source="Google",
        channel="Paid Search",
        utm_medium="cpc",
        utm_campaign="spring",
        click_id_param="gclid",
        country="FR",
        region="FR-75",
        city=2_988_507,
        browser="Firefox",
        browser_version="145.0",
        os="Mac",
        os_version="10.15",
        device="Desktop",
    )


def test_tags_and_source_of_the_address_count_where_no_field_names_them():
    tagged = MINIMAL | {"url": "https://example.org/?utm_source=news&utm_campaign=may&gclid=secret"}

    assert read(tagged).attributes.utm_campaign == "may"
    assert read(tagged).attributes.click_id_param == "gclid"
    assert read(tagged | {"utm_campaign": "june", "source": "facebook"}).attributes.utm_campaign == "june"
    assert read(tagged | {"source": "facebook"}).attributes.source == "Facebook"
    assert "secret" not in repr(read(tagged))


@pytest.mark.parametrize(
    ("referrer", "source"),
    [("https://www.paypal.com/", ""), ("paypal.com/checkout", ""), ("https://notpaypal.com/", "notpaypal.com")],
)
def test_an_ignored_referrer_is_never_a_source(referrer, source):
    site = dataclasses.replace(SITE, ignored_referrers=("paypal.com",))
    event = Reader(site, salt=b"s" * 16, now=NOW).read(1, MINIMAL | {"referrer": referrer})

    assert event.attributes.source == source


@pytest.mark.parametrize(
    "page",
    [
        pytest.param({"url": "https://example.org/order/5?x=1"}, id="a URL"),
        pytest.param({"url": "", "hostname": "example.org", "pathname": "/order/5/"}, id="a host and a path"),
    ],
)
def test_the_path_rules_of_the_site_apply(page):
    site = dataclasses.replace(SITE, path_rules=PathRules(("/order/*",)))
    event = Reader(site, salt=b"s" * 16, now=NOW).read(1, MINIMAL | page)

    assert "/order/*" == event.path


def test_cells_of_a_table_hold_objects_as_text():
    event = read(MINIMAL | {"props": '{"a": "b"}', "revenue": '{"amount": 1, "currency": "USD"}'})

    assert (event.props, event.revenue_currency) == ({"a": "b"}, "USD")


def test_engagement_has_depth_and_time():
    event = read(MINIMAL | {"name": "engagement", "scroll_depth": "55", "engagement_time": 1200})

    assert (event.scroll_depth, event.engagement_ms) == (55, 1200)


def test_a_visitor_has_another_number_on_another_day_and_is_known_for_one_more():
    first = read(MINIMAL | {"visitor": "someone"})
    next_day = read(MINIMAL | {"visitor": "someone", "time": "2026-03-11T12:00:00Z"})

    assert first.visitor_id != next_day.visitor_id
    assert first.visitor_id == next_day.previous_id


def test_a_visitor_is_one_whatever_the_page_and_another_under_another_salt():
    known = MINIMAL | {"visitor": "someone"}

    assert read(known).visitor_id == read(known | {"url": "https://shop.example.org/b"}, line=8).visitor_id
    assert read(known).visitor_id != read(known, salt=b"t" * 16).visitor_id
    assert read(known).visitor_id != read(known | {"visitor": "someone else"}).visitor_id


def test_without_a_visitor_each_line_is_one():
    assert read(MINIMAL, line=1).visitor_id != read(MINIMAL, line=2).visitor_id
    assert read(MINIMAL, line=1).visitor_id != read(MINIMAL | {"visitor": "1"}).visitor_id


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param({"time": None}, "time is missing", id="no time"),
        pytest.param({"time": "yesterday"}, "time must be as in", id="no such time"),
        pytest.param({"time": [1]}, "time must be as in", id="time of another kind"),
        pytest.param({"time": "9" * 18}, "between 1970 and 2106", id="far time"),
        pytest.param({"time": -1000}, "between 1970 and 2106", id="early time"),
        pytest.param({"time": "2026-03-12T12:00:01Z"}, "in the future", id="future"),
        pytest.param({"time": "2025-12-01T00:00:00Z"}, "more than 100 days ago", id="not kept any more"),
        pytest.param({"url": ""}, "url is missing, or hostname and pathname", id="no page"),
        pytest.param({"url": "", "hostname": "example.org"}, "url is missing", id="no path"),
        pytest.param({"url": {}}, "url must be a text", id="address of another kind"),
        pytest.param({"name": " "}, "name can't be blank", id="no name"),
        pytest.param({"name": "x" * 121}, "name should be at most 120", id="long name"),
        pytest.param({"name": "engagement"}, "engagement needs", id="empty engagement"),
        pytest.param({"props": {"a" * 301: "b"}}, "props keys should have", id="long property"),
        pytest.param({"revenue": {"amount": 1}}, "revenue must be", id="no currency"),
        pytest.param({"click_id_param": "abc"}, "click_id_param must be one of gclid", id="a click identifier"),
        pytest.param({"screen_size": "Watch"}, "screen_size must be", id="device"),
        pytest.param({"country": "France"}, "country must be two letters", id="country"),
        pytest.param({"subdivision1": "Paris"}, "subdivision1 must be", id="region"),
        pytest.param({"city": "Paris"}, "city must be a number", id="city"),
        pytest.param({"browser": "x" * 101}, "browser has more than 100 characters", id="long browser"),
        pytest.param({"os": True}, "os must be a text", id="system of another kind"),
        pytest.param({"visitor": "x" * 1001}, "visitor has more than", id="long visitor"),
    ],
)
def test_what_can_t_be_taken_is_a_sentence(changes, problem):
    with pytest.raises(PastEventError, match=problem):
        read(MINIMAL | changes)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = (
    *("name", "time", "visitor", "url", "hostname", "pathname", "referrer", "source", "utm_source", "click_id_param"),
    *("browser", "os", "screen_size", "country", "subdivision1", "city", "props", "revenue", "scroll_depth"),
    *("engagement_time", "interactive"),
)


@given(st.dictionaries(st.sampled_from(FIELDS), ANYTHING), st.booleans())
def test_whatever_a_line_holds_it_is_an_event_or_a_sentence(fields, is_complete):
    try:
        event = read(MINIMAL | fields if is_complete else fields)
    except PastEventError:
        return
    assert event.path
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=PastEvent) == event


EXEMPT_SITE = dataclasses.replace(SITE, privacy=Privacy(profile=EXEMPT, retention_months=13))
SHOWING = dataclasses.replace(EXEMPT_SITE, privacy=msgspec.structs.replace(EXEMPT_SITE.privacy, shows_acquisition=True))
FULL = MINIMAL | {
    "url": "https://example.org/a?utm_source=letter&gclid=PRIVATE&ref=r",
    "referrer": "https://www.google.com/search/page",
    "utm_medium": "cpc",
    "utm_campaign": "spring",
    "click_id_param": "gclid",
    "browser": "Firefox",
    "browser_version": "145.0",
    "os": "Mac",
    "os_version": "10.15",
    "country": "FR",
    "subdivision1": "FR-75",
    "region_name": "Paris",
    "city": "2988507",
    "city_name": "Paris",
    "props": {"plan": "pro"},
    "revenue": {"amount": "9.90", "currency": "EUR"},
}


def read_for(site: Site, fields: dict[str, Any]) -> PastEvent:
    return Reader(site, salt=b"s" * 16, now=NOW).read(7, fields)


@pytest.mark.parametrize(
    ("site", "acquisition"),
    [
        pytest.param(EXEMPT_SITE, {}, id="without acquisition"),
        pytest.param(
            SHOWING, {"referrer": "google.com", "source": "Google", "channel": "Organic Search"}, id="with it"
        ),
    ],
)
def test_an_exempt_site_gets_reduced_events(site, acquisition):
    event = read_for(site, FULL)

    assert (event.props, event.revenue_amount, event.revenue_currency) == ({}, None, "")
    assert event.attributes == Attributes(
        country="FR", region="FR-75", region_name="Paris", browser="Firefox", browser_version="145", os="Mac",
        os_version="10", **acquisition,
    )  # fmt: skip


def test_a_standard_site_gets_them_whole():
    event = read_for(SITE, FULL)

    assert (event.props, event.revenue_currency) == ({"plan": "pro"}, "EUR")
    assert (event.attributes.utm_source, event.attributes.city, event.attributes.os_version) == (
        "letter", 2988507, "10.15",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("site", "name", "is_accepted"),
    [
        pytest.param(EXEMPT_SITE, "Signup", False, id="not declared"),
        pytest.param(EXEMPT_SITE, "File Download", False, id="an automatic event"),
        pytest.param(EXEMPT_SITE, "pageview", True, id="a page view"),
        pytest.param(SITE, "Signup", True, id="a standard site"),
    ],
)
def test_an_undeclared_event_of_an_exempt_site_is_rejected(site, name, is_accepted):
    if is_accepted:
        assert read_for(site, MINIMAL | {"name": name}).name == name
        return
    with pytest.raises(PastEventError, match="name is not declared"):
        read_for(site, MINIMAL | {"name": name})


@pytest.mark.parametrize(
    ("site", "visitors", "are_one"),
    [
        pytest.param(EXEMPT_SITE, ("198.51.100.7", "198.51.100.9"), True, id="neighbours"),
        pytest.param(EXEMPT_SITE, ("198.51.100.7", "198.51.101.7"), False, id="another network"),
        pytest.param(EXEMPT_SITE, ("2001:db8::1", "2001:db8::2"), True, id="neighbours in IPv6"),
        pytest.param(EXEMPT_SITE, ("anna", "bert"), False, id="names"),
        pytest.param(SITE, ("198.51.100.7", "198.51.100.9"), False, id="neighbours on a standard site"),
    ],
)
def test_an_address_as_visitor_loses_its_end_on_an_exempt_site(site, visitors, are_one):
    first, second = (read_for(site, MINIMAL | {"visitor": visitor}).visitor_id for visitor in visitors)

    assert are_one == (first == second)
