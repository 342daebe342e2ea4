"""Exclusion rules: which hits are not counted.

The first rule that matches a hit decides: it excludes the hit, or keeps it despite all later rules. A rule in dry run
only counts. Rules from exclusions.toml come before all others and can only be changed in that file.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import reduce
from typing import Any, TypeVar

from schema.exclusions import audit, condition, home
from schema.exclusions.condition import RuleCondition
from schema.exclusions.matchers import MATCHERS, ExclusionError
from schema.sentence import Sentence, later
from schema.stores.control import Control

MAX_NOTE_CHARACTERS = 200
LAST_YEAR = 2999  # for `expires`: the next day must be a valid date in every time zone
FIELDS = frozenset({"note", "owner", "action", "mode", "expires"})  # of a rule, besides its condition
CHANGEABLE = ("mode", "note", "owner", "expires")
_FIELD_NAMES = {"mode": later("mode"), "note": later("note"), "owner": later("owner"), "expires": later("expires")}

HashHome = Callable[[str], str]
Choice = TypeVar("Choice", bound=StrEnum)

_SELECT = """
select   id, site_id, condition, action, mode, note, owner, expires_at, line, created_at, in_force_since
from     exclusions
"""
_ORDER = "order by line is null, position, id"


class RuleAction(StrEnum):
    EXCLUDE = "exclude"
    KEEP = "keep"  # despite later rules


class RuleMode(StrEnum):
    ON = later("on")
    DRY_RUN = later("dry-run")  # counts hits it would exclude


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, from any source."""

    site_id: int | None  # None: every site
    condition: RuleCondition
    note: str = ""
    action: RuleAction = RuleAction.EXCLUDE
    mode: RuleMode = RuleMode.ON
    owner: str = ""  # the person to contact
    expires_at: int | None = None  # epoch seconds; None: never

    @property
    def excludes(self) -> bool:
        """True unless the rule keeps hits or is in dry run."""
        return self.action is RuleAction.EXCLUDE and self.mode is RuleMode.ON


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A stored rule."""

    id: int
    rule: Rule
    created_at: int  # epoch seconds
    line: int | None = None  # of exclusions.toml; None: added elsewhere
    in_force_since: int | None = None  # epoch seconds; None: it excludes nothing

    @property
    def site_id(self) -> int | None:
        return self.rule.site_id

    @property
    def sentence(self) -> Sentence:
        """The condition in words."""
        return condition.sentence(self.rule.condition)

    @property
    def described(self) -> str:
        """The condition in English words."""
        return condition.described(self.rule.condition)

    @property
    def name(self) -> str:
        """The note, or the condition if there is none."""
        return self.rule.note or self.described

    def has_expired(self, now: float) -> bool:
        return self.rule.expires_at is not None and self.rule.expires_at <= now


def network(text: str, *, site_id: int | None = None, note: str = "") -> Rule:
    """Return a rule that excludes a network. Raises ExclusionError."""
    return read({"network": text, "note": note}, site_id=site_id, now=0)


def read(fields: Mapping[str, Any], *, site_id: int | None, now: float, hash_home: HashHome | None = None) -> Rule:
    """Return the rule that a table describes: a condition and FIELDS. Raises ExclusionError.

    expires: the last day of the rule, as a date or YYYY-MM-DD, UTC. now: epoch seconds. hash_home: address -> hash as
    text, raises ValueError; with it the table may have `home_address` instead of `home`.
    """
    if hash_home is not None:
        fields = _with_hashed_home(fields, hash_home)
    rule_condition = condition.read({key: value for key, value in fields.items() if key not in FIELDS})
    action, mode = _one_of(RuleAction.EXCLUDE, fields, "action"), _one_of(RuleMode.ON, fields, "mode")
    if action is RuleAction.KEEP and mode is RuleMode.DRY_RUN:
        raise ExclusionError("a rule that keeps hits excludes nothing and cannot be in dry run: remove mode or action")
    if action is RuleAction.EXCLUDE and condition.covers_everybody(rule_condition):
        raise ExclusionError(
            "%(rule)s covers everybody: Sillage would count nothing any more. Use a narrower condition",
            rule=condition.sentence(rule_condition),
        )
    has_home = home.KEY in condition.matchers(rule_condition)
    return Rule(
        site_id,
        rule_condition,
        note=_text(fields, "note"),
        action=action,
        mode=mode,
        owner=_text(fields, "owner"),
        expires_at=_end(fields.get("expires"), now=now, days=home.DAYS if has_home else None),
    )


def _with_hashed_home(fields: Mapping[str, Any], hash_home: HashHome) -> dict[str, Any]:
    input_name = MATCHERS[home.KEY].input_name
    if input_name not in fields:
        return dict(fields)
    value = fields[input_name]
    try:
        hashes = [hash_home(str(address)) for address in (value if isinstance(value, list) else [value])]
    except ValueError:
        raise ExclusionError("the address of a home is not valid: write it as in 192.0.2.7 or 2001:db8::7") from None
    return {name: value for name, value in fields.items() if name != input_name} | {home.KEY: hashes}


def add(control: Control, rule: Rule, *, who: str, now: float, before: int | None = None) -> Exclusion:
    """Store a rule after all others, or before them if it keeps hits. Raises ExclusionError.

    who: author of the change, for the audit log. now: epoch seconds. before: id of the rule to insert it before.
    """
    with control.write() as connection:
        number = _insert(connection, rule, position=_position(connection, rule, before), line=None, who=who, now=now)
    return by_id(control, number)


def add_all(control: Control, rules: Iterable[Rule], *, who: str, now: float) -> None:
    """Store rules in order, as `add` does: all of them or none."""
    with control.write() as connection:
        for rule in rules:
            _insert(connection, rule, position=_position(connection, rule, None), line=None, who=who, now=now)


def same_as(control: Control, rule: Rule) -> Exclusion | None:
    """Return the stored rule with the same site, condition and action."""
    return next((exclusion for exclusion in list_all(control) if essence(exclusion.rule) == essence(rule)), None)


def essence(rule: Rule) -> tuple[int | None, RuleCondition, RuleAction]:
    """Return the parts of a rule that never change."""
    return rule.site_id, rule.condition, rule.action


def list_all(control: Control) -> list[Exclusion]:
    """Return all rules in order."""
    return [_exclusion(row) for row in control.rows(_SELECT + _ORDER)]


def has_any_of_file(control: Control) -> bool:
    """True if rules from exclusions.toml are stored."""
    return control.row("select 1 from exclusions where line is not null limit 1") is not None


def begun(control: Control, site_id: int, *, since: float, before: float) -> list[Exclusion]:
    """Return the rules for a site that came into force in a period, oldest first. Epoch seconds."""
    where = "where (site_id is null or site_id = ?) and in_force_since >= ? and in_force_since < ?"
    rows = control.rows(f"{_SELECT} {where} order by in_force_since, id", (site_id, since, before))
    return [_exclusion(row) for row in rows]


def by_id(control: Control, exclusion_id: int) -> Exclusion:
    """Return a rule. Raises ExclusionError if it does not exist."""
    row = control.row(f"{_SELECT} where id = ?", (exclusion_id,))
    if row is None:
        raise ExclusionError(
            "there is no exclusion %(exclusion_id)s: `sillage exclusions list` shows all exclusions",
            exclusion_id=exclusion_id,
        )
    return _exclusion(row)


def changed(rule: Rule, changes: Mapping[str, Any], *, now: float) -> Rule:
    """Return a rule with new values of CHANGEABLE fields. Raises ExclusionError. now: epoch seconds."""
    if not changes or changes.keys() - CHANGEABLE:
        raise ExclusionError("these fields of a rule can be changed: %(choices)s", choices=", ".join(CHANGEABLE))
    # An expired rule can still get a new note.
    return read({**fields_of(rule), **changes}, site_id=rule.site_id, now=now if "expires" in changes else 0)


def change(control: Control, exclusion_id: int, changes: Mapping[str, Any], *, who: str, now: float) -> Exclusion:
    """Store new values of CHANGEABLE fields. Raises ExclusionError. now: epoch seconds."""
    exclusion = _editable(control, exclusion_id)
    rule = changed(exclusion.rule, changes, now=now)
    with control.write() as connection:
        _update(connection, exclusion, rule, who=who, now=now)
    return by_id(control, exclusion.id)


def remove(control: Control, exclusion_id: int, *, who: str, now: float) -> None:
    """Delete a rule. Raises ExclusionError if it does not exist or comes from exclusions.toml."""
    exclusion = _editable(control, exclusion_id)
    with control.write() as connection:
        _delete(connection, exclusion, who=who, now=now)


def follow_file(control: Control, rules: Sequence[tuple[int, Rule]], *, who: str, now: float) -> bool:
    """Replace the stored rules of exclusions.toml with these, each with its line; True if that changed any.

    A rule with the same essence keeps its id, and with it its counts.
    """
    stored = [exclusion for exclusion in list_all(control) if exclusion.line is not None]
    if [(exclusion.line, exclusion.rule) for exclusion in stored] == list(rules):
        return False
    pairs, gone = _paired([rule for _, rule in rules], stored)
    with control.write() as connection:
        for position, ((line, rule), earlier) in enumerate(zip(rules, pairs, strict=True)):
            if earlier is None:
                _insert(connection, rule, position=position, line=line, who=who, now=now)
                continue
            connection.execute(
                "update exclusions set position = ?, line = ? where id = ?", (position, line, earlier.id)
            )
            if earlier.rule != rule:
                _update(connection, earlier, rule, who=who, now=now)
        for earlier in gone:
            _delete(connection, earlier, who=who, now=now)
    return True


def _paired(rules: Sequence[Rule], stored: Iterable[Exclusion]) -> tuple[list[Exclusion | None], list[Exclusion]]:
    """Return the stored rule for each rule, None for a new one; and the stored rules that are left over."""
    same: dict[Rule, list[Exclusion]] = {}
    for exclusion in stored:
        same.setdefault(exclusion.rule, []).append(exclusion)
    pairs = [same[rule].pop(0) if same.get(rule) else None for rule in rules]
    alike: dict[object, list[Exclusion]] = {}
    for exclusion in (exclusion for left in same.values() for exclusion in left):
        alike.setdefault(essence(exclusion.rule), []).append(exclusion)
    for position, rule in enumerate(rules):
        if pairs[position] is None and (left := alike.get(essence(rule))):
            pairs[position] = left.pop(0)
    return pairs, [exclusion for left in alike.values() for exclusion in left]


def scoped(rules: Iterable[Exclusion], site_id: int) -> list[Exclusion]:
    """Return the rules that apply to a site."""
    return [rule for rule in rules if rule.site_id in (None, site_id)]


def fields_of(rule: Rule) -> dict[str, Any]:
    """Return a rule as the table that `read` takes, without defaults."""
    fields: dict[str, Any] = condition.written(rule.condition)
    fields |= {name: text for name, text in (("note", rule.note), ("owner", rule.owner)) if text}
    if rule.action is not RuleAction.EXCLUDE:
        fields["action"] = rule.action.value
    if rule.mode is not RuleMode.ON:
        fields["mode"] = rule.mode.value
    if rule.expires_at is not None:
        fields["expires"] = last_day(rule.expires_at).isoformat()
    return fields


def last_day(expires_at: int) -> date:
    """Return the last day of a rule, UTC."""
    return (datetime.fromtimestamp(expires_at, UTC) - timedelta(seconds=1)).date()


def _editable(control: Control, exclusion_id: int) -> Exclusion:
    exclusion = by_id(control, exclusion_id)
    if exclusion.line is not None:
        raise ExclusionError(
            "exclusion %(exclusion_id)s is in exclusions.toml, line %(line)s: change it there",
            exclusion_id=exclusion_id,
            line=exclusion.line,
        )
    return exclusion


def _insert(
    connection: sqlite3.Connection, rule: Rule, *, position: float, line: int | None, who: str, now: float
) -> int:
    """Store and log a rule, and return its id."""
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
            int(now),
            _since(rule, now),
        ),
    ).fetchone()
    audit.note(
        connection,
        site_id=rule.site_id,
        who=who,
        change=Sentence("Added %(rule)s.", {"rule": _sentence(row[0], rule)}),
        now=now,
    )
    return int(row[0])


def _since(rule: Rule, now: float) -> int | None:
    """Return when a rule that is stored now comes into force."""
    return int(now) if rule.excludes else None


def _update(connection: sqlite3.Connection, exclusion: Exclusion, rule: Rule, *, who: str, now: float) -> None:
    """Store and log changes of a rule."""
    since = exclusion.in_force_since if rule.excludes and exclusion.rule.excludes else _since(rule, now)
    connection.execute(
        "update exclusions set mode = ?, note = ?, owner = ?, expires_at = ?, in_force_since = ? where id = ?",
        (rule.mode.value, rule.note, rule.owner, rule.expires_at, since, exclusion.id),
    )
    before, after = _changeable_values(exclusion.rule), _changeable_values(rule)
    changes = [_set(name, after[name]) for name in CHANGEABLE if after[name] != before[name]]
    if changes:
        values = {"changes": _joined(changes), "rule": _sentence(exclusion.id, exclusion.rule)}
        audit.note(
            connection, site_id=rule.site_id, who=who, change=Sentence("Set %(changes)s: %(rule)s.", values), now=now
        )


def _set(name: str, value: str) -> Sentence:
    field = Sentence(_FIELD_NAMES[name])
    if not value:
        return Sentence("%(field)s to nothing", {"field": field})
    return Sentence("%(field)s to %(value)s", {"field": field, "value": Sentence(value) if name == "mode" else value})


def _joined(parts: Iterable[Sentence]) -> Sentence:
    return reduce(lambda first, second: Sentence("%(first)s, %(second)s", {"first": first, "second": second}), parts)


def _changeable_values(rule: Rule) -> dict[str, str]:
    end = "" if rule.expires_at is None else str(last_day(rule.expires_at))
    return {"mode": rule.mode.value, "note": rule.note, "owner": rule.owner, "expires": end}


def _delete(connection: sqlite3.Connection, exclusion: Exclusion, *, who: str, now: float) -> None:
    connection.execute("delete from exclusions where id = ?", (exclusion.id,))
    sentence = Sentence("Removed %(rule)s.", {"rule": _sentence(exclusion.id, exclusion.rule)})
    audit.note(connection, site_id=exclusion.site_id, who=who, change=sentence, now=now)


def _position(connection: sqlite3.Connection, rule: Rule, before: int | None) -> float:
    """Return the position of a new rule among the editable ones."""
    rows = connection.execute("select id, position from exclusions where line is null order by position, id")
    positions: dict[int, float] = {row[0]: row[1] for row in rows}
    lowest, highest = min(positions.values(), default=0.0), max(positions.values(), default=0.0)
    if before is None:
        return lowest - 1 if rule.action is RuleAction.KEEP else highest + 1
    if before not in positions:
        raise ExclusionError(
            "there is no exclusion %(before)s to insert the rule before:"
            " `sillage exclusions list` shows all exclusions",
            before=before,
        )
    ahead = [position for position in positions.values() if position < positions[before]]
    return (positions[before] + (max(ahead) if ahead else lowest - 2)) / 2


def _exclusion(row: sqlite3.Row) -> Exclusion:
    rule = Rule(
        row["site_id"],
        condition.restored(json.loads(row["condition"])),
        note=row["note"],
        action=RuleAction(row["action"]),
        mode=RuleMode(row["mode"]),
        owner=row["owner"],
        expires_at=row["expires_at"],
    )
    return Exclusion(row["id"], rule, row["created_at"], row["line"], row["in_force_since"])


def _sentence(number: int, rule: Rule) -> Sentence:
    """Return which rule it is and what it does, without a full stop."""
    described = condition.sentence(rule.condition)
    if rule.note:
        described = Sentence("%(rule)s (%(note)s)", {"rule": described, "note": rule.note})
    if rule.mode is RuleMode.DRY_RUN:
        described = Sentence("%(rule)s, in dry run", {"rule": described})
    values = {"number": number, "rule": described}
    if rule.action is RuleAction.KEEP:
        return Sentence("exclusion %(number)d: keep %(rule)s", values)
    return Sentence("exclusion %(number)d: exclude %(rule)s", values)


def _one_of(default: Choice, fields: Mapping[str, Any], name: str) -> Choice:
    value, choices = fields.get(name, default), type(default)
    if value not in list(choices):
        raise ExclusionError(
            "%(name)s must be %(choices)s, not %(value)r",
            name=name,
            choices=" or ".join(choices),
            value=str(value)[:50],
        )
    return choices(value)


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str) or len(value) > MAX_NOTE_CHARACTERS:
        raise ExclusionError(
            "%(name)s must be a text of at most %(most)s characters", name=name, most=MAX_NOTE_CHARACTERS
        )
    return value.strip()


def _end(value: object, *, now: float, days: int | None) -> int | None:
    """Return when a rule expires. value: its last day; empty: after `days`."""
    if value is None or value == "":
        if days is None:
            return None
        value = datetime.fromtimestamp(now, UTC).date() + timedelta(days=days)
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise ExclusionError(
            "expires must be a date such as 2027-01-31, not %(value)r", value=str(value)[:50]
        ) from None
    if day.year > LAST_YEAR:
        raise ExclusionError(
            "expires can be in %(last_year)s at the latest: remove it, and the rule never expires", last_year=LAST_YEAR
        )
    end = datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=1)
    if end.timestamp() <= now:
        raise ExclusionError(
            "the rule would expire on %(day)s, which is in the past: choose a later day, or remove expires", day=day
        )
    return int(end.timestamp())
