import json
import string
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.hit import Hit, parse
from ingest.request.body import MAX_FORM_BYTES, MAX_FORM_FIELDS, MalformedError
from ingest.request.field_values import (
    MAX_DOMAINS,
    MAX_NAME_CHARACTERS,
    MAX_PROP_KEY_BYTES,
    MAX_PROP_VALUE_BYTES,
    MAX_PROPS,
    MAX_REFERRER_CHARACTERS,
    MAX_URL_BYTES,
    Revenue,
)
from ingest.request.sender import Sender
from schema.records.event import NO_SCROLL_DEPTH
from schema.sites.host import normal_domain
from schema.sites.sites import MAX_DOMAIN_CHARACTERS

MINIMAL = {"n": "pageview", "u": "https://example.org/", "d": "example.org"}
SENDER = Sender(b"\x7f\0\0\1", "Browser/1")
DAYS_30_MS = 30 * 24 * 3600 * 1000


def parsed(body: object, *, content_type: str = "text/plain") -> Hit:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return parse(raw, content_type=content_type, sender=SENDER)


def a_hit(**fields: object) -> Hit:
    return parsed(MINIMAL | fields)


def errors(body: object, *, content_type: str = "text/plain") -> dict[str, list[str]]:
    with pytest.raises(MalformedError) as caught:
        parsed(body, content_type=content_type)
    return caught.value.errors


def without(*names: str, **fields: object) -> dict[str, object]:
    return {name: value for name, value in (MINIMAL | fields).items() if name not in names}


def test_a_minimal_body_is_an_interactive_hit_without_extras():
    hit = a_hit()

    assert (
        Hit(
            domains=("example.org",),
            name="pageview",
            url="https://example.org/",
            referrer="",
            props={},
            hash_mode=False,
            interactive=True,
            scroll_depth=NO_SCROLL_DEPTH,
            engagement_ms=0,
            revenue=None,
            sender=SENDER,
        )
        == hit
    )


@pytest.mark.parametrize(
    ("key", "value", "field", "expected"),
    [
        ("n", "Signup", "name", "Signup"),
        ("name", "Signup", "name", "Signup"),
        ("u", "app://x/y", "url", "app://x/y"),
        ("url", "/bare/path", "url", "/bare/path"),
        ("d", "other.org", "domains", ("other.org",)),
        ("domain", "other.org", "domains", ("other.org",)),
        ("r", "https://search.example/", "referrer", "https://search.example/"),
        ("referrer", "https://search.example/", "referrer", "https://search.example/"),
        ("m", {"a": "b"}, "props", {"a": "b"}),
        ("meta", {"a": "b"}, "props", {"a": "b"}),
        ("p", {"a": "b"}, "props", {"a": "b"}),
        ("props", {"a": "b"}, "props", {"a": "b"}),
        ("h", 1, "hash_mode", True),
        ("hashMode", 1, "hash_mode", True),
        ("i", False, "interactive", False),
        ("interactive", False, "interactive", False),
        ("$", {"amount": 1, "currency": "EUR"}, "revenue", Revenue(Decimal("1.000"), "EUR")),
        ("revenue", {"amount": 1, "currency": "EUR"}, "revenue", Revenue(Decimal("1.000"), "EUR")),
    ],
)
def test_every_field_is_read_by_its_short_and_its_long_key(key, value, field, expected):
    short = {"name": "n", "url": "u", "domain": "d"}.get(key, "")

    assert expected == getattr(parsed(without(short) | {key: value}), field)


@pytest.mark.parametrize(
    ("first", "second", "field", "expected"),
    [
        ({"n": "short"}, {"name": "long"}, "name", "short"),
        ({"u": "/short"}, {"url": "/long"}, "url", "/short"),
        ({"d": "short.org"}, {"domain": "long.org"}, "domains", ("short.org",)),
        ({"r": "short"}, {"referrer": "long"}, "referrer", "short"),
        ({"m": {"a": 1}}, {"meta": {"b": 2}, "p": {"c": 3}, "props": {"d": 4}}, "props", {"a": "1"}),
        ({"meta": {"b": 2}}, {"p": {"c": 3}, "props": {"d": 4}}, "props", {"b": "2"}),
        ({"p": {"c": 3}}, {"props": {"d": 4}}, "props", {"c": "3"}),
        (
            {"revenue": {"amount": 2, "currency": "EUR"}},
            {"$": {"amount": 1, "currency": "EUR"}},
            "revenue",
            Revenue(Decimal("2.000"), "EUR"),
        ),
    ],
)
def test_of_two_keys_the_short_one_counts_and_for_revenue_the_long_one(first, second, field, expected):
    assert expected == getattr(a_hit(**second, **first), field)


