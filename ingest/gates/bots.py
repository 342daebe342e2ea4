"""Recognize bots and their kind by user agent, with two published lists of patterns.

- crawler-user-agents has known crawlers and their purpose. is-bot has general words (`spider`, `headless`, `http`...)
  that also match crawlers on no list yet. Neither matches a real browser: the tests have the user agents we know.
- Several patterns may match a user agent. The most specific kind wins, in the order of _KINDS.
- RE2 matches all patterns in one pass, except for six of is-bot's. These use look-around, which RE2 does not support:
  RE2 gets them without it, which matches more often, and is-bot itself decides in those rare cases.
- An empty user agent is accepted, as in Plausible.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any

import re2
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from is_bot import Bots

from ingest.outcome import Reason
from ingest.request.text import printable

MAX_USER_AGENT_CHARACTERS = 512

# Programs that drive a browser without a person, whatever the lists say about them.
_AUTOMATION = (r"Headless", r"PhantomJS", r"SlimerJS", r"Puppeteer", r"Playwright", r"Selenium", r"Cypress/", r"jsdom/")
# is-bot matches this part of the user agent of LG's televisions.
_HARMLESS = "WebAppManager"
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
    text = text.replace(_HARMLESS, "")
    positions = match(text)
    return positions is not None and (min(positions) < exact_count or inexact.is_bot(text))


@cache
def _crawlers() -> tuple[_Match, list[int]]:
    """Return the matcher of known crawlers, and the rank of each of its patterns."""
    kinds = dict.fromkeys(_AUTOMATION, Reason.HEADLESS)
    kinds |= {entry["pattern"]: _kind(entry.get("tags", ())) for entry in CRAWLER_USER_AGENTS_DATA}
    return _compiled(list(kinds), re2.Options()), [_RANKS.index(kind) for kind in kinds.values()]


def _kind(tags: Sequence[str]) -> Reason:
    return next((kind for tag, kind in _KINDS.items() if tag in tags), Reason.BOT_OTHER)


@cache
def _suspects() -> tuple[_Match, int, Bots]:
    """Return the matcher of is-bot's patterns, the number of exact ones, which come first, and is-bot for the rest."""
    patterns = sorted(Bots().patterns, key=lambda pattern: _LOOK_AROUND.search(pattern) is not None)
    inexact = [pattern for pattern in patterns if _LOOK_AROUND.search(pattern)]
    options = re2.Options()
    options.case_sensitive = False
    match = _compiled([_LOOK_AROUND.sub("", pattern) for pattern in patterns], options)
    return match, len(patterns) - len(inexact), Bots(inexact)


def _compiled(patterns: list[str], options: re2.Options) -> _Match:
    """Return a function that returns the positions in `patterns` of those that match a text."""
    untyped: Any = re2.Set
    pattern_set = untyped.SearchSet(options)
    for pattern in patterns:
        pattern_set.Add(pattern)
    pattern_set.Compile()
    match: _Match = pattern_set.Match
    return match
