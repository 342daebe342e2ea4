from pathlib import Path

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from hypothesis import example, given
from hypothesis import strategies as st
from is_bot import Bots

from ingest.gates import bots
from ingest.gates.bots import MAX_USER_AGENT_CHARACTERS
from ingest.outcome import Reason

KINDS = {reason for reason in Reason if reason.startswith("bot_")} | {Reason.HEADLESS}
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=600)


def rows(name: str) -> list[list[str]]:
    lines = Path(__file__).parent.with_name(name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("text", [pytest.param(row[-1], id=row[0]) for row in rows("browsers.tsv")])
def test_a_persons_browser_is_no_bot(text):
    assert bots.reason(text) is None


@pytest.mark.parametrize("text", [pytest.param(row[-1], id=row[0]) for row in rows("bots.tsv")])
def test_a_program_is_a_bot(text):
    assert bots.reason(text) in KINDS


def test_every_example_of_the_crawler_list_is_a_bot():
    examples = [text for entry in CRAWLER_USER_AGENTS_DATA for text in entry.get("instances", [])]

    assert len(examples) > 1000
    assert [] == [text for text in examples if len(text) <= MAX_USER_AGENT_CHARACTERS and not bots.reason(text)]


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
@example(rows("browsers.tsv")[0][-1])
def test_what_is_bot_calls_a_bot_is_one(text):
    assert bots.reason(text) in KINDS or not Bots().is_bot(text)


@given(ANY_TEXT)
@example("a" * 10_000)
def test_any_text_has_an_answer(text):
    assert bots.reason(text) in {None, *KINDS}


def test_warming_up_changes_no_answer():
    bots.warm()

    assert bots.reason("") is None
    assert bots.reason("curl/8.5.0") is Reason.BOT_OTHER