def test_a_null_leaves_the_word_to_the_other_key():
    assert a_hit(n=None, name="Signup").name == "Signup"
    assert a_hit(r=None).referrer == ""


def test_unknown_keys_are_ignored():
    assert a_hit() == a_hit(w=1440, v=36, x={"deep": [1]})


@pytest.mark.parametrize(
    ("value", "name"),
    [
        pytest.param(404, "404", id="a number, as some send for a missing page"),
        pytest.param("404", "404", id="a number in text"),
        pytest.param("é" * MAX_NAME_CHARACTERS, "é" * MAX_NAME_CHARACTERS, id="120 characters of two bytes"),
    ],
)
def test_a_name_is_text_or_an_integer(value, name):
    assert name == a_hit(n=value).name


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(None, "can't be blank", id="missing"),
        pytest.param("", "can't be blank", id="empty"),
        pytest.param(" \t", "can't be blank", id="white space"),
        pytest.param(["pageview"], "is invalid", id="a list"),
        pytest.param({"n": 1}, "is invalid", id="an object"),
        pytest.param(True, "is invalid", id="a boolean"),
        pytest.param(4.04, "is invalid", id="a fraction"),
        pytest.param("x" * (MAX_NAME_CHARACTERS + 1), "should be at most 120 character(s)", id="too long"),
        pytest.param(10**400, "should be at most 120 character(s)", id="a number of 401 digits"),
    ],
)
def test_a_name_that_is_none_is_refused(value, message):
    assert errors(MINIMAL | {"n": value}) == {"event_name": [message]}


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://example.org/" + "x" * (MAX_URL_BYTES - 20), id="2000 bytes"),
        pytest.param("chrome-extension://abc/page", id="an extension"),
        pytest.param("about:config", id="about"),
        pytest.param("/only/a/path", id="a bare path"),
        pytest.param("https://[not-an-address/", id="an open bracket"),
        pytest.param("https://example.org/?q=data:text", id="data, but not as a scheme"),
        pytest.param("database:5432", id="a scheme that only starts alike"),
    ],
)
def test_a_url_of_any_scheme_is_accepted(url):
    assert url == a_hit(u=url).url


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param(None, "is required", id="missing"),
        pytest.param("", "is required", id="empty"),
        pytest.param(7, "must be a valid url", id="a number"),
        pytest.param(["https://example.org/"], "must be a valid url", id="a list"),
        pytest.param("x" * (MAX_URL_BYTES + 1), "must be a valid url", id="2001 bytes"),
        pytest.param("/" + "é" * (MAX_URL_BYTES // 2), "must be a valid url", id="2001 bytes in 1001 characters"),
        pytest.param("data:text/html,hello", "scheme is not allowed", id="data"),
        pytest.param("DATA:text/html,hello", "scheme is not allowed", id="data in capitals"),
    ],
)
def test_a_url_that_is_none_is_refused(url, message):
    assert errors(MINIMAL | {"u": url}) == {"url": [message]}


@pytest.mark.parametrize(
    ("domain", "domains"),
    [
        pytest.param("example.org", ("example.org",), id="one"),
        pytest.param(" www.example.org ", ("example.org",), id="white space and www."),
        pytest.param("www.www.org", ("www.org",), id="only one www."),
        pytest.param("wwwexample.org", ("wwwexample.org",), id="a name that only starts alike"),
        pytest.param("Example.ORG", ("example.org",), id="capitals"),
        pytest.param("a.org,www.b.org , c.org", ("a.org", "b.org", "c.org"), id="several"),
        pytest.param("a.org,,a.org", ("a.org",), id="gaps and repetitions"),
    ],
)
def test_a_hit_is_for_the_sites_it_names(domain, domains):
    assert domains == a_hit(d=domain).domains


