import re

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from hypothesis import example, given
from hypothesis import strategies as st
from is_bot import Bots

from ingest.gates import bots
from ingest.gates.bots import MAX_USER_AGENT_CHARACTERS
from ingest.outcome import Reason
from tests.ingest.user_agents import collection, table

KINDS = {reason for reason in Reason if reason.startswith("bot_")} | {Reason.HEADLESS}
CRAWLER_PATTERNS = [entry["pattern"] for entry in CRAWLER_USER_AGENTS_DATA]
USED_AS_PUBLISHED = set(Bots().patterns) - {row.published for row in bots.replacements()}
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=600)


# Examples of crawler-user-agents that are browsers of people: apps of Facebook and Instagram, desktop apps.
PEOPLE_IN_THE_CRAWLER_LIST = ("MetaIAB Facebook", "Build/AP3A.240617.008; wv", "Code/1.", "Trae/1.", "Fluid/0.9.6")


@pytest.mark.parametrize("text", [pytest.param(row[-1], id=row[0]) for row in table("browsers.tsv")])
def test_a_persons_browser_is_no_bot(text):
    assert bots.reason(text) is None


@pytest.mark.parametrize("text", [pytest.param(row[-1], id=row[0]) for row in table("bots.tsv")])
def test_a_program_is_a_bot(text):
    assert bots.reason(text) in KINDS


@pytest.mark.parametrize("text", [pytest.param(row[-1], id=row[0]) for row in table("programs_of_people.tsv")])
def test_a_native_app_or_a_server_that_sends_events_is_no_bot(text):
    assert bots.reason(text) is None


def test_every_example_of_the_crawler_list_is_a_bot_except_people():
    examples = [text for entry in CRAWLER_USER_AGENTS_DATA for text in entry.get("instances", [])]
    counted = [text for text in examples if len(text) <= MAX_USER_AGENT_CHARACTERS and not bots.reason(text)]

    assert len(examples) > 1000
    assert [] == [text for text in counted if not any(name in text for name in PEOPLE_IN_THE_CRAWLER_LIST)]


def test_of_the_crawlers_known_today_98_percent_stay_bots():
    crawlers = [row[-1] for row in collection("crawlers.txt.gz")]

    assert len(crawlers) > 2000
    assert sum(bots.reason(text) is not None for text in crawlers) >= 0.98 * len(crawlers)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.published) for row in bots.replacements()])
def test_a_pattern_is_replaced_because_it_matches_a_person(row):
    matches = Bots([row.published]).is_bot if row.bot_list == "is-bot" else re.compile(row.published).search

    assert row.published in {"is-bot": Bots().patterns, "crawlers": CRAWLER_PATTERNS}[row.bot_list]
    assert matches(row.person)
    assert bots.reason(row.person) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("Mozilla/5.0 (compatible; bingbot/2.0)", Reason.BOT_SEARCH, id="a search engine"),
        pytest.param("Mozilla/5.0 (compatible; GPTBot/1.2)", Reason.BOT_AI, id="an ai assistant"),
        pytest.param("OAI-SearchBot/1.0", Reason.BOT_AI, id="an ai assistant that searches"),
        pytest.param("Slackbot-LinkExpanding 1.0", Reason.BOT_PREVIEW, id="a preview of a link"),
        pytest.param("facebookexternalhit/1.1", Reason.BOT_PREVIEW, id="another preview"),
        pytest.param("Mozilla/5.0+(compatible; UptimeRobot/2.0)", Reason.BOT_MONITORING, id="a monitor"),
        pytest.param("Mozilla/5.0 (compatible; CensysInspect/1.1)", Reason.BOT_SCANNER, id="a scanner"),
        pytest.param("Mozilla/5.0 (compatible; AhrefsBot/7.0)", Reason.BOT_SEO, id="a tool of search optimizers"),
        pytest.param("AdsBot-Google (+http://www.google.com/adsbot.html)", Reason.BOT_SEO, id="an advertiser's"),
        pytest.param("Mozilla/5.0 (X11) HeadlessChrome/141.0.0.0", Reason.HEADLESS, id="a browser without a screen"),
        pytest.param("Mozilla/5.0 HeadlessChrome/141.0 UptimeRobot/2.0", Reason.BOT_MONITORING, id="one with a name"),
        pytest.param("python-requests/2.32", Reason.BOT_OTHER, id="a program's library"),
        pytest.param("my-own-spider", Reason.BOT_OTHER, id="what no list names"),
    ],
)
def test_kinds_of_bots_are_told_apart(text, kind):
    assert bots.reason(text) is kind


