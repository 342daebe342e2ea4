"""Conditions: what is valid, the normal form, and the message for what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.exclusions import condition
from schema.exclusions.matchers import ExclusionError

TABLES = st.recursive(
    st.one_of(
        st.sampled_from(["192.0.2.7", "2001:db8::1", "10.0.0.0/8"]).map(lambda network: {"network": network}),
        st.lists(st.sampled_from(["/a", "/b/**"]), min_size=1, max_size=3).map(lambda paths: {"path": paths}),
        st.just({"country": "fr", "header": "X-Office:yes"}),
    ),
    lambda inner: st.one_of(
        inner.map(lambda part: {"not": part}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
    ),
    max_leaves=6,
)


@given(TABLES)
def test_reading_a_written_condition_returns_the_same(table):
    result = condition.read(table)

    assert condition.read(condition.written(result)) == result
    assert condition.restored(condition.written(result)) == result
    assert condition.described(result)


@pytest.mark.parametrize(
    ("table", "written"),
    [
        pytest.param({"network": " 192.0.2.7/24 "}, {"network": "192.0.2.0/24"}, id="a network"),
        pytest.param({"network": ["192.0.2.7", "192.0.2.7/32"]}, {"network": "192.0.2.7/32"}, id="one twice"),
        pytest.param({"host_name": "Büro.Example."}, {"host_name": "xn--bro-hoa.example"}, id="a host name"),
        pytest.param({"header": "X-Office :  yes"}, {"header": "x-office: yes"}, id="a header"),
        pytest.param({"page_host": "WWW.Example.org"}, {"page_host": "example.org"}, id="a host"),
        pytest.param({"page_host": "example.org."}, {"page_host": "example.org"}, id="a host with a final dot"),
        pytest.param({"page_host": "example.org:8443"}, {"page_host": "example.org"}, id="a host with a port"),
        pytest.param({"page_host": "xn--mller-kva.example"}, {"page_host": "müller.example"}, id="an encoded host"),
        pytest.param({"page_host": "*.xn--mller-kva.example"}, {"page_host": "*.müller.example"}, id="below a host"),
        pytest.param({"page_host": "[2001:DB8::1]:80"}, {"page_host": "2001:db8::1"}, id="an address as a host"),
        pytest.param({"referrer": "https://WWW.Spam.example/"}, {"referrer": "spam.example"}, id="a referrer"),
        pytest.param({"host_name": "Straße.Example."}, {"host_name": "xn--strae-oqa.example"}, id="a sharp s"),
        pytest.param({"country": "fr"}, {"country": "FR"}, id="a country"),
        pytest.param({"all": [{"path": "/a"}]}, {"path": "/a"}, id="all of one"),
        pytest.param({"path": "/a", "country": "FR"}, {"all": [{"path": "/a"}, {"country": "FR"}]}, id="several"),
    ],
)
def test_a_condition_has_one_normal_form(table, written):
    assert condition.written(condition.read(table)) == written


def nested(depth: int) -> dict[str, object]:
    return {"path": "/"} if depth == 0 else {"not": nested(depth - 1)}


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        pytest.param({}, "a condition is a table such as", id="nothing"),
        pytest.param([{"path": "/"}], "a condition is a table such as", id="a list"),
        pytest.param({"ip": "192.0.2.7"}, "'ip' is not a condition. Use one of all, any, country,",
                     id="another word"),
        pytest.param({7: "x"}, "7 is not a condition", id="a number for a word"),
        pytest.param({"any": {"path": "/"}}, "any takes a list of conditions", id="any without a list"),
        pytest.param({"all": []}, "all takes a list of conditions", id="all of nothing"),
        pytest.param({"not": "x"}, "a condition is a table such as", id="not of a text"),
        pytest.param({"path": []}, "path takes from one to 1,000 values", id="no value"),
        pytest.param({"path": ["/"] * 1001}, "path takes from one to 1,000 values", id="too many values"),
        pytest.param({"network": ["10.0.0.1"] * 100_001}, "network takes from one to 100,000 values",
                     id="too many networks"),
        pytest.param({"path": 7}, "path takes a text of 1 to 500 characters", id="a number"),
        pytest.param({"path": "  "}, "path takes a text of 1 to 500 characters", id="blanks"),
        pytest.param({"path": "/" + "a" * 500}, "path takes a text of 1 to 500 characters", id="a long text"),
        pytest.param({"path": "a"}, "'a' is not a path: it begins with a slash", id="no path"),
        pytest.param({"referrer": "*"}, "is not a referrer", id="every referrer"),
        pytest.param({"page_host": "https://a.example/"}, "is not the host of a page", id="an address for a host"),
        pytest.param({"host_name": "home"}, "'home' is not a host name", id="a bare name"),
        pytest.param({"host_name": "192.0.2.7"}, "'192.0.2.7' is not a host name", id="an address for a name"),
        pytest.param({"host_name": "a..b"}, "'a..b' is not a host name", id="an empty label"),
        pytest.param({"header": "X-Office"}, "'X-Office' is not a header: write its name and value",
                     id="a header without a value"),
        pytest.param({"header": "X Office: yes"}, "is not a header", id="a header with a blank"),
        pytest.param({"home": "192.0.2.7"}, "Sillage keeps a home address only as a hash", id="a bare home"),
        pytest.param({"user_agent_pattern": "("}, "'(' is not a valid RE2 pattern", id="no pattern"),
        pytest.param({"user_agent_pattern": "(?=a)"}, "is not a valid RE2", id="what RE2 has not"),
        pytest.param({"country": "XX"}, "'XX' is not a country: write its two letters", id="no country"),
        pytest.param({"country": "France"}, "'France' is not a country", id="a country in words"),
        pytest.param(nested(condition.MAX_DEPTH + 1), "conditions can be nested 8 levels deep", id="too deep"),
    ],
)  # fmt: skip
def test_an_invalid_condition_is_rejected_with_a_sentence(table, sentence):
    with pytest.raises(ExclusionError) as caught:
        condition.read(table)

    assert sentence in str(caught.value)


def test_conditions_can_be_nested_up_to_the_limit():
    assert condition.matchers(condition.read(nested(condition.MAX_DEPTH))) == {"path"}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        pytest.param({"network": "192.0.2.0/24"}, "network 192.0.2.0/24 (256 addresses)", id="one"),
        pytest.param({"path": ["/a", "/b"]}, "path /a or /b", id="two"),
        pytest.param({"path": ["/a", "/b", "/c", "/d", "/e"]}, "path /a or /b or /c and 2 more", id="many"),
        pytest.param({"home": f"home-{'0' * 32}"}, "a home", id="a home"),
        pytest.param({"home": [f"home-{'0' * 32}", f"home-{'1' * 32}"]}, "2 homes", id="homes"),
        pytest.param({"path": "/a", "not": {"path": ["/b", "/c"]}}, "path /a and not (path /b or /c)", id="and not"),
        pytest.param({"any": [{"path": "/a", "country": "FR"}, {"user_agent": "x"}]},
                     "(path /a and country FR) or user agent x", id="brackets"),
    ],
)  # fmt: skip
def test_a_condition_is_described_in_words(table, words):
    assert condition.described(condition.read(table)) == words


@pytest.mark.parametrize(
    ("network", "words"),
    [
        pytest.param("192.0.2.7/24", "192.0.2.0/24 (256 addresses)", id="an address with a mask"),
        pytest.param("10.1.2.3/255.0.0.0", "10.0.0.0/8 (16,777,216 addresses)", id="a mask in numbers"),
        pytest.param("192.0.2.7/31", "192.0.2.6/31 (2 addresses)", id="two"),
        pytest.param("192.0.2.7", "192.0.2.7/32", id="one address"),
        pytest.param("2001:db8::7", "2001:db8::/64 (2^64 addresses)", id="an address of IPv6"),
        pytest.param("2001:db8::7/48", "2001:db8::/48 (2^80 addresses)", id="a network of IPv6"),
        pytest.param("2001:db8::7/120", "2001:db8::/120 (256 addresses)", id="a small network of IPv6"),
        pytest.param("2001:db8::7/128", "2001:db8::7/128", id="exactly one address of IPv6"),
        pytest.param("::ffff:192.0.2.7/120", "192.0.2.0/24 (256 addresses)", id="IPv4 written as IPv6"),
    ],
)
def test_a_network_is_described_with_its_size(network, words):
    assert condition.described(condition.read({"network": network})) == f"network {words}"


@pytest.mark.parametrize(
    ("table", "is_everybody"),
    [
        pytest.param({"network": ["0.0.0.0/1", "128.0.0.0/1"]}, True, id="all of IPv4, in halves"),
        pytest.param({"network": ["::/1", "8000::/1"]}, True, id="all of IPv6, in halves"),
        pytest.param({"network": ["0.0.0.0/1", "8000::/1"]}, False, id="half of each"),
        pytest.param({"path": "/**"}, True, id="every path"),
        pytest.param({"path": "/*"}, False, id="every path of one part"),
        pytest.param({"page_host": "*"}, True, id="every host"),
        pytest.param({"page_host": "*.example.org"}, False, id="hosts of a domain"),
        pytest.param({"user_agent": "Mozilla"}, True, id="every browser"),
        pytest.param({"user_agent": "Firefox"}, False, id="a browser"),
        pytest.param({"user_agent_pattern": ".*"}, True, id="every user agent"),
        pytest.param({"any": [{"path": "/a"}, {"path": "/**"}]}, True, id="any of, and all"),
        pytest.param({"path": "/**", "page_host": "*"}, True, id="all of, and both are all"),
        pytest.param({"path": "/**", "country": "FR"}, False, id="all of, and one is not"),
        pytest.param({"not": {"country": "FR"}}, False, id="all but a country"),
    ],
)
def test_conditions_that_cover_everybody_are_detected(table, is_everybody):
    assert condition.covers_everybody(condition.read(table)) is is_everybody
