import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from itertools import chain, repeat
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.gates.exclusions import COUNTED, NO_RULE, Exclusions, Seen, Verdict
from ingest.request.client_ip import UNKNOWN, pack
from schema.exclusions import condition, home
from schema.exclusions.condition import Match, MatchAll, MatchAny, MatchNot, RuleCondition
from schema.exclusions.rules import Exclusion, Rule, RuleAction, RuleMode
from tests.factories import an_exclusion

SITE, OTHER_SITE = 1, 2
KEY = b"k" * 32
ANSWERS = {"home.example.org": ["203.0.113.9/32", "2001:db8:9::/64"]}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def seen(
    address: str = "198.51.100.7",
    *,
    user_agent: str = FIREFOX,
    page_host: str = "example.org",
    referrer: str = "",
    path: str = "/",
    country: str = "FR",
    headers: Mapping[str, str] | None = None,
) -> Seen:
    return Seen(pack(address), user_agent, page_host, path, headers or {}, lambda: country, referrer)


def verdict(rules: list[Exclusion], hit: Seen, *, site_id: int = SITE, now: float = 0) -> Verdict:
    compiled = Exclusions(rules, now=now, answers=ANSWERS, home_key=KEY)
    return compiled.decide(hit.address, site_id=site_id, seen=lambda: hit)


def home_of(address: str) -> str:
    return home.hash_of(address, key=KEY)


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        pytest.param("192.0.2.7", "192.0.2.7", "192.0.2.8", id="one address"),
        pytest.param("192.0.2.0/24", "192.0.2.0", "192.0.1.255", id="the first of a network"),
        pytest.param("192.0.2.0/24", "192.0.2.255", "192.0.3.0", id="the last of a network"),
        pytest.param("192.0.2.0/31", "192.0.2.1", "192.0.2.2", id="two addresses"),
        pytest.param("128.0.0.0/1", "255.255.255.255", "127.255.255.255", id="half of the world"),
        pytest.param("192.0.2.0/24", "::ffff:192.0.2.7", "::ffff:192.0.3.7", id="a visitor in mapped form"),
        pytest.param("::ffff:192.0.2.0/120", "192.0.2.7", "192.0.3.7", id="a rule in mapped form"),
        pytest.param("192.0.2.0/24", "192.0.2.7", "::192.0.2.7", id="an ipv6 address that only looks mapped"),
        pytest.param("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1", id="one ipv6 address means its /64"),
        pytest.param("2001:db8::1/128", "2001:db8::1", "2001:db8::2", id="one ipv6 address alone"),
        pytest.param("2001:db8::/32", "2001:db8:ffff:ffff::", "2001:db9::", id="an ipv6 network"),
        pytest.param("::/8", "::1", "0.0.0.1", id="low ipv6 numbers are no ipv4"),
        pytest.param(["192.0.2.7", "2001:db8::/48"], "2001:db8::7", "192.0.2.8", id="one of several"),
    ],
)
@pytest.mark.parametrize("beside", [{}, {"path": "/**"}], ids=["alone", "as part of a condition"])
def test_a_rule_covers_its_network_and_no_neighbour(network, inside, outside, beside):
    rules = [an_exclusion({"network": network, **beside})]

    assert verdict(rules, seen(inside)) == Verdict(excluded_by=7)
    assert verdict(rules, seen(outside)) == COUNTED


