"""Every page is wholly in French for a French browser: texts, labels, dates, numbers and errors of forms."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from babel.messages.pofile import read_po

from dashboard import language
from schema.exclusions import rules
from schema.measures import custom_props, funnels, goals, segments
from schema.people import users
from schema.sentence import Sentence
from schema.sites import keys, sites
from schema.sites.sites import Site
from tests.dashboard.calls import calls
from tests.dashboard.desk import Desk
from tests.factories import store, store_drops, views

SETTINGS = "/example.org/settings"
# Pages besides those that `calls` finds: other states of them, and errors.
MORE_PAGES = [
    "/example.org?period=day&comparison=previous_period&f=is,country,FR&table=yes",
    "/example.org?period=12mo&interval=month&metric=bounce_rate",
    "/example.org?period=custom&from=x&to=y&f=is,nothing,x&pages=x&unknown=1",
    "/example.org?f=is,goal,nothing",
    "/example.org/not-counted?period=day",
    f"{SETTINGS}/devices?days=1",
    f"{SETTINGS}/goals?removed=1",
    "/empty.example",
    "/nowhere.example",
]
# A form -> what is wrong with it.
WRONG_FORMS = [
    pytest.param("/sites/new", {"domain": "https://", "timezone": "Europe/Paris", "profile": "exempt"}, id="a site"),
    pytest.param("/sites/new", {"domain": "x.example", "timezone": "Mars"}, id="a time zone"),
    pytest.param(
        "/sites/new", {"domain": "example.org", "timezone": "UTC", "profile": "standard"}, id="a site that exists"
    ),
    pytest.param("/keys", {"name": "clé"}, id="a key without scopes"),
    pytest.param("/keys", {"name": "", "stats:read": "yes"}, id="a key without a name"),
    pytest.param(f"{SETTINGS}/goals", {}, id="an empty goal"),
    pytest.param(f"{SETTINGS}/goals", {"event": "Inscription"}, id="a goal that exists"),
    pytest.param(f"{SETTINGS}/goals", {"event": "x", "currency": "XXY"}, id="a currency"),
    pytest.param(f"{SETTINGS}/goals", {"page": "/x", "scroll": "abc"}, id="a scroll depth"),
    pytest.param(f"{SETTINGS}/goals/1", {"event": "Achat"}, id="a goal that becomes another one"),
    pytest.param(f"{SETTINGS}/funnels", {"name": "x", "step1": "1"}, id="a funnel of one step"),
    pytest.param(f"{SETTINGS}/funnels", {"name": "x", "step1": "1", "step2": "99"}, id="a step that is gone"),
    pytest.param(f"{SETTINGS}/properties", {"property": ""}, id="a property"),
    pytest.param(f"{SETTINGS}/referrers", {"referrer": "?"}, id="a referrer"),
    pytest.param(f"{SETTINGS}/paths", {"pattern": "/tarifs"}, id="a path rule"),
    pytest.param(f"{SETTINGS}/exclusions", {"kind": "network", "value": "x"}, id="a network"),
    pytest.param(f"{SETTINGS}/exclusions", {"kind": "network", "value": ""}, id="no network"),
    pytest.param(f"{SETTINGS}/exclusions", {"kind": "network", "value": "0.0.0.0/0"}, id="everybody"),
    pytest.param(f"{SETTINGS}/exclusions", {"kind": "country", "value": "FRA"}, id="a country"),
    pytest.param(f"{SETTINGS}/exclusions", {"condition": "any = 1"}, id="a condition"),
    pytest.param(
        f"{SETTINGS}/exclusions", {"kind": "path", "value": "/x", "expires": "2020-01-01"}, id="a rule of the past"
    ),
    pytest.param(f"{SETTINGS}/exclusions/test", {"address": "x"}, id="an address to test"),
    pytest.param(f"{SETTINGS}/exclusions/test", {"address": "192.0.2.1"}, id="a visit that is excluded"),
    pytest.param(f"{SETTINGS}/exclusions/test", {"address": "203.0.113.1"}, id="a visit that is counted"),
    pytest.param("/example.org/notes", {"day": "x", "note": "a"}, id="the day of a note"),
    pytest.param("/example.org/notes", {"day": "2026-03-01", "note": ""}, id="an empty note"),
    pytest.param("/sites/new", {"csrf": "x"}, id="a forged form"),
    pytest.param("/sites/new", {"domain": "x" * 70_000}, id="a form that is too large"),
]
# Words of English sentences that no French sentence has.
ENGLISH = re.compile(
    r"\b(the|and|of|by|for|with|without|from|this|that|these|your|you|are|is|was|were|has|have|not|no|yes|every|each|all"
    r"|add|remove|changes|show|hide|settings|goals?|funnels?|rules?|days?|weeks?|months?|years?|today|yesterday"
    r"|visits?|visitors?|views?|sign|key|keys|name|home|network|country|path|browser|last|used|monday|tuesday|wednesday"
    r"|thursday|friday|saturday|sunday|january|february|march|april|june|july|august)\b",
    re.IGNORECASE,
)
# Elements with code, addresses and values of visitors.
CODE = frozenset({"code", "pre", "bdi", "datalist", "textarea", "script", "style"})
VOID = frozenset({"meta", "link", "input", "br", "img", "hr"})
READ_ALOUD = (
    "aria-label",
    "title",
    "alt",
    "data-unit",
    "data-when",
    "data-before",
    "data-change",
    "data-mark",
    "data-copy",
)


@pytest.fixture(autouse=True)
def _english():
    yield
    language.use("en")


@pytest.fixture
def french(desk: Desk, site: Site, database: Any) -> Desk:
    """Give a browser that prefers French, and a site with events and one of each setting."""
    desk.client.headers["Accept-Language"] = "fr-FR,fr;q=0.9,en;q=0.5"
    sites.add(desk.control, "empty.example", timezone="Asia/Kolkata", now=desk.clock())
    store(database, views("/", "/tarifs", start="2026-03-09 12:00", country="FR", source="Google", browser="Firefox"))
    store(database, views("/", start="2026-03-10 08:00", country="DE", device="Mobile"))
    for reason in ("bot_other", "excluded", "bot_ai", "prefetch", "rate_limited_client", "no_visit_for_engagement"):
        store_drops(database, reason, at="2026-03-10 09:00", rule=1 if reason == "excluded" else 0)
    steps = [goals.add(desk.control, goals.new(site.id, event_name=name)) for name in ("Inscription", "Achat")]
    goals.add(desk.control, goals.new(site.id, page_path="/tarifs", scroll_threshold=75, display_name="Lecture"))
    funnels.put(desk.control, site.id, "Parcours", steps, is_strict=True)
    segments.put(desk.control, site.id, "Accueil", [["is", "event:goal", ["Inscription"]]], labels={})
    custom_props.add(desk.control, site.id, "auteur")
    rule = {"network": ["192.0.2.0/24", "198.51.100.0/24"], "not": {"path": "/a"}, "expires": "2026-12-31"}
    for fields in (rule, {"country": "CH", "note": "Suisse", "mode": "dry-run"}, {"path": "/b", "action": "keep"}):
        rules.add(
            desk.control,
            rules.read(fields, site_id=site.id, now=desk.clock()),
            who="ana@example.org",
            now=desk.clock() - 86_400,
        )
    keys.add(desk.control, "Grafana", scopes=(keys.Scope.READ_STATS,), site_id=None, now=desk.clock())
    return desk


class Texts(HTMLParser):
    """The texts of a page that are not values of visitors, code or in another language."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._left_out: list[bool] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        is_left_out = tag in CODE or (tag != "html" and "lang" in values) or any(self._left_out[-1:])
        if not is_left_out:
            self.texts += [str(values[name]) for name in READ_ALOUD if name in values]
        if tag not in VOID:
            self._left_out.append(is_left_out)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._left_out.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._left_out[-1:]):
            self.texts.append(" ".join(data.split()))


