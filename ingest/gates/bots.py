"""Is this a person's browser, and if not, what kind of program is it? Two published lists of patterns tell.

- crawler-user-agents names known crawlers and what they are for; is-bot has general words (`spider`, `headless`,
  `http`...) that also catch what no list knows yet. Neither calls a real browser a bot: the tests hold what we know of
  them.
- A user agent may be found by several patterns. The kind that says most wins, in the order of _KINDS.
- All patterns but six of is-bot's are matched by RE2 in one pass, whatever their number. The six use look-around, which
  RE2 lacks: RE2 gets them without it, which matches more often, and is-bot itself decides in those rare cases.
- An empty user agent is accepted, as Plausible does.
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

# Programs that drive a browser without anyone watching, whatever the lists make of them.
_AUTOMATION = (r"Headless", r"PhantomJS", r"SlimerJS", r"Puppeteer", r"Playwright", r"Selenium", r"Cypress/", r"jsdom/")
# What is-bot takes for a program's name: the window in which LG's televisions show pages.
_HARMLESS = "WebAppManager"
# Tags of crawler-user-agents, the kinds that say most first; all other tags mean a bot of no special kind.
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
    """Return the kind of bot for what is no person's browser, else None.

    brands: the header Sec-CH-UA, which tells a browser without a screen where its user agent is made up.
    """
    return _reason(user_agent[:MAX_USER_AGENT_CHARACTERS]) or (Reason.HEADLESS if b"Headless" in brands else None)


def warm() -> None:
    """Compile the patterns, so that the first hit does not wait for it."""
    reason("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")


@lru_cache(maxsize=20_000)
def _reason(text: str) -> Reason | None:
    if not text:
        return None
    text = printable(text)
    named, ranks = _crawlers()
    if found := named(text):
        return _RANKS[min(ranks[place] for place in found)]
    return Reason.BOT_OTHER if _is_suspect(text) else None


def _is_suspect(text: str) -> bool:
    words, certain, rest = _suspects()
    text = text.replace(_HARMLESS, "")
    found = words(text)
    return found is not None and (min(found) < certain or rest.is_bot(text))


@cache
def _crawlers() -> tuple[_Match, list[int]]:
    """Return what finds crawlers by name, and the rank of each of its patterns."""
    kinds = dict.fromkeys(_AUTOMATION, Reason.HEADLESS)
    kinds |= {entry["pattern"]: _kind(entry.get("tags", ())) for entry in CRAWLER_USER_AGENTS_DATA}
    return _compiled(list(kinds), re2.Options()), [_RANKS.index(kind) for kind in kinds.values()]


def _kind(tags: Sequence[str]) -> Reason:
    return next((kind for tag, kind in _KINDS.items() if tag in tags), Reason.BOT_OTHER)


@cache
def _suspects() -> tuple[_Match, int, Bots]:
    """Return is-bot's patterns as one set, how many of them, from the first, are exact, and the others as is-bot's."""
    patterns = sorted(Bots().patterns, key=lambda pattern: _LOOK_AROUND.search(pattern) is not None)
    inexact = [pattern for pattern in patterns if _LOOK_AROUND.search(pattern)]
    options = re2.Options()
    options.case_sensitive = False
    words = _compiled([_LOOK_AROUND.sub("", pattern) for pattern in patterns], options)
    return words, len(patterns) - len(inexact), Bots(inexact)


def _compiled(patterns: list[str], options: re2.Options) -> _Match:
    """Return a function that tells the places in `patterns` of those found in a text."""
    untyped: Any = re2.Set
    found = untyped.SearchSet(options)
    for pattern in patterns:
        found.Add(pattern)
    found.Compile()
    match: _Match = found.Match
    return match
