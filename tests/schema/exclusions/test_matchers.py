"""The table of matchers: each row validates its values and matches the hits it names."""

import pytest

from schema.exclusions import home
from schema.exclusions.matchers import MATCHERS, Field

HOME = home.hash_of("192.0.2.7", key=b"k" * 32)
ANSWERS = {"home.example.org": ["203.0.113.9/32"]}


@pytest.mark.parametrize(
    ("key", "value", "matching", "other"),
    [
        pytest.param("page_host", "*.example.org", "a.example.org", "example.org", id="page_host"),
        pytest.param("path", "/admin/**", "/admin/a/b", "/administrators", id="path"),
        pytest.param("referrer", "www.Spam.example", "a.spam.example/b", "notspam.example", id="referrer"),
        pytest.param("user_agent", "pingdom", "x PingDom/1", "x Ping", id="user_agent"),
        pytest.param("user_agent_pattern", "^curl/", "curl/8.0", "a curl/8.0", id="user_agent_pattern"),
        pytest.param("country", "fr", "FR", "BE", id="country"),
        pytest.param("header", "X-Office:yes", {"x-office": "yes"}, {"x-office": "no"}, id="header"),
    ],
)
def test_a_matcher_of_a_field_tests_its_value(key, value, matching, other):
    matcher = MATCHERS[key]
    assert matcher.test is not None
    test = matcher.test([matcher.normalized(value)])

    assert matcher.field is not Field.ADDRESS
    assert (bool(test(matching)), bool(test(other))) == (True, False)


@pytest.mark.parametrize(
    ("key", "value", "networks", "homes"),
    [
        pytest.param("network", "192.0.2.7", ["192.0.2.7/32"], [], id="network"),
        pytest.param("host_name", "Home.example.org", ["203.0.113.9/32"], [], id="host_name"),
        pytest.param("host_name", "unknown.example.org", [], [], id="host_name without an address"),
        pytest.param("home", HOME, [], [home.digest(HOME)], id="home"),
    ],
)
def test_a_matcher_of_addresses_lists_networks_or_homes(key, value, networks, homes):
    matcher, values = MATCHERS[key], [MATCHERS[key].normalized(value)]

    assert (matcher.field, matcher.test) == (Field.ADDRESS, None)
    assert list(matcher.networks(values, ANSWERS)) == networks
    assert list(matcher.homes(values)) == homes


def test_every_matcher_has_words_for_the_forms():
    assert [key for key, matcher in MATCHERS.items() if not matcher.label or not matcher.help.endswith(".")] == []
    assert len({matcher.input_name for matcher in MATCHERS.values()}) == len(MATCHERS)


@pytest.mark.parametrize("key", MATCHERS)
def test_a_row_is_stored_under_its_key(key):
    assert MATCHERS[key].key == key