@pytest.mark.parametrize(
    ("url", "domains"),
    [
        pytest.param("https://www.example.org/page", ("example.org",), id="without www."),
        pytest.param("https://user@Example.org:8443/", ("example.org",), id="host alone"),
    ],
)
def test_a_hit_that_names_no_site_is_for_the_host_of_its_url(url, domains):
    assert domains == parsed(without("d", u=url)).domains


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(MINIMAL | {"d": ""}, id="empty"),
        pytest.param(MINIMAL | {"d": "  "}, id="white space"),
        pytest.param(MINIMAL | {"d": ",,"}, id="commas"),
        pytest.param(MINIMAL | {"d": 7}, id="a number"),
        pytest.param(without("d", u="/bare/path"), id="none, and no host in the url"),
        pytest.param(without("d", u="https://[oops/"), id="none, and a host that is none"),
    ],
)
def test_a_hit_for_no_site_is_refused(body):
    assert errors(body) == {"domain": ["can't be blank"]}


def test_one_body_cannot_ask_for_more_sites_than_the_limit():
    many = ",".join(f"site{number}.example" for number in range(MAX_DOMAINS + 50))

    assert len(a_hit(d=many).domains) == MAX_DOMAINS


@pytest.mark.parametrize(
    ("value", "referrer"),
    [
        pytest.param("x" * (MAX_REFERRER_CHARACTERS + 1), "x" * MAX_REFERRER_CHARACTERS, id="cut"),
        pytest.param("é" * MAX_REFERRER_CHARACTERS, "é" * MAX_REFERRER_CHARACTERS, id="characters, not bytes"),
        pytest.param(7, "", id="a number"),
        pytest.param(["https://search.example"], "", id="a list"),
    ],
)
def test_a_referrer_is_cut_or_ignored_never_refused(value, referrer):
    assert referrer == a_hit(r=value).referrer


@pytest.mark.parametrize(
    ("value", "props"),
    [
        pytest.param({"plan": "pro"}, {"plan": "pro"}, id="text"),
        pytest.param({"n": 12, "f": 1.5, "t": True, "o": False}, {"n": "12", "f": "1.5", "t": "true", "o": "false"},
                     id="numbers and booleans"),
        pytest.param({"big": 10**400}, {"big": "1" + "0" * 400}, id="an integer of 401 digits"),
        pytest.param('{"plan": "pro"}', {"plan": "pro"}, id="JSON in text"),
        pytest.param({"l": [1], "o": {"a": 1}, "n": None, "e": "", "k": "v"}, {"k": "v"}, id="lists, blanks"),
        pytest.param({"": "v", " ": "v"}, {}, id="blank keys"),
        pytest.param("not json", {}, id="text that is no JSON"),
        pytest.param("[1]", {}, id="a list in text"),
        pytest.param("", {}, id="empty text"),
        pytest.param([1], {}, id="a list"),
        pytest.param(7, {}, id="a number"),
        pytest.param({"k" * MAX_PROP_KEY_BYTES: "v" * MAX_PROP_VALUE_BYTES},
                     {"k" * MAX_PROP_KEY_BYTES: "v" * MAX_PROP_VALUE_BYTES}, id="as long as may be"),
    ],
)  # fmt: skip
def test_props_are_pairs_of_text(value, props):
    assert props == a_hit(p=value).props


@pytest.mark.parametrize(
    "props",
    [
        pytest.param({"k" * (MAX_PROP_KEY_BYTES + 1): "v"}, id="a long key"),
        pytest.param({"é" * 151: "v"}, id="a key of 302 bytes in 151 characters"),
        pytest.param({"k": "v" * (MAX_PROP_VALUE_BYTES + 1)}, id="a long value"),
        pytest.param({"k": "é" * 1001}, id="a value of 2002 bytes in 1001 characters"),
        pytest.param({"fine": "v", "k": 10**2500}, id="a number that is too long as text"),
    ],
)
def test_props_that_are_too_long_refuse_the_request(props):
    assert errors(MINIMAL | {"p": props}) == {
        "props": ["keys should have at most 300 bytes and values at most 2000 bytes"]
    }