@pytest.mark.parametrize(
    ("rule", "hit", "other"),
    [
        pytest.param({"home": home_of("192.0.2.7")}, seen("192.0.2.7"), seen("192.0.2.8"), id="a home"),
        pytest.param({"home": home_of("192.0.2.7")}, seen("::ffff:192.0.2.7"), seen("::192.0.2.7"),
                     id="a home, mapped"),
        pytest.param({"home": home_of("2001:db8::1")}, seen("2001:db8::ff:2"), seen("2001:db8:0:1::1"),
                     id="a home's other devices"),
        pytest.param({"home": home_of("192.0.2.7")}, seen("192.0.2.7"), seen("nonsense"),
                     id="no home without an address"),
        pytest.param({"host_name": "home.example.org"}, seen("203.0.113.9"), seen("203.0.113.8"), id="a host name"),
        pytest.param({"host_name": "Home.Example.org."}, seen("2001:db8:9::5"), seen("2001:db8:8::5"),
                     id="a host name by ipv6"),
        pytest.param({"any": [{"host_name": "gone.example.org"}, {"network": "192.0.2.0/24"}]}, seen("192.0.2.1"),
                     seen("203.0.113.9"), id="a host name that has no address"),
        pytest.param({"header": "X-Office: yes"}, seen(headers={"x-office": "yes"}), seen(headers={"x-office": "no"}),
                     id="a header"),
        pytest.param({"header": "X-Office: yes"}, seen(headers={"x-office": "yes"}), seen(headers={"x-other": "yes"}),
                     id="a header of another name"),
        pytest.param({"page_host": "staging.example.org"}, seen(page_host="staging.example.org"),
                     seen(page_host="old.staging.example.org"), id="a host"),
        pytest.param({"page_host": "*.example.net"}, seen(page_host="a.b.example.net"), seen(page_host="example.net"),
                     id="hosts by a star"),
        pytest.param({"page_host": "xn--mller-kva.example"}, seen(page_host="müller.example"),
                     seen(page_host="muller.example"), id="an international host"),
        pytest.param({"referrer": "spam.example"}, seen(referrer="a.spam.example/b"),
                     seen(referrer="notspam.example"), id="a referrer"),
        pytest.param({"referrer": ["other.example", "*.spam.example/buy"]}, seen(referrer="a.spam.example/buy/now"),
                     seen(referrer=""), id="a referrer by a pattern"),
        pytest.param({"page_host": "a.example"}, seen(page_host="a.example"), seen(page_host="aXexample"),
                     id="a dot is a dot"),
        pytest.param({"page_host": "www.example.org"}, seen(page_host="example.org"), seen(page_host="wwwexample.org"),
                     id="a host with www, which is never part of it"),
        pytest.param({"path": "/admin"}, seen(path="/admin"), seen(path="/admin/users"), id="a page"),
        pytest.param({"path": "/admin/*"}, seen(path="/admin/users"), seen(path="/admin/users/7"), id="one segment"),
        pytest.param({"path": "/admin/**"}, seen(path="/admin/users/7"), seen(path="/administrators"), id="any depth"),
        pytest.param({"path": "/*/edit"}, seen(path="/x/edit"), seen(path="/x/y/edit"), id="a star in the middle"),
        pytest.param({"path": "/a.b"}, seen(path="/a.b"), seen(path="/aXb"), id="a dot in a path is a dot"),
        pytest.param({"user_agent": "pingdom"}, seen(user_agent="x PingDom.com_bot"), seen(user_agent="x Ping"),
                     id="a part of the user agent"),
        pytest.param({"user_agent": "a.c"}, seen(user_agent="a.c"), seen(user_agent="abc"), id="a part is no pattern"),
        pytest.param({"user_agent_pattern": "^Site24.7$"}, seen(user_agent="Site24x7"), seen(user_agent="a Site24x7"),
                     id="a pattern"),
        pytest.param({"country": "fr"}, seen(country="FR"), seen(country="BE"), id="a country"),
        pytest.param({"country": "FR"}, seen(country="FR"), seen(country=""), id="no country"),
        pytest.param({"not": {"country": "FR"}}, seen(country="BE"), seen(country="FR"), id="not"),
        pytest.param({"network": "192.0.2.0/24", "not": {"network": "192.0.2.128/25"}}, seen("192.0.2.1"),
                     seen("192.0.2.200"), id="the office and not the trainee room"),
        pytest.param({"all": [{"path": "/a"}, {"country": "FR"}]}, seen(path="/a"), seen(path="/a", country="BE"),
                     id="all of"),
        pytest.param({"any": [{"path": "/a"}, {"country": "BE"}]}, seen(country="BE"), seen(path="/b"), id="any of"),
        pytest.param({"any": [{"network": "192.0.2.0/24"}, {"home": home_of("203.0.113.1")}]}, seen("203.0.113.1"),
                     seen("203.0.113.2"), id="any of several kinds of addresses"),
    ],
)  # fmt: skip
def test_each_matcher_matches_its_values_and_nothing_else(rule, hit, other):
    rules = [an_exclusion(rule)]

    assert verdict(rules, hit) == Verdict(excluded_by=7)
    assert verdict(rules, other) == COUNTED


