"""P9: nothing that identifies a person is stored of URLs, properties and names, and ordinary pages stay apart."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

import msgspec
import pytest

from ingest.enrich import url
from ingest.history.past_event import Reader
from ingest.outcome import REDACTED, Dropped
from ingest.storage.flush import record_payload
from schema.privacy.profile import Privacy
from schema.privacy.redaction import Kind
from schema.records.event import Record
from tests.ingest.test_exempt import EXEMPT_ONLY, an_exempt
from tests.ingest.test_pipeline import NOON, SITE, a_hit, a_pipeline, admitted

SITE_URL = "https://example.org"
EMAIL, PHONE, IBAN = "anna@example.org", "06 12 34 56 78", "FR76 3000 6000 0112 3456 7890 189"
UUID, SSN, TOKEN = "123e4567-e89b-12d3-a456-426614174000", "1 85 05 78 006 084 91", "8f3a9c2e1b7d4f6a8e0c2d4b"


def lines(name: str) -> list[str]:
    text = Path(__file__).with_name(name).read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


NASTY = [line.split("\t") for line in lines("nasty_urls.tsv")]
ORDINARY = lines("ordinary_urls.txt")


def path_of(text: str, *, hash_mode: bool = False) -> str:
    return url.read(text, hash_mode=hash_mode).path


def test_the_collections_are_large():
    assert (len(NASTY) >= 500, len(ORDINARY) >= 300) == (True, True)


def test_nothing_of_a_nasty_url_is_stored():
    assert [] == [(text, path, path_of(text)) for text, path in NASTY if path_of(text) != path]


def test_an_ordinary_url_is_stored_as_it_is():
    assert [] == [(text, path_of(text)) for text in ORDINARY if path_of(text) != unquote(text.removeprefix(SITE_URL))]


def test_ordinary_pages_are_not_merged():
    distinct = {unquote(text) for text in ORDINARY}

    assert len(distinct) == len({path_of(text) for text in ORDINARY})


def test_the_fragment_of_a_hash_route_is_clean():
    routes = [(text.removeprefix(SITE_URL).partition("#")[0], path) for text, path in NASTY]
    found = [(route, path_of(f"{SITE_URL}/#{route}", hash_mode=True)) for route, _ in routes]

    assert [] == [
        pair for pair, (_, path) in zip(found, routes, strict=True) if pair[1] != f"/#{path}" and "//" not in pair[0]
    ]


def test_the_path_of_a_referrer_is_clean():
    for text, path in NASTY:
        page = text.partition("?")[0].partition("#")[0]
        referrer = admitted(
            a_pipeline(), a_hit(r=page.replace("example.org", "other.example", 1))
        ).visit.attributes.referrer
        assert ("://" in page.removeprefix("https://")) or _has_placeholders(referrer, path)


def _has_placeholders(text: str, path: str) -> bool:
    """Return whether a text has the placeholders of a stored path."""
    return all((f":{kind}" in path) <= (f":{kind}" in text) for kind in Kind)


@pytest.mark.parametrize("privacy", [Privacy(), EXEMPT_ONLY], ids=["standard", "exempt"])
def test_both_profiles_clean_paths_and_count_what_was_replaced(privacy):
    tally = a_counted(privacy, f"/{EMAIL}/{EMAIL}/{quote(PHONE)}")

    assert {Dropped(REDACTED[kind], SITE.id) for kind in (Kind.EMAIL, Kind.PHONE)} == tally


def a_counted(privacy: Privacy, path: str, **fields: object) -> set[Dropped]:
    """Return the counts of a hit, each once."""
    pipeline = a_pipeline(an_exempt(privacy))
    admitted(pipeline, a_hit(path, **fields))  # type: ignore[arg-type]
    counts = pipeline._tally.take()
    assert {1} >= {count.count for count in counts}
    return {
        Dropped(reason, count.site_id) for count in counts for reason in REDACTED.values() if reason == count.reason
    }


@pytest.mark.parametrize(
    ("path", "fields", "kind"),
    [
        pytest.param("/", {"p": {"who": EMAIL}}, Kind.EMAIL, id="a property"),
        pytest.param("/", {"p": {EMAIL: "1"}}, Kind.EMAIL, id="the name of a property"),
        pytest.param("/", {"n": f"Signup {EMAIL}"}, Kind.EMAIL, id="the name of an event"),
        pytest.param("/", {"p": {"title": f"Compte de {PHONE}"}}, Kind.PHONE, id="a page title"),
        pytest.param(f"/?utm_source={EMAIL}", {}, Kind.EMAIL, id="a source"),
        pytest.param(f"/?ref={EMAIL}", {}, Kind.EMAIL, id="a ref"),
        pytest.param(f"/?utm_content={UUID}", {}, Kind.UUID, id="content"),
        pytest.param(f"/?utm_term={TOKEN}", {}, Kind.TOKEN, id="a term"),
        pytest.param(f"/?utm_campaign={quote(quote(IBAN))}", {}, Kind.IBAN, id="a campaign, encoded twice"),
        pytest.param("/", {"r": f"https://mail.example/u/{EMAIL}/inbox"}, Kind.EMAIL, id="a referrer"),
        pytest.param("/", {"r": f"https://mail.example/u/{quote(SSN)}/inbox"}, Kind.SSN, id="an encoded referrer"),
        pytest.param("/", {"n": "404", "p": {"path": f"/x/{EMAIL}"}}, Kind.EMAIL, id="the path of an automatic event"),
        pytest.param(f"/gone/{EMAIL}", {"n": "404"}, Kind.EMAIL, id="the path that the server adds"),
    ],
)
def test_every_text_of_a_hit_is_clean(path, fields, kind):
    hit = a_hit(path, **fields)
    payload = record_payload(admitted(a_pipeline(), hit))

    assert [] == [text for text in (EMAIL, PHONE, IBAN, UUID, SSN, TOKEN) if text.encode() in payload]
    assert f":{kind}".encode() in payload
    assert {Dropped(REDACTED[kind], SITE.id)} == a_counted(Privacy(), path, **fields)


def test_a_clean_hit_counts_nothing():
    assert set() == a_counted(Privacy(), "/?utm_source=letter", p={"plan": "pro"}, r="https://news.example/2024/01")


def test_what_is_not_stored_is_not_counted():
    assert set() == a_counted(EXEMPT_ONLY, f"/?utm_source={EMAIL}", p={"who": EMAIL}, r=f"https://a.example/{EMAIL}")


def test_an_ignored_referrer_is_not_counted():
    site = replace(SITE, ignored_referrers=("mail.example",))
    pipeline = a_pipeline(site)
    admitted(pipeline, a_hit(r=f"https://mail.example/u/{EMAIL}"))

    assert [] == pipeline._tally.take()


def test_engagement_counts_nothing_again():
    pipeline = a_pipeline()
    for name, more in (("pageview", {}), ("engagement", {"sd": 40, "e": 5000})):
        admitted(pipeline, a_hit(f"/{EMAIL}", n=name, **more))  # type: ignore[arg-type]

    assert [("redacted_email", 1)] == [(count.reason, count.count) for count in pipeline._tally.take()]


LINK = "https://other.example/page"


@pytest.mark.parametrize(
    ("value", "stored", "kept"),
    [
        pytest.param(f"{LINK}?q=private", LINK, f"{LINK}?q=private", id="a query"),
        pytest.param(f"{LINK}#part", LINK, f"{LINK}#part", id="a fragment"),
        pytest.param(f"{LINK}?who={EMAIL}", LINK, f"{LINK}?who=:email", id="a query with an address"),
        pytest.param("https://anna:secret@other.example/page", LINK, LINK, id="a user"),
        pytest.param(f"mailto:{EMAIL}?subject=Hello", "mailto::email", "mailto::email?subject=Hello", id="an e-mail"),
        pytest.param("tel:+33612345678", "tel::phone", "tel::phone", id="a phone"),
        pytest.param("https://wa.me/33612345678?text=Hi", "https://wa.me/:phone", "https://wa.me/:phone?text=Hi",
                     id="a chat"),
        pytest.param("/search?q=private", "/search", "/search?q=private", id="a link within the site"),
        pytest.param("//cdn.example/x?v=1", "//cdn.example/x", "//cdn.example/x?v=1", id="without a scheme"),
        pytest.param("other.example/page?q=1", "other.example/page", "other.example/page?q=1", id="without slashes"),
        pytest.param(f"See {LINK}?q=private now", f"See {LINK} now", f"See {LINK}?q=private now", id="within a text"),
        pytest.param("Why us?", "Why us?", "Why us?", id="a question"),
        pytest.param("C# or F#?", "C# or F#?", "C# or F#?", id="names with a number sign"),
        pytest.param("#3b82f6", "#3b82f6", "#3b82f6", id="a colour"),
        pytest.param("https://youtu.be/dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcQ",
                     id="a link without a query"),
        pytest.param("https://medium.example/@anna/title", "https://medium.example/@anna/title",
                     "https://medium.example/@anna/title", id="a profile"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["Outbound Link: Click", "File Download", "Signup"])
def test_links_lose_their_query_unless_the_site_keeps_it(name, value, stored, kept):
    hit = a_hit(n=name, p={"url": value})

    assert {"url": stored} == admitted(a_pipeline(), hit).event.props
    keeping = an_exempt(Privacy(keeps_link_queries=True))
    assert {"url": kept} == admitted(a_pipeline(keeping), hit).event.props


def test_a_property_that_is_only_a_query_is_left_out():
    assert {"plan": "pro"} == admitted(a_pipeline(), a_hit(p={"search": "?q=private", "plan": "pro"})).event.props


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"url": f"{SITE_URL}/{EMAIL}?q={EMAIL}"}, id="a URL"),
        pytest.param({"hostname": "example.org", "pathname": f"/{EMAIL}"}, id="a path"),
        pytest.param({"url": SITE_URL, "props": {"who": EMAIL}}, id="a property"),
        pytest.param({"url": SITE_URL, "props": {"url": f"{LINK}?q={EMAIL}"}}, id="a link"),
        pytest.param({"url": SITE_URL, "name": EMAIL}, id="a name"),
        pytest.param({"url": SITE_URL, "utm_source": EMAIL}, id="a tag"),
        pytest.param({"url": SITE_URL, "source": EMAIL}, id="a source"),
        pytest.param({"url": SITE_URL, "referrer": f"mail.example/{EMAIL}"}, id="a referrer"),
    ],
)
def test_an_import_is_clean(fields):
    now = int(datetime(2026, 3, 12, 12, tzinfo=UTC).timestamp())
    event = Reader(SITE, salt=b"s" * 16, now=now).read(1, {"time": "2026-03-10T12:00:00Z"} | fields)

    assert EMAIL.encode() not in msgspec.msgpack.encode(event)


def test_the_visit_is_as_clean_as_its_events():
    outcome = a_pipeline().admit(a_hit(f"/{EMAIL}", p={"who": EMAIL}), domain="example.org", now=NOON)

    assert isinstance(outcome, Record)
    assert ("/:email", "/:email", {"who": ":email"}) == (
        outcome.visit.entry_page, outcome.visit.exit_page, outcome.visit.entry_props,
    )  # fmt: skip
