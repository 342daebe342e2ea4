"""exclusions.toml: rules to keep under version control, besides those added in the dashboard.

    [[rule]]
    note = "Office in Lyon, without the trainee room"
    site = "example.org"            # optional; the default is every site
    network = "192.0.2.0/24"
    not = { network = "192.0.2.128/26" }
    confirmed = true                # required for a rule that would exclude many of the current hits

Either all rules of the file are stored or none.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from schema.exclusions import home
from schema.exclusions import rules as exclusions
from schema.exclusions.condition import matchers
from schema.exclusions.matchers import ExclusionError
from schema.exclusions.rules import Rule
from schema.exclusions.size_check import TooMuchError
from schema.sites.host import normal_domain

Weigh = Callable[[Rule], None]  # raises TooMuchError

_FILE_FIELDS = ("site", "confirmed")
_HEAD = re.compile(r"\s*\[\[\s*rule\s*\]\]")


def accept_all(_rule: Rule) -> None:
    """Accept any rule."""


def read(text: str, *, sites: Mapping[str, int], weigh: Weigh = accept_all) -> list[tuple[int, Rule]]:
    """Return the rules of a file, each with its line. Raises ExclusionError with the line number.

    sites: domain -> id. weigh: called for every rule without `confirmed = true`.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ExclusionError("it is not TOML: %(error)s", error=error) from None
    except RecursionError:
        raise ExclusionError("it is nested too deeply") from None
    if unknown := sorted(tables.keys() - {"rule"}):
        raise ExclusionError("unknown key %(unknown)r: each rule begins with a line [[rule]]", unknown=unknown[0])
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
    """Return the text of a file with these rules, each with the domain of its site; None: every site."""
    return "\n".join(_table(domain, rule) for domain, rule in rules)


def _weighed(table: dict[str, Any], sites: Mapping[str, int], lines: Mapping[int, str], weigh: Weigh) -> Rule:
    """Return the rule of a table. lines: of the table, by number. Raises ExclusionError."""
    rule = _rule(table, sites, lines)
    is_confirmed = table.get("confirmed", False)
    if not isinstance(is_confirmed, bool):
        raise ExclusionError("line %(line)d: confirmed must be true or false", line=_line_of("confirmed", lines))
    if not is_confirmed:
        try:
            weigh(rule)
        except TooMuchError as error:
            raise TooMuchError(
                "line %(line)d: %(error)s. If this is intended, add confirmed = true to the rule",
                line=min(lines),
                error=error,
            ) from None
    return rule


def _rule(table: dict[str, Any], sites: Mapping[str, int], lines: Mapping[int, str]) -> Rule:
    fields = {name: value for name, value in table.items() if name not in _FILE_FIELDS}
    domain = table.get("site")
    if isinstance(domain, str):
        domain = normal_domain(domain)
    if domain is not None and domain not in sites:
        raise ExclusionError(
            "line %(line)d: there is no site %(domain)r", line=_line_of("site", lines), domain=str(domain)[:80]
        )
    try:
        # Accept a day in the past: otherwise the file would be rejected from one day to the next.
        rule = exclusions.read(fields, site_id=None if domain is None else sites[domain], now=0)
    except ExclusionError as error:
        raise ExclusionError("line %(line)d: %(error)s", line=_line_of(_culprit(fields), lines), error=error) from None
    if home.KEY in matchers(rule.condition) and "expires" not in fields:
        raise ExclusionError(
            "line %(line)d: a rule for a home needs its last day, such as expires = 2027-01-31",
            line=_line_of(home.KEY, lines),
        )
    return rule


def _culprit(fields: Mapping[str, Any]) -> str:
    """Return the first entry that is invalid by itself; "" if only the combination is invalid."""
    for name, value in fields.items():
        others = {} if name not in exclusions.FIELDS else {"path": "/~"}
        try:
            exclusions.read({name: value, **others}, site_id=None, now=0)
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
    """Return a value in TOML."""
    if name == "expires":
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(_value('', item) for item in value)}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value('', item)}" for key, item in value.items()) + " }"
    return '"' + "".join(_escaped(character) for character in str(value)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\u{ord(character):04x}"