def test_surplus_props_are_left_out():
    props = a_hit(p={f"key{number}": number for number in range(10_000)}).props

    assert len(props) == MAX_PROPS


def test_blank_props_do_not_count_among_the_thirty():
    props = a_hit(p={f"blank{number}": "" for number in range(MAX_PROPS)} | {"plan": "pro"}).props

    assert props == {"plan": "pro"}


@pytest.mark.parametrize(
    ("value", "hash_mode"), [(1, True), ("1", True), (0, False), ("0", False), (2, False), (True, False), ([1], False)]
)
def test_only_the_number_one_makes_the_fragment_count(value, hash_mode):
    assert hash_mode == a_hit(h=value).hash_mode


@pytest.mark.parametrize(
    ("fields", "interactive"),
    [
        pytest.param({"i": False}, False, id="short"),
        pytest.param({"interactive": False}, False, id="long"),
        pytest.param({"i": True, "interactive": False}, False, id="either key"),
        pytest.param({"i": "false"}, False, id="as a form says it"),
        pytest.param({"i": True}, True, id="true"),
        pytest.param({"i": 0}, True, id="a number is no boolean"),
        pytest.param({"i": None}, True, id="null"),
        pytest.param({"i": "no"}, True, id="other text"),
    ],
)
def test_only_false_makes_an_event_not_interactive(fields, interactive):
    assert interactive == a_hit(**fields).interactive


@pytest.mark.parametrize(
    ("sd", "depth"),
    [(0, 0), (55, 55), ("55", 55), (100, 100), (101, 100), (10**400, 100), (-1, NO_SCROLL_DEPTH),
     ("-1", NO_SCROLL_DEPTH), (5.5, NO_SCROLL_DEPTH), ("deep", NO_SCROLL_DEPTH), (True, NO_SCROLL_DEPTH),
     (None, NO_SCROLL_DEPTH)],
)  # fmt: skip
def test_a_scroll_depth_is_a_percentage_or_missing(sd, depth):
    assert depth == a_hit(n="engagement", sd=sd, e=1).scroll_depth


@pytest.mark.parametrize(
    ("e", "milliseconds"),
    [(1, 1), ("1500", 1500), (DAYS_30_MS - 1, DAYS_30_MS - 1), (DAYS_30_MS, 0), (10**400, 0),
     (-1, 0), (1.5, 0), ("x", 0)],
)  # fmt: skip
def test_an_engagement_time_is_less_than_thirty_days_or_missing(e, milliseconds):
    assert milliseconds == a_hit(n="engagement", sd=1, e=e).engagement_ms


def test_an_engagement_event_without_either_is_refused():
    assert "event_name" in errors(MINIMAL | {"n": "engagement"})
    assert "event_name" in errors(MINIMAL | {"n": "engagement", "sd": -1, "e": DAYS_30_MS})
    assert a_hit(n="engagement", sd=0).scroll_depth == 0


def test_engagement_earns_nothing_again():
    """It repeats what its page view said."""
    assert a_hit(n="engagement", sd=50, revenue={"amount": 1, "currency": "EUR"}).revenue is None


def test_other_events_have_no_engagement():
    hit = a_hit(sd=50, e=1000)

    assert (NO_SCROLL_DEPTH, 0) == (hit.scroll_depth, hit.engagement_ms)