def test_a_rule_of_one_site_does_not_apply_to_another():
    for rule in ({"network": "192.0.2.0/24"}, {"path": "/"}, {"home": home_of("192.0.2.7")}):
        rules = [an_exclusion(rule, site_id=SITE)]

        assert verdict(rules, seen("192.0.2.7")) == Verdict(excluded_by=7)
        assert verdict(rules, seen("192.0.2.7"), site_id=OTHER_SITE) == COUNTED


def a_network(network: str, rule_id: int, **more: Any) -> Exclusion:
    return an_exclusion({"network": network}, rule_id=rule_id, **more)


def test_the_first_rule_in_order_decides_however_they_nest():
    rules = [a_network("10.1.0.0/16", 1), a_network("10.0.0.0/8", 2), a_network("10.2.3.4", 3)]

    assert [1, 2, 2, 2] == [
        verdict(rules, seen(address)).excluded_by for address in ("10.1.2.3", "10.2.3.4", "10.0.0.0", "10.255.0.1")
    ]
    assert verdict(rules, seen("11.0.0.0")) == COUNTED


@pytest.mark.parametrize("exempt", [{"network": "192.0.2.7"}, {"path": "/"}], ids=["an address", "a path"])
@pytest.mark.parametrize("caught", [{"network": "192.0.2.0/24"}, {"country": "FR"}], ids=["a network", "a country"])
def test_a_rule_that_keeps_overrides_later_rules_only(exempt, caught):
    keeps = an_exclusion(exempt, rule_id=1, action=RuleAction.KEEP)
    excludes = an_exclusion(caught, rule_id=2)

    assert verdict([keeps, excludes], seen("192.0.2.7")) == Verdict(kept_by=1)
    assert verdict([excludes, keeps], seen("192.0.2.7")) == Verdict(excluded_by=2)
    assert verdict([keeps, excludes], seen("192.0.2.8", path="/b")) == Verdict(excluded_by=2)


@pytest.mark.parametrize("tried", [{"network": "192.0.2.0/24"}, {"country": "FR"}], ids=["a network", "a country"])
def test_a_rule_in_dry_run_is_reported_and_excludes_nothing(tried):
    dry = an_exclusion(tried, rule_id=1, mode=RuleMode.DRY_RUN)

    assert verdict([dry], seen("192.0.2.7")) == Verdict(would_be_by=1)
    assert verdict([dry], seen("198.51.100.7", country="BE")) == COUNTED


def test_a_rule_in_dry_run_is_reported_only_before_the_deciding_rule():
    dry, real = a_network("192.0.2.0/24", 1, mode=RuleMode.DRY_RUN), a_network("192.0.0.0/16", 2)

    assert verdict([dry, real], seen("192.0.2.7")) == Verdict(excluded_by=2, would_be_by=1)
    assert verdict([real, dry], seen("192.0.2.7")) == Verdict(excluded_by=2)


def test_an_expired_rule_is_ignored():
    rules = [a_network("192.0.2.0/24", 1, expires_at=100)]

    assert verdict(rules, seen("192.0.2.7"), now=99).excluded_by == 1
    assert verdict(rules, seen("192.0.2.7"), now=100) == COUNTED
    assert Exclusions(rules, now=99).next_end == 100
    assert Exclusions(rules, now=100).next_end is None