def msgids() -> Iterator[str]:
    """Yield the English texts that differ from the French ones."""
    with (language.DIRECTORY / "fr.po").open("rb") as file:
        for message in read_po(file, locale="fr"):
            texts, others = ([text] if isinstance(text, str) else text or () for text in (message.id, message.string))
            pairs = zip(texts, others, strict=True)
            yield from (one for one, other in pairs if one and one != other)


def english(html: str) -> list[str]:
    """Return the English texts of a page."""
    untranslated = {text for text in msgids() if len(text) > 1}
    texts = [text for text in Texts(html).texts if text]
    return [text for text in texts if text in untranslated or ENGLISH.search(text)]


def pages(desk: Desk) -> list[str]:
    paths = [path for method, path in calls(desk.app.routes) if method == "GET"]
    return [path for path in paths if not path.startswith(("/api/", "/static/"))] + MORE_PAGES


def test_every_page_is_in_french(french):
    seen, left = 0, []
    for path in pages(french):
        answer = french.client.get(path)
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert '<html lang="fr"' in answer.text, path
            seen += 1
            left += [f"{path}: {text}" for text in english(answer.text)]

    assert seen > 20
    assert not left, "\n".join(left)


def test_pages_for_strangers_are_in_french(french):
    french.client.cookies.clear()
    link = users.make_link(french.control, None, now=french.clock())
    answers = [french.get("/sign-in"), french.get(f"/sign-in/{link}"), french.post("/sign-in", email="x", password="x")]
    answers += [french.post(f"/sign-in/{link}", email="x", password="x", repeated="y")]
    answers += [french.post(f"/sign-in/{link}", email="x", password="long enough", repeated="long enough")]

    assert [] == [text for answer in answers for text in english(answer.text)]
    assert [200, 200, 403, 422, 422] == [answer.status_code for answer in answers]


