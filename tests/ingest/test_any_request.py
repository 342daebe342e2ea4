"""Whatever is sent to the collector: it answers, keeps no more than it may, and no word that is not its business."""

import asyncio
import json
import logging
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.enrich.url import MAX_PATH_CHARACTERS, MAX_TAG_CHARACTERS
from ingest.enrich.url_parts import MAX_HOST_CHARACTERS
from ingest.enrich.user_agent import MAX_VERSION_CHARACTERS
from ingest.request.client_ip import pack
from ingest.request.field_values import (
    MAX_ENGAGEMENT_MS,
    MAX_NAME_CHARACTERS,
    MAX_PROP_KEY_BYTES,
    MAX_PROP_VALUE_BYTES,
    MAX_PROPS,
    MAX_REFERRER_CHARACTERS,
)
from ingest.storage.flush import insert, record_payload
from schema.records.event import NO_SCROLL_DEPTH, Record
from tests.ingest.test_collector import FIREFOX, KEY, MINIMAL, PROXY, VISITOR, Answer, Door
from tests.mutations import encoded, mutated

SECRET = "s3cr3tv4lue"
ADDRESSES = ("198.51.100.77", "2001:db8:77::cafe")

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=120) | st.text(max_size=3000)
LATIN = st.text(st.characters(max_codepoint=255), max_size=80)
URLS = ANY_TEXT | st.builds(
    "{}://{}/{}?{}={}#{}".format,
    st.sampled_from(["https", "http", "android-app", "app", "", "HTTPS"]),
    st.sampled_from(["example.org", "[::1]", "[", "a@b:99999", "xn--", "İ.example"]) | st.text(max_size=9),
    ANY_TEXT,
    st.sampled_from(["utm_source", "utm_campaign", "ref", "gclid", "%75tm_term"]) | st.text(max_size=9),
    ANY_TEXT,
    st.text(max_size=9),
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | URLS
PROPS = st.dictionaries(ANY_TEXT, SCALARS, max_size=40)
MONEY = st.fixed_dictionaries(
    {"amount": SCALARS | st.decimals().map(str), "currency": st.sampled_from(["EUR", "JPY", "?"])}
)
FIELDS = st.fixed_dictionaries(
    {"u": URLS},
    optional={
        "n": st.sampled_from(["pageview", "engagement", "404", "Form: Submission"]) | SCALARS,
        "d": st.sampled_from(["example.org,other.example", "nobody.example"]) | ANY_TEXT,
        "r": URLS,
        "p": PROPS | PROPS.map(lambda props: json.dumps(props, default=str)) | SCALARS,
        "h": st.sampled_from([0, 1, "1", True]),
        "i": st.booleans() | SCALARS,
        "sd": st.integers() | SCALARS,
        "e": st.integers() | SCALARS,
        "$": MONEY | SCALARS,
    },
)  # fmt: skip
BODIES = (
    FIELDS.map(lambda fields: json.dumps(MINIMAL | fields).encode())
    | st.dictionaries(st.text(max_size=9), SCALARS).map(lambda fields: json.dumps(fields).encode())
    | st.binary(max_size=300)
)  # fmt: skip
NAMES = st.sampled_from([
    "user-agent", "content-type", "authorization", "x-forwarded-for", "forwarded", "x-plausible-ip", "cf-connecting-ip",
    "x-plausible-ip-type", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "sec-purpose", "purpose", "x-moz",
    "referer", "origin", "content-length", "expect", "cookie",
])  # fmt: skip
VALUES = LATIN | st.sampled_from([
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", f"Bearer {KEY}", "Bearer", FIREFOX,
    "for=192.0.2.1;by=_x", 'for="[2001:db8::1]:80', "198.51.100.7, 10.0.0.2", "198.51.100.7:80,,", "prefetch", "dc_ip",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)", '"Brave";v="141"', "x" * 5000,
])  # fmt: skip
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=6)
PEERS = st.sampled_from([VISITOR, PROXY, "::1", "fe80::1%eth0", "testclient", "", None])


@dataclass(frozen=True)
class Outcome:
    """What requests were answered and what was put down."""

    answers: list[Answer]
    records: list[Record]


def ask(door: Door, *asked: dict[str, Any], headers: list[tuple[str, str]], peer: str | None) -> Outcome:
    """Send requests, each a second after the one before, and take what was stored out of the spool."""

    async def send() -> list[Answer]:
        answers = []
        for request in asked:
            door.now += 1
            answers.append(await door.ask(request.pop("body", MINIMAL), *headers, peer=peer, **request))
        return answers

    return Outcome(asyncio.run(send()), taken(door))


def taken(door: Door) -> list[Record]:
    records = door.records()
    for segment in door.spool.sealed():
        segment.discard()
    door.spool.measure()
    return records


