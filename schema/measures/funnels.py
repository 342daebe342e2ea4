"""Funnels: sequences of goals."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from schema.measures import goals
from schema.measures.goals import Goal
from schema.sentence import SentenceError
from schema.stores.control import Control

MIN_STEPS = 2
MAX_STEPS = 8
MAX_NAME_CHARACTERS = 255


class FunnelError(SentenceError):
    """A funnel can't be stored or found. The message is shown to the user."""


@dataclass(frozen=True, slots=True)
class Funnel:
    id: int
    site_id: int
    name: str
    steps: tuple[Goal, ...]  # in order
    is_strict: bool = False  # no other event may occur between two steps


def add(control: Control, site_id: int, name: str, steps: Sequence[Goal], *, is_strict: bool = False) -> Funnel:
    """Store a new funnel. Raises FunnelError. steps: goals of the site."""
    funnel = Funnel(0, site_id, _checked_name(name), _checked_steps(steps), is_strict)
    try:
        with control.write() as connection:
            cursor = connection.execute(
                "insert into funnels (site_id, name, is_strict) values (?, ?, ?)", (site_id, funnel.name, is_strict)
            )
            funnel = replace(funnel, id=int(cursor.lastrowid or 0))
            _write_steps(connection, funnel)
    except sqlite3.IntegrityError:
        raise _taken(funnel.name) from None
    return funnel


def put(control: Control, site_id: int, name: str, steps: Sequence[Goal], *, is_strict: bool = False) -> Funnel:
    """Store a funnel, replacing the one with the same name. Raises FunnelError."""
    name = _checked_name(name)
    same = next((funnel for funnel in list_all(control, site_id) if funnel.name == name), None)
    if same is None:
        return add(control, site_id, name, steps, is_strict=is_strict)
    return change(control, same, name=name, steps=steps, is_strict=is_strict)


def change(control: Control, funnel: Funnel, *, name: str, steps: Sequence[Goal], is_strict: bool) -> Funnel:
    """Give a funnel another name, other steps or another order. Raises FunnelError."""
    changed = Funnel(funnel.id, funnel.site_id, _checked_name(name), _checked_steps(steps), is_strict)
    try:
        with control.write() as connection:
            connection.execute(
                "update funnels set name = ?, is_strict = ? where id = ?", (changed.name, is_strict, funnel.id)
            )
            connection.execute("delete from funnel_steps where funnel_id = ?", (funnel.id,))
            _write_steps(connection, changed)
    except sqlite3.IntegrityError:
        raise _taken(changed.name) from None
    return changed


def list_all(control: Control, site_id: int) -> list[Funnel]:
    """Return the funnels of a site, sorted by name."""
    goals_by_id = {goal.id: goal for goal in goals.list_all(control, site_id)}
    steps: dict[int, list[Goal]] = {}
    for funnel_id, goal_id in control.rows(
        "select funnel_id, goal_id from funnel_steps join funnels on funnels.id = funnel_id"
        " where site_id = ? order by funnel_id, position",
        (site_id,),
    ):
        if goal_id in goals_by_id:  # another process may have just removed it
            steps.setdefault(funnel_id, []).append(goals_by_id[goal_id])
    rows = control.rows("select id, name, is_strict from funnels where site_id = ? order by name", (site_id,))
    return [Funnel(row[0], site_id, row[1], tuple(steps.get(row[0], ())), bool(row[2])) for row in rows]


def by_id(control: Control, site_id: int, funnel_id: int) -> Funnel:
    """Return a funnel of a site. Raises FunnelError."""
    for funnel in list_all(control, site_id):
        if funnel.id == funnel_id:
            return funnel
    raise FunnelError("there is no funnel %(funnel_id)s on this site", funnel_id=funnel_id)


def remove(control: Control, funnel: Funnel) -> None:
    """Delete a funnel, but not its goals."""
    with control.write() as connection:
        connection.execute("delete from funnels where id = ?", (funnel.id,))


def _write_steps(connection: sqlite3.Connection, funnel: Funnel) -> None:
    connection.executemany(
        "insert into funnel_steps (funnel_id, position, goal_id) values (?, ?, ?)",
        [(funnel.id, position, goal.id) for position, goal in enumerate(funnel.steps, start=1)],
    )


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > MAX_NAME_CHARACTERS:
        raise FunnelError("the name of a funnel must have 1 to %(most)s characters", most=MAX_NAME_CHARACTERS)
    return name


def _checked_steps(steps: Sequence[Goal]) -> tuple[Goal, ...]:
    if not MIN_STEPS <= len(steps) <= MAX_STEPS:
        raise FunnelError(
            "a funnel must have %(min_steps)s to %(max_steps)s steps", min_steps=MIN_STEPS, max_steps=MAX_STEPS
        )
    if len({goal.id for goal in steps}) < len(steps):
        raise FunnelError("a goal can be only one step of a funnel")
    return tuple(steps)


def _taken(name: str) -> FunnelError:
    return FunnelError("a funnel named %(name)s already exists: choose another name", name=name)