@pytest.mark.parametrize(("path", "fields"), WRONG_FORMS)
def test_the_errors_of_forms_are_in_french(french, path, fields):
    answer = french.post(path, **fields)

    assert answer.status_code in (200, 403, 413, 422)
    assert [] == english(answer.text)


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        pytest.param("<p>Add a goal</p>", ["Add a goal"], id="a text of the catalog"),
        pytest.param("<p>Ajouter un objectif</p>", [], id="French"),
        pytest.param("<p>3 days</p>", ["3 days"], id="a word"),
        pytest.param('<a aria-label="Remove x">x</a>', ["Remove x"], id="a label"),
        pytest.param("<p><bdi>the end</bdi></p>", [], id="a value of a visitor"),
        pytest.param("<pre><b>the end</b></pre>", [], id="code"),
        pytest.param("<pre>x</pre><p>the end</p>", ["the end"], id="after code"),
        pytest.param('<button lang="en">English, of the UK</button>', [], id="marked as English"),
    ],
)
def test_english_is_noticed(html, texts):
    assert texts == english(html)


def test_problems_of_the_server_are_in_french(french):
    hidden = Sentence(
        "ClickHouse found %(what)s of the table %(table)s and runs without it. Numbers may be missing. Restore the data"
        " directory from a backup, or accept the loss and delete the broken parts in %(directory)s.",
        {"what": Sentence("a damaged part"), "table": "events", "directory": "/x"},
    )
    french.provide(problems=lambda: [hidden])
    file = french.data_dir / "exclusions.toml"
    file.write_text("[[rule]]\nnetwork = 'x'\n")
    french.rules.follow_file()

    for path in ("/example.org", "/empty.example", f"{SETTINGS}/exclusions"):
        html = french.get(path).text.replace(str(french.data_dir), "")  # the name of this test has English words
        assert 'role="alert"' in html
        assert [] == english(html)