def test_an_empty_user_agent_is_accepted():
    assert bots.reason("") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(
            "Mozilla/5.0 (Linux; CUBOT X30) Chrome/90.0.4430.82 Mobile Safari/537.36", None, id="a phone's name"
        ),
        pytest.param(
            "Mozilla/5.0 (Linux; ABOT X30) Chrome/90.0.4430.82 Mobile Safari/537.36", Reason.BOT_OTHER, id="a bot's"
        ),
        pytest.param(
            "Mozilla/5.0 (Linux; Google Pixel 8) Chrome/125.0.0.0 Mobile Safari/537.36", None, id="google's phone"
        ),
        pytest.param(
            "Mozilla/5.0 (Linux; Google Thing) Chrome/125.0.0.0 Mobile Safari/537.36",
            Reason.BOT_OTHER,
            id="google's own",
        ),
    ],
)
def test_look_around_decides_where_a_word_alone_does_not(text, reason):
    assert reason is bots.reason(text)


@given(st.text(st.characters(exclude_categories=()), max_size=200))
@example("\ud800\x00")
def test_whatever_surrounds_a_crawlers_name_it_is_a_bot(text):
    assert bots.reason(f"{text} Googlebot/2.1 {text}") in KINDS


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=200))
@example(table("browsers.tsv")[0][-1])
def test_what_a_pattern_in_use_calls_a_bot_is_one(text):
    assert bots.reason(text) in KINDS or not Bots(sorted(USED_AS_PUBLISHED)).is_bot(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(
            "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) WIRED/3.2.3.11.87970", None, id="the end of a word"
        ),
        pytest.param("Mozilla/5.0 (Linux) RED/2.0.14", Reason.BOT_MONITORING, id="the word"),
        pytest.param("Opera/9.80 (MAUI Runtime; Opera Mini/4.4.39008/37.9178; U; en)", None, id="the end of a number"),
        pytest.param("Mozilla/5.0 (compatible; 008/0.83) Gecko/2008032620", Reason.BOT_SEO, id="the number"),
        pytest.param("Mozilla/5.0 (Windows) Slack/4.43.51 Sonic Slack_SSB/4.43.51", None, id="an app's part"),
        pytest.param("Mozilla/5.0 (compatible; Sonic/1.0)", Reason.BOT_SEO, id="a crawler of the same name"),
        pytest.param("MyApp/1.0 okhttp/4.12.0", None, id="an app with a library"),
        pytest.param("okhttp/4.12.0", Reason.BOT_OTHER, id="the library alone"),
        pytest.param("Mozilla/5.0 (Android 9) SogouMSE,SogouMobileBrowser/4.1.0", None, id="a browser"),
        pytest.param("Sogou web spider/4.0", Reason.BOT_SEARCH, id="a crawler of the same company"),
    ],
)
def test_a_crawlers_name_counts_where_it_is_a_name(text, reason):
    assert bots.reason(text) is reason


@given(ANY_TEXT)
@example("a" * 10_000)
def test_any_text_has_an_answer(text):
    assert bots.reason(text) in {None, *KINDS}


def test_warming_up_changes_no_answer():
    bots.warm()

    assert bots.reason("") is None
    assert bots.reason("curl/8.5.0") is Reason.BOT_OTHER
