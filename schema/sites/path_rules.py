"""Path rules of a site: how similar paths become one stored path, such as `/order/*` for `/order/123`.

A pattern matches whole paths. `*` is any text within a segment, `**` any text at all. A slash at the end of a path
makes no difference. The most exact pattern that matches is stored instead of the path. Rules apply to events that
arrive: stored rows stay as they are.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from schema.measures.wildcard import compiled, literal
from schema.sentence import Sentence, SentenceError

MAX_PER_SITE = 50
MAX_PATTERN_CHARACTERS = 500
_CACHED_PATHS = 4096

Rewrite = Callable[[str], str]  # path -> stored path


class PathRuleError(SentenceError):
    """A text is not a path rule. The message is shown to the user."""


@dataclass(frozen=True, slots=True)
class PathRules:
    """The rules of a site."""

    patterns: tuple[str, ...] = ()  # the most exact first
    merges_slashes: bool = False  # a path is stored without slashes at its end


NONE = PathRules()


def normal_pattern(text: str) -> str:
    """Return a pattern in its normal form. Raises PathRuleError."""
    pattern = text.strip()
    pattern = pattern.rstrip("/") if pattern.endswith(("*/", "*//")) else pattern
    if not pattern.startswith("/") or "*" not in pattern:
        raise PathRuleError("%(text)r is not a path rule: enter a path with a *, such as /order/*", text=text[:80])
    if "?" in pattern or not pattern.isprintable() or "***" in pattern:
        raise PathRuleError(
            "%(text)r is not a path rule: it can have * and **, but no query and no ***", text=text[:80]
        )
    if not pattern.strip("/*"):
        raise PathRuleError("%(text)r would store all pages as one: enter a path such as /order/*", text=text[:80])
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        raise PathRuleError("a path rule can have at most %(most)s characters", most=MAX_PATTERN_CHARACTERS)
    return pattern


def added(rules: PathRules, pattern: str) -> PathRules:
    """Return rules with a further pattern. Raises PathRuleError."""
    pattern = normal_pattern(pattern)
    if pattern in rules.patterns:
        raise PathRuleError("the rule %(pattern)s already exists", pattern=pattern)
    if len(rules.patterns) >= MAX_PER_SITE:
        raise PathRuleError("a site can have at most %(most)s path rules: remove one first", most=MAX_PER_SITE)
    return PathRules(tuple(sorted((*rules.patterns, pattern), key=_breadth)), rules.merges_slashes)


def removed(rules: PathRules, pattern: str) -> PathRules:
    """Return rules without a pattern. Raises PathRuleError."""
    if pattern not in rules.patterns:
        raise PathRuleError("the site has no path rule %(pattern)s", pattern=pattern[:80])
    return PathRules(tuple(one for one in rules.patterns if one != pattern), rules.merges_slashes)


def rewriter(rules: PathRules) -> Rewrite | None:
    """Return the function that makes the stored path; None if it would change nothing. Compile once, use often."""
    if rules == NONE:
        return None
    # One expression with a group for each pattern: most paths match none, and one test says so.
    match = (
        compiled("|".join(f"({_regex(pattern)})" for pattern in rules.patterns)).fullmatch if rules.patterns else None
    )

    @lru_cache(maxsize=_CACHED_PATHS)
    def stored(path: str) -> str:
        if match is not None and (matched := match(path)) is not None:
            position: int = matched.lastindex
            return rules.patterns[position - 1]
        return (path.rstrip("/") or "/") if rules.merges_slashes else path

    return stored


def rewritten(rules: PathRules, paths: Iterable[str]) -> list[tuple[str, str]]:
    """Return the paths that the rules would change, each with its stored path."""
    stored = rewriter(rules)
    if stored is None:
        return []
    return [(path, new) for path in paths if (new := stored(path)) != path]


def changes(before: PathRules, after: PathRules) -> list[Sentence]:
    """Return what differs between two sets of rules, for the audit log."""
    sentences = [
        Sentence("Added the path rule %(pattern)s.", {"pattern": pattern})
        for pattern in after.patterns
        if pattern not in before.patterns
    ]
    sentences += [
        Sentence("Removed the path rule %(pattern)s.", {"pattern": pattern})
        for pattern in before.patterns
        if pattern not in after.patterns
    ]
    if before.merges_slashes != after.merges_slashes:
        merged, kept = Sentence("Stored /page/ as /page."), Sentence("Kept /page/ and /page apart.")
        sentences.append(merged if after.merges_slashes else kept)
    return sentences


def written(rules: PathRules) -> str:
    """Return rules as JSON, as they are stored."""
    return json.dumps({"patterns": rules.patterns, "merges_slashes": rules.merges_slashes}, ensure_ascii=False)


def read(text: str) -> PathRules:
    """Return stored rules."""
    table = json.loads(text)
    return PathRules(tuple(table.get("patterns", ())), bool(table.get("merges_slashes", False)))


def _breadth(pattern: str) -> tuple[bool, int, int, str]:
    """Return how much a pattern matches, roughly: patterns are tried in this order."""
    return "**" in pattern, pattern.count("*"), -len(pattern), pattern


def _regex(pattern: str) -> str:
    pieces = ("[^/]+".join(map(literal, part.split("*"))) for part in pattern.split("**"))
    return f"(?s:{'.+'.join(pieces)}/*)"
