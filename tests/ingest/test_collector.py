import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ingest import collector
from ingest.collector import MAX_BODY_BYTES, PATH, Collector, Receive, Scope, Send
from ingest.enrich.place import Places
from ingest.gates.exclusions import Exclusions
from ingest.gates.rate_limit import RateLimits
from ingest.gates.referrer_spam import ReferrerSpam
from ingest.pipeline import Pipeline
from ingest.request.client_ip import TrustedProxies, pack
from ingest.request.sender_keys import SenderKeys
from ingest.storage.drop_counts import Tally
from ingest.storage.flush import read
from ingest.storage.refusals import Refusals
from ingest.storage.spool import Spool
from ingest.visits.live_visits import Visits
from ingest.visits.salts import Salts
from schema.records.event import Record
from schema.sites import keys
from schema.sites.sites import Site
from tests.factories import an_exclusion

PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 6, 1, 12, tzinfo=PARIS).timestamp()
MIDNIGHT = datetime(2026, 6, 2, tzinfo=PARIS).timestamp()
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
VISITOR, STRANGER, COLLEAGUE, PROXY = "198.51.100.7", "198.51.100.8", "203.0.113.9", "127.0.0.1"
BUSY, MOST_PER_MINUTE = "192.0.2.1", 300
KEY = "sillage_key"
MINIMAL = {"n": "pageview", "u": "https://example.org/", "d": "example.org"}
FORM = b"n=pageview&u=https%3A%2F%2Fexample.org%2F&d=example.org"
DROPPED = "x-plausible-dropped"

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def a_scope(
    *headers: tuple[str, str],
    method: str = "POST",
    path: str = PATH,
    query: str = "",
    peer: str | None = VISITOR,
) -> Scope:
    lines = [("user-agent", FIREFOX), *headers]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in lines],
        "client": (peer, 50_000) if peer else None,
    }


