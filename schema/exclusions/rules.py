"""Exclusions as people write them: rules by which hits are not counted.

The first rule, in their order, that is true of a hit decides: it is excluded, or kept against all rules behind. A rule
in dry run only counts. Rules read from exclusions.toml go before those added here, and are changed there alone.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from schema.exclusions import audit, condition
from schema.exclusions.condition import Condition, ExclusionError, Matcher
from schema.stores.control import Control

HOME_DAYS = 90  # a home is forgotten after that, if nobody says otherwise
MAX_NOTE_CHARACTERS = 200
LAST_YEAR = 2999  # in which a rule can end: the day after the last must be in the calendar, in every time zone
FIELDS = frozenset({"note", "owner", "action", "mode", "expires"})  # of a rule, beside its condition
CHANGEABLE = ("mode", "note", "owner", "expires")  # of those

HashHome = Callable[[str], str]
Choice = TypeVar("Choice", bound=StrEnum)

_SELECT = """
select   id, site_id, condition, action, mode, note, owner, expires_at, line, created_at, in_force_since
from     exclusions
"""
_ORDER = "order by line is null, position, id"


class Action(StrEnum):
    EXCLUDE = "exclude"
    KEEP = "keep"  # exempts from what a later rule would catch


class Mode(StrEnum):
    ON = "on"
    DRY_RUN = "dry-run"  # counts what it would exclude, excludes nothing


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule says, wherever it is written."""

    site_id: int | None  # None: every site
    condition: Condition
    note: str = ""
    action: Action = Action.EXCLUDE
    mode: Mode = Mode.ON
    owner: str = ""  # who to ask about it
    expires_at: int | None = None  # epoch seconds; None: never

    @property
    def keeps_out(self) -> bool:
        """True unless it counts hits, as a rule that keeps or is only tried does."""
        return self.action is Action.EXCLUDE and self.mode is Mode.ON


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A rule that is stored."""

    id: int
    rule: Rule
    created_at: int  # epoch seconds
    line: int | None = None  # of exclusions.toml; None: added in the list
    in_force_since: int | None = None  # epoch seconds; None: it keeps no hits out

    @property
    def site_id(self) -> int | None:
        return self.rule.site_id

    @property
    def described(self) -> str:
        return condition.described(self.rule.condition)

    @property
    def name(self) -> str:
        """Its note, or else what it looks at."""
        return self.rule.note or self.described

    def is_over(self, now: float) -> bool:
        return self.rule.expires_at is not None and self.rule.expires_at <= now


def network(text: str, *, site_id: int | None = None, note: str = "") -> Rule:
    """Return the rule that excludes a network. Raises ExclusionError."""
    return read({"network": text, "note": note}, site_id=site_id, now=0)


def read(fields: Mapping[str, Any], *, site_id: int | None, now: float, hash_home: HashHome | None = None) -> Rule:
    """Return the rule of a table as people write it: a condition, and what FIELDS names. Raises ExclusionError.

    expires: the last day it holds, as a date or YYYY-MM-DD, UTC. now: epoch seconds. hash_home: of an address, as
    conditions have it; where it is given, `home_address` may stand for `home`. Raises ValueError.
    """
    if hash_home is not None and "home_address" in fields:
        fields = _with_hashed_home(fields, hash_home)
    looked_at = condition.read({word: value for word, value in fields.items() if word not in FIELDS})
    action, mode = _one_of(Action.EXCLUDE, fields, "action"), _one_of(Mode.ON, fields, "mode")
    if action is Action.KEEP and mode is Mode.DRY_RUN:
        raise ExclusionError("a rule that keeps excludes nothing, so it needs no dry run: take out mode, or action")
    if action is Action.EXCLUDE and condition.covers_everybody(looked_at):
        raise ExclusionError(
            f"{condition.described(looked_at)} covers everybody, and nothing would be counted any more: "
            "name what to leave out more narrowly"
        )
    has_home = Matcher.HOME in condition.matchers(looked_at)
    return Rule(
        site_id,
        looked_at,
        note=_text(fields, "note"),
        action=action,
        mode=mode,
        owner=_text(fields, "owner"),
        expires_at=_end(fields.get("expires"), now=now, days=HOME_DAYS if has_home else None),
    )


def _with_hashed_home(fields: Mapping[str, Any], hash_home: HashHome) -> dict[str, Any]:
    address = fields["home_address"]
    addresses = address if isinstance(address, list) else [address]
    try:
        hashes = [hash_home(str(each)) for each in addresses]
    except ValueError:
        raise ExclusionError(
            "a home is one address, such as 192.0.2.7 or 2001:db8::7: what was given is none"
        ) from None
    return {name: value for name, value in fields.items() if name != "home_address"} | {"home": hashes}


def add(control: Control, rule: Rule, *, who: str, before: int | None = None) -> Exclusion:
    """Store a rule behind the others, one that keeps ahead of them; or ahead of rule `before`. Raises ExclusionError.

    who: made the change, for the audit log.
    """
    with control.write() as connection:
        number = _insert(connection, rule, position=_position(connection, rule, before), line=None, who=who)
    return by_id(control, number)


def add_all(control: Control, rules: Iterable[Rule], *, who: str) -> None:
    """Store rules as `add` does, one after the other: all of them, or none."""
    with control.write() as connection:
        for rule in rules:
            _insert(connection, rule, position=_position(connection, rule, None), line=None, who=who)


def same_as(control: Control, rule: Rule) -> Exclusion | None:
    """Return the stored rule of the same site that has this condition and action."""
    return next((found for found in list_all(control) if essence(found.rule) == essence(rule)), None)


def essence(rule: Rule) -> tuple[int | None, Condition, Action]:
    """Return what makes a rule the one it is: the rest of it may change."""
    return rule.site_id, rule.condition, rule.action


def list_all(control: Control) -> list[Exclusion]:
    """Return every rule, in the order in which they are tried."""
    return [_exclusion(row) for row in control.rows(_SELECT + _ORDER)]


def has_any_of_file(control: Control) -> bool:
    """True where rules of exclusions.toml are stored."""
    return control.row("select 1 from exclusions where line is not null limit 1") is not None


def begun(control: Control, site_id: int, *, since: float, before: float) -> list[Exclusion]:
    """Return the rules for a site that began to keep hits out in a time, the first of them first. Epoch seconds."""
    where = "where (site_id is null or site_id = ?) and in_force_since >= ? and in_force_since < ?"
    rows = control.rows(f"{_SELECT} {where} order by in_force_since, id", (site_id, since, before))
    return [_exclusion(row) for row in rows]


def by_id(control: Control, exclusion_id: int) -> Exclusion:
    """Return the rule of a number. Raises ExclusionError where there is none."""
    row = control.row(f"{_SELECT} where id = ?", (exclusion_id,))
    if row is None:
        raise ExclusionError(f"there is no exclusion {exclusion_id}: `sillage exclusions list` shows them")
    return _exclusion(row)


def changed(rule: Rule, changes: Mapping[str, Any], *, now: float) -> Rule:
    """Return a rule with other values of what CHANGEABLE names. Raises ExclusionError. now: epoch seconds."""
    if not changes or changes.keys() - CHANGEABLE:
        raise ExclusionError(f"of a rule can be changed: {', '.join(CHANGEABLE)}")
    # A rule that is over may get another note.
    return read({**fields_of(rule), **changes}, site_id=rule.site_id, now=now if "expires" in changes else 0)


def change(control: Control, exclusion_id: int, changes: Mapping[str, Any], *, who: str, now: float) -> Exclusion:
    """Store other values of what CHANGEABLE names. Raises ExclusionError. now: epoch seconds."""
    found = _own(control, exclusion_id)
    rule = changed(found.rule, changes, now=now)
    with control.write() as connection:
        _update(connection, found, rule, who=who)
    return by_id(control, found.id)


def remove(control: Control, exclusion_id: int, *, who: str) -> None:
    """Delete a rule. Raises ExclusionError where there is none of that number, or the file has it."""
    found = _own(control, exclusion_id)
    with control.write() as connection:
        _delete(connection, found, who=who)


def follow_file(control: Control, rules: Sequence[tuple[int, Rule]], *, who: str) -> bool:
    """Make the rules of exclusions.toml, each with its line, those that are stored of it; True where that changed some.

    A rule that stays the same, or changes in nothing but what CHANGEABLE names, keeps its number, and so its counts.
    """
    stored = [found for found in list_all(control) if found.line is not None]
    if [(found.line, found.rule) for found in stored] == list(rules):
        return False
    pairs, gone = _paired([rule for _, rule in rules], stored)
    with control.write() as connection:
        for position, ((line, rule), found) in enumerate(zip(rules, pairs, strict=True)):
            if found is None:
                _insert(connection, rule, position=position, line=line, who=who)
                continue
            connection.execute("update exclusions set position = ?, line = ? where id = ?", (position, line, found.id))
            if found.rule != rule:
                _update(connection, found, rule, who=who)
        for found in gone:
            _delete(connection, found, who=who)
    return True


def _paired(rules: Sequence[Rule], stored: Iterable[Exclusion]) -> tuple[list[Exclusion | None], list[Exclusion]]:
    """Return for each rule the stored one that it is, or has become; and the stored ones that are none of them."""
    same: dict[Rule, list[Exclusion]] = {}
    for found in stored:
        same.setdefault(found.rule, []).append(found)
    pairs = [same[rule].pop(0) if same.get(rule) else None for rule in rules]
    alike: dict[object, list[Exclusion]] = {}
    for found in (found for left in same.values() for found in left):
        alike.setdefault(essence(found.rule), []).append(found)
    for place, rule in enumerate(rules):
        if pairs[place] is None and (left := alike.get(essence(rule))):
            pairs[place] = left.pop(0)
    return pairs, [found for left in alike.values() for found in left]


def scoped(rules: Iterable[Exclusion], site_id: int) -> list[Exclusion]:
    """Return the rules that hold for a site."""
    return [found for found in rules if found.site_id in (None, site_id)]


def fields_of(rule: Rule) -> dict[str, Any]:
    """Return a rule as the table that `read` takes, without what is as it is by default."""
    fields: dict[str, Any] = condition.written(rule.condition)
    fields |= {name: text for name, text in (("note", rule.note), ("owner", rule.owner)) if text}
    if rule.action is not Action.EXCLUDE:
        fields["action"] = rule.action.value
    if rule.mode is not Mode.ON:
        fields["mode"] = rule.mode.value
    if rule.expires_at is not None:
        fields["expires"] = last_day(rule.expires_at).isoformat()
    return fields


def last_day(expires_at: int) -> date:
    """Return the last day, UTC, on which a rule holds."""
    return (datetime.fromtimestamp(expires_at, UTC) - timedelta(seconds=1)).date()


def _own(control: Control, exclusion_id: int) -> Exclusion:
    found = by_id(control, exclusion_id)
    if found.line is not None:
        raise ExclusionError(f"exclusion {found.id} stands in exclusions.toml, line {found.line}: change it there")
    return found


def _insert(connection: sqlite3.Connection, rule: Rule, *, position: float, line: int | None, who: str) -> int:
    """Store a rule, with a note of it, and return its number."""
    row = connection.execute(
        "insert into exclusions"
        " (site_id, condition, action, mode, note, owner, expires_at, position, line, created_at, in_force_since)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id",
        (
            rule.site_id,
            json.dumps(condition.written(rule.condition)),
            rule.action.value,
            rule.mode.value,
            rule.note,
            rule.owner,
            rule.expires_at,
            position,
            line,
            int(time.time()),
            _since(rule),
        ),
    ).fetchone()
    audit.note(connection, site_id=rule.site_id, who=who, change=f"Added {_told(row[0], rule)}")
    return int(row[0])


def _since(rule: Rule) -> int | None:
    """Return since when a rule keeps hits out that is put down now."""
    return int(time.time()) if rule.keeps_out else None


def _update(connection: sqlite3.Connection, found: Exclusion, rule: Rule, *, who: str) -> None:
    """Store what is other of a rule, with a note of it."""
    since = found.in_force_since if rule.keeps_out and found.rule.keeps_out else _since(rule)
    connection.execute(
        "update exclusions set mode = ?, note = ?, owner = ?, expires_at = ?, in_force_since = ? where id = ?",
        (rule.mode.value, rule.note, rule.owner, rule.expires_at, since, found.id),
    )
    before, after = _changeable(found.rule), _changeable(rule)
    what = ", ".join(f"{name} to {after[name] or 'nothing'}" for name in CHANGEABLE if after[name] != before[name])
    if what:
        audit.note(connection, site_id=rule.site_id, who=who, change=f"Set {what}: {_told(found.id, found.rule)}")


def _changeable(rule: Rule) -> dict[str, str]:
    end = "" if rule.expires_at is None else str(last_day(rule.expires_at))
    return {"mode": rule.mode.value, "note": rule.note, "owner": rule.owner, "expires": end}


def _delete(connection: sqlite3.Connection, found: Exclusion, *, who: str) -> None:
    connection.execute("delete from exclusions where id = ?", (found.id,))
    audit.note(connection, site_id=found.site_id, who=who, change=f"Removed {_told(found.id, found.rule)}")


def _position(connection: sqlite3.Connection, rule: Rule, before: int | None) -> float:
    """Return where a new rule stands among those of the list."""
    rows = connection.execute("select id, position from exclusions where line is null order by position, id")
    positions: dict[int, float] = {row[0]: row[1] for row in rows}
    lowest, highest = min(positions.values(), default=0.0), max(positions.values(), default=0.0)
    if before is None:
        return lowest - 1 if rule.action is Action.KEEP else highest + 1
    if before not in positions:
        raise ExclusionError(f"there is no exclusion {before} to put it ahead of: `sillage exclusions list` shows them")
    ahead = [position for position in positions.values() if position < positions[before]]
    return (positions[before] + (max(ahead) if ahead else lowest - 2)) / 2


def _exclusion(row: sqlite3.Row) -> Exclusion:
    rule = Rule(
        row["site_id"],
        condition.restored(json.loads(row["condition"])),
        note=row["note"],
        action=Action(row["action"]),
        mode=Mode(row["mode"]),
        owner=row["owner"],
        expires_at=row["expires_at"],
    )
    return Exclusion(row["id"], rule, row["created_at"], row["line"], row["in_force_since"])


def _told(number: int, rule: Rule) -> str:
    note = f" ({rule.note})" if rule.note else ""
    dry = ", in dry run" if rule.mode is Mode.DRY_RUN else ""
    return f"exclusion {number}: {rule.action.value} {condition.described(rule.condition)}{note}{dry}."


def _one_of(default: Choice, fields: Mapping[str, Any], name: str) -> Choice:
    value, choices = fields.get(name, default), type(default)
    if value not in list(choices):
        raise ExclusionError(f"{name} is {' or '.join(choices)}, not {str(value)[:50]!r}")
    return choices(value)


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str) or len(value) > MAX_NOTE_CHARACTERS:
        raise ExclusionError(f"{name} is a text of at most {MAX_NOTE_CHARACTERS} characters")
    return value.strip()


def _end(value: object, *, now: float, days: int | None) -> int | None:
    """Return when a rule ends whose last day somebody wrote, or which holds for so many days."""
    if value is None or value == "":
        if days is None:
            return None
        value = datetime.fromtimestamp(now, UTC).date() + timedelta(days=days)
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise ExclusionError(f"expires is a date such as 2027-01-31, not {str(value)[:50]!r}") from None
    if day.year > LAST_YEAR:
        raise ExclusionError(f"expires can be in {LAST_YEAR} at most: take it out, and the rule has no end")
    end = datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=1)
    if end.timestamp() <= now:
        raise ExclusionError(f"the rule would end on {day}, which is over: choose a later day, or take out expires")
    return int(end.timestamp())