@pytest.mark.parametrize(
    ("value", "revenue"),
    [
        pytest.param({"amount": 10, "currency": "EUR"}, ("10.000", "EUR"), id="an integer"),
        pytest.param({"amount": 10.25, "currency": "USD"}, ("10.250", "USD"), id="a fraction"),
        pytest.param({"amount": "10.25", "currency": "USD"}, ("10.250", "USD"), id="text"),
        pytest.param({"amount": -5, "currency": "EUR"}, ("-5.000", "EUR"), id="a refund"),
        pytest.param('{"amount": 1, "currency": "JPY"}', ("1.000", "JPY"), id="JSON in text"),
        pytest.param(
            {"amount": "999999999999999.999", "currency": "EUR"}, ("999999999999999.999", "EUR"), id="the most"
        ),
        pytest.param({"amount": "1e-999999999", "currency": "EUR"}, ("0.000", "EUR"), id="next to nothing"),
    ],
)
def test_revenue_is_an_exact_amount_in_a_currency(value, revenue):
    amount, currency = revenue

    assert a_hit(**{"$": value}).revenue == Revenue(Decimal(amount), currency)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"amount": 10}, id="no currency"),
        pytest.param({"currency": "EUR"}, id="no amount"),
        pytest.param({"amount": 10, "currency": "XYZ"}, id="a currency that never was"),
        pytest.param({"amount": 10, "currency": "FRF"}, id="a currency of the past"),
        pytest.param({"amount": 10, "currency": 978}, id="a currency by number"),
        pytest.param({"amount": "ten", "currency": "EUR"}, id="a word"),
        pytest.param({"amount": True, "currency": "EUR"}, id="a boolean"),
        pytest.param({"amount": "NaN", "currency": "EUR"}, id="not a number"),
        pytest.param({"amount": "-Infinity", "currency": "EUR"}, id="infinite"),
        pytest.param({"amount": 10**15, "currency": "EUR"}, id="more than the column holds"),
        pytest.param(
            {"amount": "999999999999999.9996", "currency": "EUR"}, id="more than the column holds once rounded"
        ),
        pytest.param({"amount": 10**400, "currency": "EUR"}, id="401 digits"),
        pytest.param({"amount": "1e999999999", "currency": "EUR"}, id="a huge exponent"),
        pytest.param([10, "EUR"], id="a list"),
        pytest.param("EUR 10", id="text"),
    ],
)
def test_revenue_that_is_none_is_as_if_it_were_not_sent(value):
    assert a_hit(**{"$": value}).revenue is None


def test_several_faults_are_told_at_once():
    assert errors({}) == {
        "url": ["is required"],
        "domain": ["can't be blank"],
        "event_name": ["can't be blank"],
    }
    assert errors({"n": [], "u": "data:,", "d": " ", "p": {"k" * 301: 1}}).keys() == {
        "url",
        "domain",
        "event_name",
        "props",
    }


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "text/plain;charset=UTF-8", "", "image/png"]
)
def test_any_type_that_is_no_form_is_read_as_json(content_type):
    assert a_hit() == parsed(MINIMAL, content_type=content_type)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"n=pageview", id="a form in another type"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'"text"', id="text"),
        pytest.param(b"null", id="null"),
        pytest.param(b'{"n": NaN}', id="not a number"),
        pytest.param(b'{"n": Infinity}', id="infinity"),
        pytest.param(b'{"n": 1e999}', id="a number out of range"),
        pytest.param(b'{"n": ' + b"9" * 5000 + b"}", id="an integer of 5000 digits"),
        pytest.param(b'{"n": "\xff\xfe"}', id="bytes that are no UTF-8"),
        pytest.param(b'{"a":' * 20_000 + b"1" + b"}" * 20_000, id="nested without end"),
        pytest.param(b"[" * 100_000, id="opened without end"),
        pytest.param(b'{"n": "pageview"', id="cut off"),
    ],
)
def test_what_is_no_json_object_is_refused(body):
    assert errors(body) == {"request": ["Unable to parse request body as json"]}


def test_props_nested_without_end_are_empty():
    assert a_hit(p='{"a":' * 20_000 + "1" + "}" * 20_000).props == {}


@pytest.mark.parametrize("key", ["n", "u", "d", "r"])
def test_half_a_surrogate_pair_is_refused(key):
    fields = ", ".join(f'"{known}": {json.dumps(value)}' for known, value in MINIMAL.items() if known != key)
    halved, whole = (f'{{{fields}, "{key}": "x{escape}y"}}'.encode() for escape in (r"\ud83d", r"\ud83d\ude00"))

    assert "request" in errors(halved)
    assert "x😀y" in (*parsed(whole).domains, parsed(whole).name, parsed(whole).url, parsed(whole).referrer)


def test_props_in_text_with_half_a_surrogate_pair_are_empty():
    assert a_hit(p=r'{"a": "\ud83d"}').props == {}
    assert a_hit(p=r'{"a": "\ud83d\ude00"}').props == {"a": "😀"}