class Door:
    """A collector with all that lies behind it, and a clock to be set."""

    def __init__(self, directory: Path, *, max_bytes: int = 10_000_000) -> None:
        self.now = NOON
        self.spool = Spool(directory / "spool", max_bytes=max_bytes)
        self.tally = Tally()
        self.refusals = Refusals(lambda: self.spool.refusal)
        trusted = TrustedProxies(["127.0.0.0/8", "10.0.0.0/8"])
        limits = RateLimits(client_per_minute=MOST_PER_MINUTE, trusted=trusted)
        pipeline = Pipeline(salts=Salts(None), visits=Visits(), places=Places(), limits=limits)
        pipeline.refuse_referrers(ReferrerSpam(["spam.example"]))
        sites = [Site(1, "example.org", "Europe/Paris", 761), Site(2, "other.example", "Europe/Paris", 761)]
        pipeline.apply(sites, Exclusions([an_exclusion({"network": "203.0.113.0/24"}, rule_id=5)]))
        self.app = Collector(
            elsewhere,
            pipeline=pipeline,
            spool=self.spool,
            tally=self.tally,
            trusted=trusted,
            refusals=self.refusals,
            clock=lambda: self.now,
        )
        shop = keys.Key(1, "shop", keys.hash_of(KEY.encode()), (keys.Scope.SEND_EVENTS,), 1)
        self.app.accept_keys(SenderKeys([shop], sites))

    async def ask(
        self,
        body: object = MINIMAL,
        *headers: tuple[str, str],
        method: str = "POST",
        path: str = PATH,
        query: str = "",
        peer: str | None = VISITOR,
        parts: Sequence[bytes] | None = None,
        gives_up: bool = False,
    ) -> Answer:
        """Send a request as a server does. parts: of the body, instead of it. gives_up: before the last part."""
        raw = parts or [body if isinstance(body, bytes) else json.dumps(body).encode()]
        messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": part, "more_body": gives_up or number < len(raw)}
            for number, part in enumerate(raw, start=1)
        ]
        incoming = iter([*messages, {"type": "http.disconnect"}])
        answer = Answer()

        async def receive() -> dict[str, Any]:
            return next(incoming)

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                answer.body += message.get("body", b"")

        await self.app(a_scope(*headers, method=method, path=path, query=query, peer=peer), receive, send)
        return answer

    async def hand_over(self, body: object = MINIMAL) -> Answer:
        """Hand a hit over, as a server does that has all of it, and read the answer as it is sent."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        written: asyncio.Future[collector.Answer] = asyncio.get_running_loop().create_future()
        self.app.once_written(self.app.answer_to(a_scope(), raw), written.set_result)
        answer = await written
        head, _, sent = answer.rest.partition(b"\r\n\r\n")
        return Answer(answer.status, dict(line.split(": ", 1) for line in head.decode().split("\r\n")), sent)

    def records(self) -> list[Record]:
        """Return what was put down for ClickHouse."""
        self.spool.seal()
        return [record for segment in self.spool.sealed() for record in read(segment)[0]]

    def paths(self) -> list[str]:
        return [record.event.path for record in self.records()]

    def drops(self) -> list[tuple[str, int, int]]:
        return sorted((drop.reason, drop.site_id, drop.count) for drop in self.tally.take())


async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"elsewhere"})


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


async def test_an_event_is_accepted_once_it_is_written(door):
    answer = await door.ask()

    assert (202, b"ok") == (answer.status, answer.body)
    assert answer.headers["content-type"].startswith("text/plain")
    assert DROPPED not in answer.headers
    assert [("pageview", 1)] == [(record.event.name, record.visit.site_id) for record in door.records()]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        pytest.param(b"", ["request"], id="nothing"),
        pytest.param(b"not json", ["request"], id="not JSON"),
        pytest.param(b"[]", ["request"], id="a list"),
        pytest.param(b'{"n": "\xff\xfe"}', ["request"], id="bytes that are no UTF-8"),
        pytest.param(b"[" * 200_000, ["request"], id="nested without end"),
        pytest.param({}, ["domain", "event_name", "url"], id="missing fields"),
        pytest.param(MINIMAL | {"u": "data:text/html,x"}, ["url"], id="a data URL"),
        pytest.param(MINIMAL | {"u": "x" * 2001}, ["url"], id="an absurd URL"),
        pytest.param(MINIMAL | {"n": ["x"]}, ["event_name"], id="a wrong type"),
        pytest.param(MINIMAL | {"n": "engagement"}, ["event_name"], id="attention without a figure"),
        pytest.param(MINIMAL | {"p": {"k": "v" * 2001}}, ["props"], id="long properties"),
    ],
)
async def test_a_body_that_is_no_event_is_told_why(door, body, fields):
    answer = await door.ask(body)

    assert answer.status == 400
    assert answer.headers["content-type"].startswith("application/json")
    assert fields == sorted(json.loads(answer.body)["errors"])
    assert all(json.loads(answer.body)["errors"].values())
    assert door.records() == door.drops() == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(MINIMAL | {"p": {f"key{number}": number for number in range(10_000)}}, id="10,000 properties"),
        pytest.param(MINIMAL | {"u": "https://[oops/%ff%00?utm_source=%"}, id="an odd URL"),
        pytest.param(MINIMAL | {"u": "about:blank"}, id="a URL without a host"),
        pytest.param(MINIMAL | {"r": 7, "p": 7, "h": [], "i": {}, "revenue": 1}, id="wrong types that are ignored"),
        pytest.param(MINIMAL | {"n": 404}, id="a name in digits"),
    ],
)
async def test_what_can_be_read_is_counted(door, body):
    assert (await door.ask(body)).status == 202
    assert len(door.records()) == 1


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        pytest.param("text/plain", json.dumps(MINIMAL).encode(), id="text"),
        pytest.param("application/json", json.dumps(MINIMAL).encode(), id="JSON"),
        pytest.param("application/x-www-form-urlencoded", FORM, id="a form"),
        pytest.param("Application/X-WWW-Form-URLencoded", FORM, id="a form in capitals"),
        pytest.param(
            "multipart/form-data; boundary=b",
            b"".join(b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (key.encode(), value.encode())
                     for key, value in MINIMAL.items()) + b"--b--\r\n",
            id="a multipart form",
        ),
    ],
)  # fmt: skip
async def test_the_body_is_read_by_its_type(door, content_type, body):
    assert (await door.ask(body, ("content-type", content_type))).status == 202
    assert len(door.records()) == 1


def padded(size: int) -> bytes:
    """Return a body of so many bytes that is an event."""
    start = json.dumps(MINIMAL | {"x": ""}).encode()[:-2]
    return start + b"x" * (size - len(start) - 2) + b'"}'


@pytest.mark.parametrize("part_bytes", [MAX_BODY_BYTES * 3, 65_536], ids=["in one piece", "in many"])
@pytest.mark.parametrize(
    ("size", "status"), [(MAX_BODY_BYTES, 202), (MAX_BODY_BYTES + 1, 400), (2 * MAX_BODY_BYTES, 400)]
)
async def test_a_body_may_have_a_million_bytes(door, part_bytes, size, status):
    body = padded(size)
    answer = await door.ask(parts=[body[start : start + part_bytes] for start in range(0, size, part_bytes)])

    assert size == len(body)
    assert status == answer.status
    assert (status == 202) == (len(door.records()) == 1)


async def test_a_body_that_breaks_off_is_not_an_event(door):
    await door.ask(parts=[json.dumps(MINIMAL).encode()], gives_up=True)

    assert door.records() == []


@pytest.mark.parametrize(
    ("domains", "dropped", "sites", "drops"),
    [
        pytest.param("example.org,other.example", None, [1, 2], [], id="both known"),
        pytest.param("example.org, nobody.example", "1", [1], [("unknown_site", 0, 1)], id="one unknown"),
        pytest.param("nobody.example", "1", [], [("unknown_site", 0, 1)], id="an unknown site"),
        pytest.param("nobody.example,else.example", "2", [], [("unknown_site", 0, 2)], id="two unknown"),
        pytest.param("www.example.org,example.org", None, [1], [], id="one twice"),
    ],
)
async def test_each_site_of_a_request_gets_its_event(door, domains, dropped, sites, drops):
    answer = await door.ask(MINIMAL | {"d": domains})

    assert (202, b"ok", dropped) == (answer.status, answer.body, answer.headers.get(DROPPED))
    assert sites == [record.visit.site_id for record in door.records()]
    assert drops == door.drops()


def unknown_domains(number: int) -> list[str]:
    return [f"site-{position}.example" for position in range(number)]


async def test_unknown_domains_are_taken_out_of_what_their_client_may_send(door):
    listed = ",".join(unknown_domains(MOST_PER_MINUTE))
    answer = await door.ask(MINIMAL | {"d": listed})
    next_answers = [await door.ask(peer=peer) for peer in (VISITOR, STRANGER)]

    assert str(MOST_PER_MINUTE) == answer.headers[DROPPED]
    assert ["1", None] == [each.headers.get(DROPPED) for each in next_answers]
    assert [("rate_limited_client", 1, 1), ("unknown_site", 0, MOST_PER_MINUTE)] == door.drops()


@pytest.mark.parametrize(
    ("listed", "left"),
    [
        pytest.param(["example.org"], 2, id="only the site"),
        pytest.param(["example.org", "nobody.example"], 1, id="an unknown one"),
        pytest.param(["example.org", "nobody.example", "nobody.example", "www.nobody.example"], 1, id="the same again"),
        pytest.param([*unknown_domains(999), "example.org"], 0, id="very many unknown ones, the site last"),
    ],
)
async def test_a_site_among_unknown_domains_is_counted_as_ever(door, listed, left):
    for _ in range(MOST_PER_MINUTE - 3):
        await door.ask()
    answer = await door.ask(MINIMAL | {"d": ", ".join(listed)})
    counted = len(door.records())
    after = [await door.ask() for _ in range(3)]

    assert (202, b"ok") == (answer.status, answer.body)
    assert MOST_PER_MINUTE - 2 == counted
    assert left == sum(DROPPED not in each.headers for each in after)


async def test_an_address_that_is_not_known_or_trusted_pays_nothing_for_unknown_domains(door):
    for peer in (None, PROXY):
        await door.ask(MINIMAL | {"d": ",".join(unknown_domains(999))}, peer=peer)

        assert DROPPED not in (await door.ask(peer=peer)).headers


async def test_unknown_domains_of_a_hit_are_counted_in_one_go(door, monkeypatch):
    added: list[int] = []
    add = door.tally.add

    def add_and_note(dropped: Any, *, count: int = 1, **when: Any) -> None:
        added.append(count)
        add(dropped, count=count, **when)

    monkeypatch.setattr(door.tally, "add", add_and_note)
    await door.ask(MINIMAL | {"d": ",".join(unknown_domains(1000))})

    assert [1000] == added


async def test_events_of_one_request_have_one_time(door):
    await door.ask(MINIMAL | {"d": "example.org,other.example"})

    assert {int(NOON)} == {record.event.time for record in door.records()}


@pytest.mark.parametrize(
    ("fields", "peer", "headers", "drop"),
    [
        pytest.param({}, COLLEAGUE, [], ("excluded", 1, 1), id="an excluded network"),
        pytest.param({}, PROXY, [("x-forwarded-for", COLLEAGUE)], ("excluded", 1, 1), id="one behind a proxy"),
        pytest.param({}, VISITOR, [("cookie", "sillage_opt_out=1")], ("opted_out", 1, 1), id="one who opted out"),
        pytest.param({}, VISITOR, [("user-agent", GOOGLEBOT)], ("bot_search", 1, 1), id="a bot"),
        pytest.param({"n": "engagement", "sd": 5}, STRANGER, [], ("no_visit_for_engagement", 1, 1), id="no visit"),
        pytest.param({"d": "nobody.example"}, VISITOR, [], ("unknown_site", 0, 1), id="an unknown site"),
        pytest.param({}, VISITOR, [("sec-purpose", "prefetch")], ("prefetch", 1, 1), id="a page fetched ahead"),
        pytest.param({}, PROXY, [("x-plausible-ip-type", "dc_ip")], ("datacenter", 1, 1), id="a datacenter"),
        pytest.param({}, None, [("x-plausible-ip-type", "threat_ip")], ("threat", 1, 1), id="a threat, by a socket"),
        pytest.param({}, VISITOR, [("sec-ch-ua", '"HeadlessChrome";v="141"')], ("headless", 1, 1), id="no screen"),
        pytest.param({"r": "https://spam.example/"}, VISITOR, [], ("spam_referrer", 1, 1), id="a made-up referrer"),
        pytest.param({}, BUSY, [], ("rate_limited_client", 1, 1), id="too much of one client"),
    ],
)
async def test_who_is_not_counted_gets_the_same_answer_and_leaves_a_count(door, fields, peer, headers, drop):
    counted = await door.ask()
    for _ in range(MOST_PER_MINUTE):
        assert DROPPED not in (await door.ask(peer=BUSY)).headers
    before = door.records()
    answer = await door.ask(MINIMAL | fields, *headers, peer=peer)

    assert answer.headers.pop(DROPPED, None) == (None if drop[0] in ("excluded", "opted_out") else "1")
    assert counted == answer
    assert before == door.records()
    assert [drop] == door.drops()


async def test_a_stranger_cannot_say_what_kind_of_address_he_has(door):
    answer = await door.ask(MINIMAL, ("x-plausible-ip-type", "dc_ip"), peer=VISITOR)

    assert DROPPED not in answer.headers


@pytest.mark.parametrize(
    ("key", "domains", "is_believed"),
    [
        pytest.param(KEY, "example.org", True, id="a key of the site"),
        pytest.param(KEY, "example.org,other.example", False, id="for two sites, a key of one"),
        pytest.param("sillage_other", "example.org", False, id="a key that is none"),
    ],
)
async def test_who_shows_a_key_is_believed_about_the_visitor(door, key, domains, is_believed):
    body, header = MINIMAL | {"d": domains}, ("authorization", f"Bearer {key}")
    office = await door.ask(body, header, ("x-plausible-ip", COLLEAGUE), peer=STRANGER)
    datacenter = await door.ask(body, header, ("x-plausible-ip-type", "dc_ip"), peer=STRANGER)
    nobody = await door.ask(body, header, peer=STRANGER)

    assert [is_believed] * 2 == [DROPPED in answer.headers for answer in (office, datacenter)]
    assert DROPPED not in nobody.headers


async def test_a_sender_with_a_key_learns_what_is_not_stored(door):
    surplus = MINIMAL | {"p": {f"k{number}": "x" for number in range(31)}}
    key = ("authorization", f"Bearer {KEY}")
    answers = [await door.ask(surplus, key), await door.ask(surplus, key, ("x-plausible-ip", COLLEAGUE))]

    cut = {"cut": {"props": ["only 30 properties are stored, without k30"]}}
    assert [(202, cut)] * 2 == [(answer.status, json.loads(answer.body)) for answer in answers]
    assert {"application/json; charset=utf-8"} == {answer.headers["content-type"] for answer in answers}
    assert [None, "1"] == [answer.headers.get(DROPPED) for answer in answers]


async def test_other_answers_stay_plain(door):
    surplus = MINIMAL | {"p": {f"k{number}": "x" for number in range(31)}}
    answers = [
        await door.ask(surplus),
        await door.ask(surplus, ("authorization", "Bearer sillage_other")),
        await door.ask(MINIMAL, ("authorization", f"Bearer {KEY}")),
        await door.hand_over(surplus),
    ]

    assert [(202, b"ok")] * 4 == [(answer.status, answer.body) for answer in answers]


async def test_a_key_that_was_taken_back_lets_nobody_in(door):
    door.app.accept_keys(SenderKeys())
    await door.ask(MINIMAL, ("authorization", f"Bearer {KEY}"), ("x-plausible-ip", COLLEAGUE), peer=STRANGER)

    assert door.drops() == []


async def test_a_stranger_cannot_claim_to_be_a_colleague(door):
    await door.ask(MINIMAL, ("x-forwarded-for", COLLEAGUE), ("x-plausible-ip", COLLEAGUE), peer=VISITOR)

    assert door.drops() == []


@pytest.mark.parametrize(
    ("lines", "is_excluded"),
    [
        pytest.param([COLLEAGUE], True, id="one line"),
        pytest.param([COLLEAGUE, "10.0.0.2"], True, id="each proxy on a line of its own"),
        pytest.param([VISITOR, COLLEAGUE, "10.0.0.2"], True, id="what the visitor claims stands above"),
        pytest.param([COLLEAGUE, VISITOR], False, id="a visitor who claims to be a colleague"),
        pytest.param([COLLEAGUE, f"{VISITOR}, 10.0.0.2"], False, id="the same through two proxies"),
    ],
)
@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded"])
async def test_proxies_may_write_a_line_each(door, header, lines, is_excluded):
    prefix = "for=" if header == "forwarded" else ""
    headers = [(header, ",".join(prefix + entry.strip() for entry in line.split(","))) for line in lines]

    await door.ask(MINIMAL, *headers, peer=PROXY)

    assert is_excluded == bool(door.drops())


async def test_on_a_unix_socket_the_proxy_is_believed(door):
    await door.ask(MINIMAL, peer=None)
    assert door.drops() == []

    await door.ask(MINIMAL, ("x-forwarded-for", COLLEAGUE), peer=None)
    assert door.drops() == [("excluded", 1, 1)]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
async def test_events_are_sent_with_post_alone(door, method):
    answer = await door.ask(method=method)

    assert (405, "POST, OPTIONS") == (answer.status, answer.headers["allow"])
    assert door.records() == []


async def test_any_page_may_send_events(door):
    for answer in (
        await door.ask(),
        await door.ask(b""),
        await door.ask(method="GET"),
        await door.ask(method="OPTIONS"),
    ):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert answer.headers["access-control-expose-headers"] == ""


async def test_a_preflight_is_answered(door):
    answer = await door.ask(b"", ("access-control-request-method", "POST"), method="OPTIONS")

    assert (204, b"") == (answer.status, answer.body)
    assert "content-length" not in answer.headers  # RFC 9110, 8.6: never with a 204
    assert answer.headers["access-control-max-age"] == "1728000"
    assert "POST" in answer.headers["access-control-allow-methods"].split(",")
    assert "Content-Type" in answer.headers["access-control-allow-headers"].split(",")


async def test_an_answer_marks_no_device(door):
    for answer in (
        await door.ask(),
        await door.ask(b""),
        await door.ask(method="GET"),
        await door.ask(method="OPTIONS"),
    ):
        assert not {"set-cookie", "etag", "last-modified"} & answer.headers.keys()


HERE = ("referer", "https://example.org/here")


@pytest.mark.parametrize(
    ("query", "headers", "paths"),
    [
        pytest.param("u=https%3A%2F%2Fexample.org%2Fthere", [], ["/there"], id="a page that is named"),
        pytest.param("u=https%3A%2F%2Felsewhere.example%2Fa&d=example.org", [], ["/a"], id="a site that is named"),
        pytest.param("", [HERE], ["/here"], id="the page it stands on"),
        pytest.param("d=example.org", [HERE, ("content-type", "a/form")], ["/here"], id="a type that means nothing"),
        pytest.param("u=https%3A%2F%2Fexample.org%2Fthere", [HERE], ["/there"], id="both: the one that is named"),
        pytest.param("", [], [], id="no page"),
        pytest.param("u=nonsense", [], [], id="no address"),
        pytest.param("d=unknown.example", [HERE], [], id="a site that is not known"),
        pytest.param("", [HERE, ("user-agent", GOOGLEBOT)], [], id="a bot"),
    ],
)
async def test_the_pixel_counts_a_page_view(door, query, headers, paths):
    answer = await door.ask(b"", *headers, method="GET", path="/api/pixel.gif", query=query)

    assert paths == [record.event.path for record in door.records()]
    assert (answer.status, answer.headers["content-type"], answer.body[:6]) == (200, "image/gif", b"GIF89a")
    assert answer.headers["cache-control"] == "no-store"
    assert not {"set-cookie", "etag", "last-modified", DROPPED} & answer.headers.keys()


async def test_the_pixel_tells_what_led_to_the_page(door):
    query = "r=https%3A%2F%2Fpartner.example%2Flist"
    await door.ask(b"", HERE, method="GET", path="/api/pixel.gif", query=query)

    assert ["partner.example/list"] == [record.visit.attributes.referrer for record in door.records()]


async def test_asking_for_the_head_of_the_pixel_counts_nothing(door):
    answer = await door.ask(b"", HERE, method="HEAD", path="/api/pixel.gif")

    assert (answer.status, door.records()) == (299, [])


@pytest.mark.parametrize("path", ["/", "/api/health", "/api/event/", "/api/events", "/js/script.js"])
async def test_everything_else_is_answered_elsewhere(door, path):
    assert (await door.ask(path=path)).status == 299


async def test_a_full_spool_refuses_until_there_is_room(tmp_path):
    door = Door(tmp_path, max_bytes=100)
    first, refused = await door.ask(), await door.ask()
    door.spool.seal()
    for segment in door.spool.sealed():
        segment.discard()
    door.spool.measure()
    again = await door.ask()

    assert [202, 503, 202] == [first.status, refused.status, again.status]
    assert int(refused.headers["retry-after"]) > 0
    assert refused.headers["access-control-allow-origin"] == "*"


async def test_a_spool_that_cannot_be_written_refuses(tmp_path, caplog):
    door = Door(tmp_path)
    (tmp_path / "spool").rmdir()
    refused = await door.ask()
    (tmp_path / "spool").mkdir()
    door.spool.retry()
    again = await door.ask()

    assert [503, 202] == [refused.status, again.status]
    assert "retry-after" in refused.headers
    assert [] == caplog.messages


async def test_hits_that_are_refused_for_long_are_not_in_a_visit(tmp_path):
    door = Door(tmp_path)
    (tmp_path / "spool").rmdir()
    await door.ask()
    for _ in range(10):
        await door.ask()
    (tmp_path / "spool").mkdir()
    door.spool.retry()
    await door.ask()

    assert [2] == [record.visit.pageviews for record in door.records()]  # and the one by which it was noticed


async def test_every_refused_hit_is_counted_whatever_the_reason(tmp_path, caplog):
    door = Door(tmp_path, max_bytes=100)
    (tmp_path / "spool").rmdir()
    for _ in range(2):
        await door.ask()
    (tmp_path / "spool").mkdir()
    door.spool.retry()
    for _ in range(4):
        await door.ask()
    door.refusals.tick(0)

    (line,) = caplog.messages
    assert line.startswith("hits are rejected (5 since the last such line): ClickHouse does not accept")


async def test_requests_at_one_time_are_each_counted_once(door):
    answers = await asyncio.gather(
        *(door.ask(MINIMAL | {"u": f"https://example.org/{number}"}) for number in range(200))
    )

    assert {202} == {answer.status for answer in answers}
    assert {f"/{number}" for number in range(200)} == {record.event.path for record in door.records()}
    assert [200] == [max(record.visit.pageviews for record in door.records())]


async def test_a_visit_over_midnight_is_one(door):
    for now, page in ((MIDNIGHT - 60, "/a"), (MIDNIGHT + 60, "/b"), (MIDNIGHT + 1700, "/c"), (MIDNIGHT + 3400, "/d")):
        door.now = now
        await door.ask(MINIMAL | {"u": f"https://example.org{page}"})
    records = door.records()
    today = records[0].visit.day

    assert 1 == len({(record.visit.visit_id, record.visit.visitor_id) for record in records})
    assert [today, today + 1, today + 1, today + 1] == [record.event.day for record in records]
    assert {today} == {record.visit.day for record in records}
    assert [1, 2, 3, 4] == [record.visit.pageviews for record in records]


async def test_two_visits_on_two_sides_of_midnight_are_of_two_visitors(door):
    for now in (MIDNIGHT - 3600, MIDNIGHT + 3600):
        door.now = now
        await door.ask()

    assert 2 == len({record.visit.visitor_id for record in door.records()})


@pytest.mark.parametrize("address", ["203.0.114.77", "2001:db8::cafe"])
async def test_no_trace_of_the_address_reaches_spool_or_log(tmp_path, caplog, address):
    caplog.set_level(logging.DEBUG)
    door = Door(tmp_path)
    bodies = [MINIMAL, MINIMAL | {"n": "404"}, MINIMAL | {"d": "nobody.example"}, b"not json", {}, b"x" * 2_000_000]
    for headers, peer in ([], address), ([("x-forwarded-for", address)], PROXY), ([("x-plausible-ip", address)], PROXY):
        for body in bodies:
            await door.ask(body, *headers, peer=peer)
    assert door.records()
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())

    for trace in (address.encode(), pack(address), pack(address)[::-1], pack(address).hex().encode()):
        assert trace not in stored
        assert trace not in caplog.text.encode()


async def test_a_failure_is_answered_and_its_words_are_not_logged(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    door = Door(tmp_path)

    def broken_clock() -> float:
        raise ValueError(f"{VISITOR} on a page at {FIREFOX}")

    broken = Collector(
        elsewhere,
        pipeline=Pipeline(salts=Salts(None), visits=Visits(), places=Places()),
        spool=door.spool,
        tally=door.tally,
        trusted=TrustedProxies([]),
        clock=broken_clock,
    )
    door.app = broken
    answer = await door.ask()

    assert (500, b"Internal error") == (answer.status, answer.body)
    assert "ValueError" in caplog.text
    assert "broken_clock" in caplog.text
    assert VISITOR not in caplog.text
    assert FIREFOX not in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(MINIMAL, id="an event"),
        pytest.param(MINIMAL | {"d": "example.org,unknown.example"}, id="one of a site that is not known, too"),
        pytest.param(b"not json", id="not JSON"),
        pytest.param({}, id="missing fields"),
        pytest.param(b" " * (MAX_BODY_BYTES + 1), id="too large"),
    ],
)
async def test_a_hit_that_is_handed_over_is_answered_as_any_other(door, body):
    assert await door.hand_over(body) == await door.ask(body)
    assert door.paths() == (["/", "/"] if isinstance(body, dict) and body else [])


async def test_a_hit_that_is_handed_over_is_answered_once_it_is_written(door):
    answers: list[Any] = []
    door.app.once_written(door.app.answer_to(a_scope(), json.dumps(MINIMAL).encode()), answers.append)
    before = (answers[:], door.paths())
    await door.spool.written()
    await asyncio.sleep(0)  # those who wait are told behind us

    assert before == ([], [])
    assert ([202], ["/"]) == ([answer.status for answer in answers], door.paths())


async def test_a_hit_that_is_handed_over_and_cannot_be_written_is_refused(tmp_path, caplog):
    door = Door(tmp_path)
    (tmp_path / "spool").rmdir()
    refused, unreadable = await asyncio.gather(door.hand_over(), door.hand_over(b"not json"))
    door.refusals.tick(0)

    assert (503, 400) == (refused.status, unreadable.status)
    assert "hits are rejected (1 since" in caplog.text
