"""Is this a person's browser? Two published lists of patterns say so from the user agent.

- crawler-user-agents names known crawlers; is-bot has general words (`spider`, `headless`, `http`...) that also catch
  what no list knows yet. Neither calls a real browser a bot: the tests hold what we know of them.
- All patterns but six of is-bot's are matched by RE2 in one pass, whatever their number. The six use look-around, which
  RE2 lacks: RE2 gets them without it, which matches more often, and is-bot itself decides in those rare cases.
- An empty user agent is accepted, as Plausible does.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import re2
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from is_bot import Bots

from ingest.outcome import Reason
from ingest.text import printable

MAX_USER_AGENT_CHARACTERS = 512

# Programs that drive a browser without anyone watching, whatever the lists make of them.
_AUTOMATION = (r"Headless", r"PhantomJS", r"SlimerJS", r"Puppeteer", r"Playwright", r"Selenium", r"Cypress/", r"jsdom/")
_Match = Callable[[str], list[int] | None]

_LOOK_AROUND = re.compile(r"\(\?<?!(?:[^()]|\([^()]*\))*\)")


def reason(user_agent: str) -> Reason | None:
    """Return Reason.BOT for what is no person's browser, else None."""
    return _reason(user_agent[:MAX_USER_AGENT_CHARACTERS])


def warm() -> None:
    """Compile the patterns, so that the first hit does not wait for it."""
    reason("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")


@lru_cache(maxsize=20_000)
def _reason(text: str) -> Reason | None:
    if not text:
        return None
    text = printable(text)
    return Reason.BOT if _crawlers()(text) or _is_suspect(text) else None


def _is_suspect(text: str) -> bool:
    words, certain, rest = _suspects()
    found = words(text)
    return found is not None and (min(found) < certain or rest.is_bot(text))


@cache
def _crawlers() -> _Match:
    return _compiled([*_AUTOMATION, *(entry["pattern"] for entry in CRAWLER_USER_AGENTS_DATA)], re2.Options())


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