def test_no_rules_exclude_nobody():
    assert verdict([], seen()) == COUNTED


def test_an_unknown_address_is_in_no_network():
    rules = [an_exclusion({"network": network}, rule_id=1) for network in ("0.0.0.0/1", "::/1")]

    assert Exclusions(rules).decide(UNKNOWN, site_id=SITE, seen=seen) == COUNTED


def test_other_fields_are_read_only_for_rules_that_need_them():
    def never() -> Seen:
        raise AssertionError

    rules = [a_network("192.0.2.0/24", 1), an_exclusion({"path": "/"}, rule_id=2, site_id=OTHER_SITE)]

    assert Exclusions(rules).decide(pack("192.0.2.7"), site_id=SITE, seen=never).excluded_by == 1


def test_the_headers_and_host_names_of_rules_are_listed():
    rules = [
        an_exclusion({"any": [{"header": "X-Office: yes"}, {"not": {"header": "X-Vpn: on"}}]}),
        an_exclusion({"host_name": ["a.example.org", "b.example.org"]}),
    ]

    assert Exclusions(rules).header_names == {"x-office", "x-vpn"}
    assert Exclusions(rules).host_names == {"a.example.org", "b.example.org"}


# Close together, so that networks nest and touch, and each text is met now and then.
NETWORKS = st.builds(
    lambda number, prefix: f"10.0.{number}.0/{prefix}", st.integers(0, 7), st.integers(16, 24)
) | st.builds(lambda number, prefix: f"2001:db8:0:{number:x}::/{prefix}", st.integers(0, 7), st.integers(44, 66))
ADDRESSES = st.sampled_from(
    [f"10.0.{number}.{last}" for number in range(8) for last in (0, 9)]
    + [f"2001:db8:0:{number:x}::{last}" for number in range(8) for last in (0, 9)]
    + ["203.0.113.9", "2001:db8:9::1"]
)
PATHS = st.sampled_from(["/", "/a", "/a/b", "/a/b/c", "/b"])
LEAVES = st.one_of(
    st.builds(lambda values: {"network": values}, st.lists(NETWORKS, min_size=1, max_size=3)),
    st.builds(lambda address: {"home": home_of(address)}, ADDRESSES),
    st.just({"host_name": "home.example.org"}),
    st.builds(lambda value: {"header": f"x-office: {value}"}, st.sampled_from("ab")),
    st.builds(lambda value: {"page_host": value}, st.sampled_from(["example.org", "*.example.org", "a.*"])),
    st.builds(lambda value: {"path": value}, st.sampled_from(["/a", "/a/*", "/a/**", "/*/b"])),
    st.builds(lambda value: {"user_agent": value}, st.sampled_from(["Fire", "pingdom"])),
    st.builds(lambda value: {"user_agent_pattern": value}, st.sampled_from(["^Moz.*x/1", "Ping"])),
    st.builds(lambda value: {"country": value}, st.sampled_from(["FR", "BE"])),
    st.builds(lambda value: {"referrer": value}, st.sampled_from(["spam.example", "*.example", "spam.example/a"])),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda part: {"not": part}, inner),
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=5,
)
RULES = st.tuples(
    CONDITIONS,
    st.sampled_from([None, SITE, OTHER_SITE]),
    st.sampled_from(
        [(RuleAction.EXCLUDE, RuleMode.ON)] * 3
        + [(RuleAction.EXCLUDE, RuleMode.DRY_RUN), (RuleAction.KEEP, RuleMode.ON)]
    ),
)
HITS = st.builds(
    seen,
    ADDRESSES,
    user_agent=st.sampled_from([FIREFOX, "PingDom", ""]),
    page_host=st.sampled_from(["example.org", "b.example.org", "a.example.net"]),
    path=PATHS,
    country=st.sampled_from(["FR", "BE", ""]),
    headers=st.sampled_from([{}, {"x-office": "a"}]),
    referrer=st.sampled_from(["", "spam.example", "b.spam.example/a", "other.example/spam.example"]),
)