FORM = b"n=pageview&u=https%3A%2F%2Fexample.org%2F&d=example.org&p=%7B%22plan%22%3A%22pro+1%22%7D&i=false&h=1"


def test_a_form_is_read():
    hit = parsed(FORM, content_type="application/x-www-form-urlencoded; charset=utf-8")

    assert ("pageview", {"plan": "pro 1"}, False, True) == (hit.name, hit.props, hit.interactive, hit.hash_mode)


def a_multipart_body(fields: dict[str, str], *, boundary: str = "xYz") -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}' for key, value in fields.items()
    ]
    return "\r\n".join([*parts, f"--{boundary}--", ""]).encode()


def test_a_multipart_form_is_read():
    body = a_multipart_body(MINIMAL | {"n": "Café", "sd": "5"})

    assert a_hit(n="Café") == parsed(body, content_type="multipart/form-data; boundary=xYz")


@pytest.mark.parametrize(
    "content_type",
    [
        pytest.param("multipart/form-data", id="no boundary"),
        pytest.param("multipart/form-data; boundary=", id="an empty boundary"),
        pytest.param("multipart/form-data; boundary=other", id="another boundary"),
    ],
)
def test_a_multipart_form_that_is_none_is_refused(content_type):
    assert errors(a_multipart_body(MINIMAL), content_type=content_type)


URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=xYz"
NOT_A_FORM = {"request": ["Unable to parse request body as a form"]}


def with_others(others: int) -> dict[str, str]:
    """Return the fields of a hit, and others that mean nothing."""
    return MINIMAL | {f"x{number}": "" for number in range(others)}


@pytest.mark.parametrize(
    ("fields", "is_read"),
    [
        pytest.param(with_others(MAX_FORM_FIELDS - 3), True, id="as many as may be"),
        pytest.param(with_others(MAX_FORM_FIELDS - 2), False, id="one more"),
        pytest.param(with_others(10_000), False, id="thousands"),
    ],
)
@pytest.mark.parametrize("content_type", [URLENCODED, MULTIPART])
def test_a_form_has_only_so_many_fields(fields, is_read, content_type):
    body = urlencode(fields).encode() if content_type is URLENCODED else a_multipart_body(fields)

    if is_read:
        assert a_hit() == parsed(body, content_type=content_type)
    else:
        assert NOT_A_FORM == errors(body, content_type=content_type)


def test_a_form_has_only_so_many_files():
    file = b'--xYz\r\nContent-Disposition: form-data; name="f"; filename="f.bin"\r\n\r\n\r\n'

    assert NOT_A_FORM == errors(10_000 * file + a_multipart_body(MINIMAL), content_type=MULTIPART)


