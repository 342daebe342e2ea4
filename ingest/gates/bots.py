"""Recognize bots and their kind by user agent, with two published lists of patterns.

- crawler-user-agents has known crawlers and their purpose. is-bot has general words (`spider`, `headless`, `http`...)
  that also match crawlers on no list yet.
- Some patterns of both lists match people: in-app browsers, desktop apps, native apps. enrich/data/bot_patterns.tsv
  replaces each of them, with a user agent as evidence. A pattern that is new in a list is used as published; the tests
  match thousands of people's user agents, so they fail if it drops one of them.
- A crawler's name counts only where a word begins: `RED/` is a crawler, `WIRED/` is a magazine's app.
- Several patterns may match a user agent. The most specific kind wins, in the order of _KINDS.
- RE2 matches all patterns in one pass. It does not support look-around, which some of is-bot's patterns have:
  RE2 gets them without it, which matches more often, and is-bot itself decides in those rare cases.
- An empty user agent is accepted, as in Plausible.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

import re2
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from is_bot import Bots

from ingest.outcome import Reason
from ingest.request.text import printable

MAX_USER_AGENT_CHARACTERS = 512

# Programs that drive a browser without a person, whatever the lists say about them.
_AUTOMATION = (r"Headless", r"PhantomJS", r"SlimerJS", r"Puppeteer", r"Playwright", r"Selenium", r"Cypress/", r"jsdom/")
# Tags of crawler-user-agents, the most specific first. All other tags are BOT_OTHER.
_KINDS = {
    "ai-crawler": Reason.BOT_AI,
    "search-engine": Reason.BOT_SEARCH,
    "social-preview": Reason.BOT_PREVIEW,
    "monitoring": Reason.BOT_MONITORING,
    "scanner": Reason.BOT_SCANNER,
    "seo": Reason.BOT_SEO,
    "advertising": Reason.BOT_SEO,
    "browser-automation": Reason.HEADLESS,
}
_RANKS = [*dict.fromkeys(_KINDS.values()), Reason.BOT_OTHER]
_Match = Callable[[str], list[int] | None]

_LOOK_AROUND = re.compile(r"\(\?<?!(?:[^()]|\([^()]*\))*\)")
_BEGINS_WITH_A_WORD = re.compile(r"[A-Za-z0-9]")


class Replacement(NamedTuple):
    """A pattern of a published list that matches people."""

    bot_list: str  # crawlers or is-bot
    published: str
    ours: str  # empty: not used at all
    person: str  # a user agent that the published pattern matches


def reason(user_agent: str, *, brands: bytes = b"") -> Reason | None:
    """Return the kind of a bot, None for a person's browser.

    brands: the header Sec-CH-UA, which reveals a headless browser with a fake user agent.
    """
    return _reason(user_agent[:MAX_USER_AGENT_CHARACTERS]) or (Reason.HEADLESS if b"Headless" in brands else None)


def warm() -> None:
    """Compile the patterns, so the first hit does not have to wait."""
    reason("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")


@lru_cache(maxsize=20_000)
def _reason(text: str) -> Reason | None:
    if not text:
        return None
    text = printable(text)
    match, ranks = _crawlers()
    if positions := match(text):
        return _RANKS[min(ranks[position] for position in positions)]
    return Reason.BOT_OTHER if _is_suspect(text) else None


def _is_suspect(text: str) -> bool:
    match, exact_count, inexact = _suspects()
    positions = match(text)
    return positions is not None and (min(positions) < exact_count or inexact.is_bot(text))


@cache
def replacements() -> tuple[Replacement, ...]:
    """Return the published patterns that are not used as they are."""
    text = files("ingest.enrich").joinpath("data/bot_patterns.tsv").read_text("utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(Replacement(*line.split("\t")) for line in lines)


def _used(bot_list: str, published: Iterable[str]) -> dict[str, str]:
    """Return published pattern -> pattern in use, without those that are not used."""
    ours = {row.published: row.ours for row in replacements() if row.bot_list == bot_list}
    used = {pattern: ours.get(pattern, pattern) for pattern in published}
    return {pattern: in_use for pattern, in_use in used.items() if in_use}


@cache
def _crawlers() -> tuple[_Match, list[int]]:
    """Return the matcher of known crawlers, and the rank of each of its patterns."""
    kinds = {entry["pattern"]: _kind(entry.get("tags", ())) for entry in CRAWLER_USER_AGENTS_DATA}
    used = _used("crawlers", kinds)
    patterns = [*_AUTOMATION, *(_at_a_word(pattern) for pattern in used.values())]
    ranks = [*(Reason.HEADLESS for _ in _AUTOMATION), *(kinds[pattern] for pattern in used)]
    return _compiled(patterns, re2.Options()), [_RANKS.index(kind) for kind in ranks]


def _kind(tags: Sequence[str]) -> Reason:
    return next((kind for tag, kind in _KINDS.items() if tag in tags), Reason.BOT_OTHER)


def _at_a_word(pattern: str) -> str:
    return rf"\b(?:{pattern})" if _BEGINS_WITH_A_WORD.match(pattern) else pattern


@cache
def _suspects() -> tuple[_Match, int, Bots]:
    """Return the matcher of is-bot's patterns, the number of exact ones, which come first, and is-bot for the rest."""
    patterns = list(_used("is-bot", Bots().patterns).values())
    exact = [pattern for pattern in patterns if not _LOOK_AROUND.search(pattern)]
    inexact = [pattern for pattern in patterns if _LOOK_AROUND.search(pattern)]
    options = re2.Options()
    options.case_sensitive = False
    match = _compiled(exact + [_LOOK_AROUND.sub("", pattern) for pattern in inexact], options)
    return match, len(exact), Bots(inexact)


def _compiled(patterns: list[str], options: re2.Options) -> _Match:
    """Return a function that returns the positions in `patterns` of those that match a text."""
    untyped: Any = re2.Set
    pattern_set = untyped.SearchSet(options)
    for pattern in patterns:
        pattern_set.Add(pattern)
    pattern_set.Compile()
    match: _Match = pattern_set.Match
    return match