def assert_within_limits(record: Record) -> None:
    event, visit = record.event, record.visit
    assert event.name.strip()
    assert len(event.name) <= MAX_NAME_CHARACTERS
    assert {len(name) <= MAX_HOST_CHARACTERS for name in (event.hostname, visit.hostname, visit.exit_hostname)} == {
        True
    }
    assert {len(path) <= MAX_PATH_CHARACTERS for path in (event.path, visit.entry_page, visit.exit_page)} == {True}
    for props in (event.props, visit.entry_props):
        assert len(props) <= MAX_PROPS
        assert all(key.strip() and len(key.encode()) <= MAX_PROP_KEY_BYTES for key in props)
        # The path that is added to some events has a limit of its own.
        assert all(
            text.strip() and len(text.encode()) <= MAX_PROP_VALUE_BYTES
            for key, text in props.items() if (key, text) != ("path", event.path)
        )  # fmt: skip
    assert event.scroll_depth in {*range(101), NO_SCROLL_DEPTH}
    assert 0 <= event.engagement_ms < MAX_ENGAGEMENT_MS
    assert len(event.revenue_currency) in (0, 3)
    assert (event.revenue_amount is None) == (event.revenue_currency == "")
    came = visit.attributes
    assert len(came.referrer) <= MAX_REFERRER_CHARACTERS
    for tag in (came.utm_source, came.utm_medium, came.utm_campaign, came.utm_content, came.utm_term, came.source):
        assert len(tag) <= MAX_TAG_CHARACTERS
    assert len(came.browser_version + came.os_version) <= 2 * MAX_VERSION_CHARACTERS


def test_any_request_is_answered_and_what_is_kept_of_it_fits_the_tables(tmp_path, database, caplog):
    door = Door(tmp_path)
    kept: list[Record] = []

    @given(BODIES, HEADERS, PEERS, st.integers(0, 300))
    @example(b"", [("content-type", "multipart/form-data; boundary=" + "\xff" * 80)], VISITOR, 0)
    def check(body: bytes, headers: list[tuple[str, str]], peer: str | None, cut: int) -> None:
        outcome = ask(door, {"body": body}, {"parts": [body[:cut], body[cut:]]}, headers=headers, peer=peer)

        whole, in_parts = outcome.answers
        assert whole.status in (202, 400)
        assert (whole.status, whole.body) == (in_parts.status, in_parts.body)
        for record in outcome.records:
            assert_within_limits(record)
        kept.extend(outcome.records)

    check()
    insert(database, kept, [], token="any request")

    assert kept
    assert [(len(kept),)] == [tuple(row) for row in database.query("select count() from events")]
    assert [] == [line for line in caplog.records if line.name.startswith("ingest")]


@pytest.mark.parametrize("headers", [[], [("authorization", f"Bearer {KEY}")]], ids=["a browser", "a program"])
def test_any_value_anywhere_in_an_event_is_answered(tmp_path, caplog, headers):
    event = MINIMAL | {"n": "Buy", "r": "https://x.example/", "p": {"plan": "pro", "size": 1}, "h": 1, "i": True}
    event |= {"sd": 5, "e": 9, "$": {"amount": "19.90", "currency": "EUR"}}
    bodies = [encoded(body) for body in mutated(event)]
    outcome = ask(Door(tmp_path), *[{"body": body} for body in bodies], headers=headers, peer=VISITOR)

    assert {202, 400} == {answer.status for answer in outcome.answers}
    assert [] == [line for line in caplog.records if line.name.startswith("ingest")]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS", "TRACE", "\u00e9"])
def test_any_method_is_answered(tmp_path, method):
    door = Door(tmp_path)

    @given(st.binary(max_size=50), HEADERS)
    def check(body: bytes, headers: list[tuple[str, str]]) -> None:
        outcome = ask(door, {"body": body, "method": method}, headers=headers, peer=VISITOR)

        assert outcome.answers[0].status in (204, 405)
        assert outcome.records == []

    check()


# Wherever a value may stand that is nobody's business, around it what a sender can think of.
HIDDEN = st.sampled_from([
    "?q={0}", "?gclid={0}&utm_source=x", "?utm_source=x&fbclid={0}", "?{0}", "?a=1&&{0}=&utm_medium=%zz", "?q={0}#top",
    "?utm_source=x#{0}", "#{0}", "#?q={0}", "?;q={0}", "?a?b={0}", "?email={0}%40example.org", "?UTM_Source={0}",
])  # fmt: skip
IN_FRONT = st.text(st.characters(exclude_characters="?#{}"), max_size=40)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_and_no_value_of_a_query_is_kept(tmp_path, caplog, address):
    caplog.set_level(logging.DEBUG)
    door = Door(tmp_path)
    packed = pack(address)
    traces = [SECRET.encode(), address.encode(), packed, packed[::-1], packed.hex().encode()]
    stored = 0

    @given(
        HIDDEN,
        HIDDEN,
        IN_FRONT,
        st.sampled_from(["pageview", "Signup", "404", "engagement"]),
        st.sampled_from(["https://example.org/", "https://me:{0}@example.org/", "//example.org", "example.org/", "/"]),
        st.sampled_from(["x-forwarded-for", "x-plausible-ip", "cf-connecting-ip", "forwarded", None]),
    )  # fmt: skip
    def check(page_end: str, referrer_end: str, path: str, name: str, origin: str, header: str | None) -> None:
        nonlocal stored
        body = {
            "n": name, "d": "example.org", "sd": 50,
            "u": (origin + path + page_end).format(SECRET),
            "r": ("https://{0}:{0}@partner.example/" + path + referrer_end).format(SECRET),
        }  # fmt: skip
        told = f'for="[{address}]"' if header == "forwarded" else address
        headers = [
            ("referer", f"https://example.org/{SECRET}"),
            ("cookie", SECRET),
            *([(header, told)] if header else []),
        ]
        outcome = ask(door, {"body": body}, headers=headers, peer=PROXY if header else address)

        kept = b"".join(record_payload(record) for record in outcome.records)
        assert [] == [trace for trace in traces if trace in kept]
        stored += len(outcome.records)

    check()

    assert stored
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert [] == [trace for trace in traces if trace in files + caplog.text.encode()]