@pytest.mark.parametrize(
    ("content_type", "is_read"),
    [
        pytest.param(URLENCODED, False, id="a form"),
        pytest.param("text/plain", True, id="json"),
    ],
)
def test_a_form_is_shorter_than_json_may_be(content_type, is_read):
    rest = "%41" * (MAX_FORM_BYTES // 3)
    body = f"{urlencode(MINIMAL)}&x={rest}" if content_type is URLENCODED else json.dumps(MINIMAL | {"x": rest})

    if is_read:
        assert a_hit() == parsed(body.encode(), content_type=content_type)
    else:
        assert NOT_A_FORM == errors(body.encode(), content_type=content_type)


def test_a_content_type_is_short():
    content_type = "multipart/form-data; " + "a=b; " * 10_000 + "boundary=xYz"

    assert NOT_A_FORM == errors(a_multipart_body(MINIMAL), content_type=content_type)


def test_a_file_in_a_form_is_ignored():
    file = b'--xYz\r\nContent-Disposition: form-data; name="f"; filename="f.bin"\r\n\r\n' + b"\0" * 5000 + b"\r\n"

    assert a_hit() == parsed(file + a_multipart_body(MINIMAL), content_type="multipart/form-data; boundary=xYz")


def assert_within_limits(hit: Hit) -> None:
    assert hit.name.strip()
    assert len(hit.name) <= MAX_NAME_CHARACTERS
    assert 0 < len(hit.url.encode()) <= MAX_URL_BYTES
    assert 0 < len(hit.domains) <= MAX_DOMAINS
    assert len(hit.referrer) <= MAX_REFERRER_CHARACTERS
    assert len(hit.props) <= MAX_PROPS
    assert all(len(key.encode()) <= MAX_PROP_KEY_BYTES for key in hit.props)
    assert all(len(value.encode()) <= MAX_PROP_VALUE_BYTES for value in hit.props.values())
    assert hit.scroll_depth == NO_SCROLL_DEPTH or 0 <= hit.scroll_depth <= 100
    assert 0 <= hit.engagement_ms < DAYS_30_MS


def check(body: bytes, content_type: str) -> None:
    """Accept a hit within limits, or MalformedError; let anything else through to fail the test."""
    try:
        hit = parsed(body, content_type=content_type)
    except MalformedError:
        return
    assert_within_limits(hit)


CONTENT_TYPES = st.sampled_from(
    ["", "text/plain", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"]
) | st.text(alphabet=[chr(number) for number in range(256)], max_size=60).map(
    lambda text: "multipart/form-data; " + text
)
SHORT_KEYS = ["n", "u", "d", "r", "m", "p", "h", "i", "sd", "e", "$", "v"]
LONG_KEYS = ["name", "url", "domain", "referrer", "meta", "props", "hashMode", "interactive", "revenue"]
KEYS = st.sampled_from([*SHORT_KEYS, *LONG_KEYS, "amount", "currency"])
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["engagement", "EUR", "{}"])
)
JSON = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), SCALARS, max_size=4)


@given(st.binary(max_size=400), CONTENT_TYPES)
def test_any_bytes_are_a_hit_or_malformed(body, content_type):
    check(body, content_type)


@given(st.dictionaries(KEYS, JSON), st.dictionaries(st.sampled_from(["n", "u", "d"]), JSON))
def test_any_json_is_a_hit_or_malformed(fields, replaced):
    check(json.dumps(MINIMAL | fields).encode(), "text/plain")
    check(json.dumps(MINIMAL | replaced).encode("utf-8", "surrogatepass"), "application/json")


@given(
    st.lists(st.sampled_from([b"--b", b"--", b"\r\n", b"Content-Disposition: form-data; name=n", b"; filename=f", b"u",
                              b"Content-Transfer-Encoding: base64", b":", b'"', b"\r\n\r\n", b"\xff", b"x"])),
)  # fmt: skip
def test_any_multipart_form_is_a_hit_or_malformed(pieces):
    check(b"--b\r\n" + b"".join(pieces), "multipart/form-data; boundary=b")


@given(st.text(alphabet=string.printable + "é\ud800", max_size=200))
def test_any_form_is_a_hit_or_malformed(text):
    check(text.encode("utf-8", "surrogatepass"), "application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    ("listed", "domains"),
    [
        pytest.param("WWW.Example.org", ("example.org",), id="one"),
        pytest.param(f"{' ' * 500}example.org", ("example.org",), id="one far to the right"),
        pytest.param(
            "a.example, www.a.example,A.example ,b.example", ("a.example", "b.example"), id="one in three ways"
        ),
        pytest.param("a" * 900_000, ("a" * MAX_DOMAIN_CHARACTERS,), id="one that no site has"),
        pytest.param(f"{'a' * 900_000},b.example", ("a" * MAX_DOMAIN_CHARACTERS, "b.example"), id="the same in a list"),
    ],
)
def test_domains_are_short_and_apart(listed, domains):
    assert domains == a_hit(d=listed).domains


@pytest.mark.parametrize(
    ("listed", "kept"),
    [
        pytest.param("example.org", 1, id="one"),
        pytest.param(",".join(f"{number}.example" for number in range(1000)), 0, id="a thousand"),
        pytest.param("a" * 900_000, 0, id="a very long one"),
        pytest.param(" " * 900_000 + "b.example", 0, id="a very long way to one"),
    ],
)
def test_a_stranger_cannot_fill_the_memory_of_domains(listed, kept):
    normal_domain.cache_clear()
    a_hit(d=listed)

    assert kept == normal_domain.cache_info().currsize
