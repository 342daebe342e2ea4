"""exclusions.toml: rules that are kept in version control, beside those of the list.

    [[rule]]
    note = "Office in Lyon, without the trainee room"
    site = "example.org"            # every site where it is left out
    network = "192.0.2.0/24"
    not = { network = "192.0.2.128/26" }
    confirmed = true                # needed by a rule that leaves out much of what is counted now

The file is taken as a whole or not at all.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from schema.exclusions import rules as exclusions
from schema.exclusions.condition import ExclusionError, Matcher, matchers
from schema.exclusions.rules import Rule
from schema.exclusions.size_check import TooMuchError

Weigh = Callable[[Rule], None]  # raises TooMuchError

_OF_THE_FILE = ("site", "confirmed")
_HEAD = re.compile(r"\s*\[\[\s*rule\s*\]\]")


def take_all(_rule: Rule) -> None:
    """Weigh a rule, and find it light enough."""


def read(text: str, *, sites: Mapping[str, int], weigh: Weigh = take_all) -> list[tuple[int, Rule]]:
    """Return the rules of a file, each with its line. Raises ExclusionError, which names the line.

    sites: domain -> id. weigh: is asked about every rule that the file does not call confirmed.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ExclusionError(f"it is not TOML: {error}") from None
    except RecursionError:
        raise ExclusionError("it is nested too deeply") from None
    if unknown := sorted(tables.keys() - {"rule"}):
        raise ExclusionError(f"{unknown[0]!r} is nothing a list of rules has: each rule begins with a line [[rule]]")
    rules = tables.get("rule", [])
    lines = text.splitlines()
    heads = [number for number, line in enumerate(lines, start=1) if _HEAD.match(line)]
    if not isinstance(rules, list) or len(rules) != len(heads):
        raise ExclusionError("each rule begins with a line [[rule]] of its own")
    ends = [*heads, len(lines) + 1][1:]
    return [
        (head, _weighed(table, sites, {number: lines[number - 1] for number in range(head, end)}, weigh))
        for table, head, end in zip(rules, heads, ends, strict=True)
    ]


def written(rules: list[tuple[str | None, Rule]]) -> str:
    """Return the file that holds rules, each with the domain of its site, None for every site."""
    return "\n".join(_table(domain, rule) for domain, rule in rules)


def _weighed(table: dict[str, Any], sites: Mapping[str, int], lines: Mapping[int, str], weigh: Weigh) -> Rule:
    """Return the rule of a table, which these lines hold, the first of them its head. Raises ExclusionError."""
    rule = _rule(table, sites, lines)
    is_confirmed = table.get("confirmed", False)
    if not isinstance(is_confirmed, bool):
        raise ExclusionError(f"line {_line_of('confirmed', lines)}: confirmed is true, or is left out")
    if not is_confirmed:
        try:
            weigh(rule)
        except TooMuchError as error:
            raise TooMuchError(f"line {min(lines)}: {error}; if that is meant, add confirmed = true to it") from None
    return rule


def _rule(table: dict[str, Any], sites: Mapping[str, int], lines: Mapping[int, str]) -> Rule:
    fields = {name: value for name, value in table.items() if name not in _OF_THE_FILE}
    domain = table.get("site")
    if domain is not None and domain not in sites:
        raise ExclusionError(f"line {_line_of('site', lines)}: there is no site {str(domain)[:80]!r}")
    try:
        # A day that is over is no mistake here: the file would be refused from one day to the next.
        rule = exclusions.read(fields, site_id=None if domain is None else sites[domain], now=0)
    except ExclusionError as error:
        raise ExclusionError(f"line {_line_of(_culprit(fields), lines)}: {error}") from None
    if Matcher.HOME in matchers(rule.condition) and "expires" not in fields:
        raise ExclusionError(
            f"line {_line_of('home', lines)}: a home needs the last day of its rule, such as expires = 2027-01-31"
        )
    return rule


def _culprit(fields: Mapping[str, Any]) -> str:
    """Return the first entry that is wrong by itself, "" where only all of them together are."""
    for name, value in fields.items():
        beside = {} if name not in exclusions.FIELDS else {"path": "/~"}
        try:
            exclusions.read({name: value, **beside}, site_id=None, now=0)
        except ExclusionError:
            return name
    return ""


def _line_of(name: str, lines: Mapping[int, str]) -> int:
    entry = re.compile(rf"\s*[\"']?{re.escape(name)}[\"']?\s*[=.]")
    return next((number for number, line in lines.items() if name and entry.match(line)), next(iter(lines)))


def _table(domain: str | None, rule: Rule) -> str:
    fields = exclusions.fields_of(rule)
    if domain is not None:
        fields = {"site": domain, **fields}
    return "\n".join(["[[rule]]", *(f"{name} = {_value(name, value)}" for name, value in fields.items()), ""])


def _value(name: str, value: object) -> str:
    """Return a value as TOML has it."""
    if name == "expires":
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(_value('', each) for each in value)}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{word} = {_value('', each)}" for word, each in value.items()) + " }"
    return '"' + "".join(_escaped(character) for character in str(value)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\u{ord(character):04x}"