@given(st.lists(RULES, max_size=12), st.lists(HITS, max_size=12))
def test_the_verdict_equals_that_of_a_plain_reading_of_the_rules(described, hits):
    rules = [
        an_exclusion(condition, rule_id=number, site_id=site_id, action=action, mode=mode)
        for number, (condition, site_id, (action, mode)) in enumerate(described, start=1)
    ]
    compiled = Exclusions(rules, answers=ANSWERS, home_key=KEY)

    for hit in hits:
        assert compiled.decide(hit.address, site_id=SITE, seen=repeat(hit).__next__) == plainly(rules, hit)


def holds(rule_condition: RuleCondition, hit: Seen) -> bool:
    """Test a condition as its description reads, without the compiled tests and tables."""
    match rule_condition:
        case MatchNot(part):
            return not holds(part, hit)
        case MatchAll(parts):
            return all(holds(part, hit) for part in parts)
        case MatchAny(parts):
            return any(holds(part, hit) for part in parts)
        case Match(matcher, values):
            return any(is_true(matcher.key, value, hit) for value in values)


def is_true(key: str, value: str, hit: Seen) -> bool:
    match key:
        case "network":
            return is_in(hit.address, value)
        case "host_name":
            return any(is_in(hit.address, network) for network in ANSWERS.get(value, ()))
        case "home":
            return bool(hit.address) and home.written(home.hashed(hit.address, key=KEY)) == value
        case "header":
            return any(f"{name}: {text}" == value for name, text in hit.headers.items())
        case "page_host":
            return re.fullmatch(re.escape(value).replace(r"\*", ".*"), hit.page_host) is not None
        case "path":
            pattern = re.escape(value).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
            return re.fullmatch(pattern, hit.path) is not None
        case "user_agent":
            return value.lower() in hit.user_agent.lower()
        case "user_agent_pattern":
            return re.search(value, hit.user_agent) is not None
        case "referrer":
            host, slash, path = value.partition("/")
            host = re.escape(host).replace(r"\*", "[^/]*")
            return re.fullmatch(rf"([^/]*\.)?{host}{slash}{path}(/.*)?", hit.referrer) is not None
    return hit.country() == value


def is_in(address: bytes, network: str) -> bool:
    return bool(address) and ip_address(address) in ip_network(network)


def plainly(rules: list[Exclusion], hit: Seen) -> Verdict:
    """Read one rule after the other, as a person would."""
    tried = NO_RULE
    for exclusion in rules:
        if exclusion.site_id not in (None, SITE) or not holds(exclusion.rule.condition, hit):
            continue
        if exclusion.rule.mode is RuleMode.DRY_RUN:
            tried = tried or exclusion.id
        elif exclusion.rule.action is RuleAction.KEEP:
            return Verdict(would_be_by=tried, kept_by=exclusion.id)
        else:
            return Verdict(excluded_by=exclusion.id, would_be_by=tried)
    return Verdict(would_be_by=tried)


def test_a_hundred_thousand_networks_are_one_table():
    networks = [f"10.{high}.{low}.0/25" for high in range(200) for low in range(250)]
    rules = [Exclusion(1, Rule(None, condition.restored({"network": networks})), 0), *(
        a_network(network.replace(".0/25", ".128/25"), number + 2) for number, network in enumerate(networks[:1000])
    )]  # fmt: skip
    compiled = Exclusions(rules)

    excluded_by = [
        compiled.decide(pack(address), site_id=SITE, seen=seen).excluded_by
        for address in ("10.199.249.7", "10.0.3.200")
    ]
    assert excluded_by == [1, 5]
    assert set(chain(*compiled._of_site.values(), compiled._everywhere)) == set()
