from pathlib import Path

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from hypothesis import example, given
from hypothesis import strategies as st
from is_bot import Bots

from ingest import bots
from ingest.bots import MAX_USER_AGENT_CHARACTERS
from ingest.outcome import Reason

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=600)


def rows(name: str) -> list[list[str]]:
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("text", [pytest.param(row[-1], id=row[0]) for row in rows("browsers.tsv")])
def test_a_persons_browser_is_no_bot(text):
    assert bots.reason(text) is None


@pytest.mark.parametrize("text", [pytest.param(row[-1], id=row[0]) for row in rows("bots.tsv")])
def test_a_program_is_a_bot(text):
    assert bots.reason(text) is Reason.BOT


def test_every_example_of_the_crawler_list_is_a_bot():
    examples = [text for entry in CRAWLER_USER_AGENTS_DATA for text in entry.get("instances", [])]

    assert len(examples) > 1000
    assert [] == [text for text in examples if len(text) <= MAX_USER_AGENT_CHARACTERS and not bots.reason(text)]


def test_an_empty_user_agent_is_accepted():
    assert bots.reason("") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(
            "Mozilla/5.0 (Linux; CUBOT X30) Chrome/90.0.4430.82 Mobile Safari/537.36", None, id="a phone's name"
        ),
        pytest.param(
            "Mozilla/5.0 (Linux; ABOT X30) Chrome/90.0.4430.82 Mobile Safari/537.36", Reason.BOT, id="a bot's"
        ),
        pytest.param(
            "Mozilla/5.0 (Linux; Google Pixel 8) Chrome/125.0.0.0 Mobile Safari/537.36", None, id="google's phone"
        ),
        pytest.param(
            "Mozilla/5.0 (Linux; Google Thing) Chrome/125.0.0.0 Mobile Safari/537.36", Reason.BOT, id="google's own"
        ),
    ],
)
def test_look_around_decides_where_a_word_alone_does_not(text, reason):
    assert reason is bots.reason(text)


@given(st.text(st.characters(exclude_categories=()), max_size=200))
@example("\ud800\x00")
def test_whatever_surrounds_a_crawlers_name_it_is_a_bot(text):
    assert bots.reason(f"{text} Googlebot/2.1 {text}") is Reason.BOT


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=200))
@example(rows("browsers.tsv")[0][-1])
def test_what_is_bot_calls_a_bot_is_one(text):
    assert bots.reason(text) is Reason.BOT or not Bots().is_bot(text)


@given(ANY_TEXT)
@example("a" * 10_000)
def test_any_text_has_an_answer(text):
    assert bots.reason(text) in (None, Reason.BOT)


def test_warming_up_changes_no_answer():
    bots.warm()

    assert bots.reason("") is None
    assert bots.reason("curl/8.5.0") is Reason.BOT
