"""Funnels: goals that visitors are to reach one after the other."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from schema.measures import goals
from schema.measures.goals import Goal
from schema.stores.control import Control

MIN_STEPS = 2
MAX_STEPS = 8
MAX_NAME_CHARACTERS = 255


class FunnelError(ValueError):
    """A funnel can't be kept or found; the message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Funnel:
    id: int
    site_id: int
    name: str
    steps: tuple[Goal, ...]  # in the order they are to be reached
    is_strict: bool = False  # nothing else may happen between two steps


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
    """Store a funnel in place of the one of its name, if there is one. Raises FunnelError."""
    name = _checked_name(name)
    same = next((funnel for funnel in list_all(control, site_id) if funnel.name == name), None)
    if same is None:
        return add(control, site_id, name, steps, is_strict=is_strict)
    funnel = replace(same, steps=_checked_steps(steps), is_strict=is_strict)
    with control.write() as connection:
        connection.execute("update funnels set is_strict = ? where id = ?", (is_strict, funnel.id))
        connection.execute("delete from funnel_steps where funnel_id = ?", (funnel.id,))
        _write_steps(connection, funnel)
    return funnel


def list_all(control: Control, site_id: int) -> list[Funnel]:
    """Return a site's funnels, by name."""
    known = {goal.id: goal for goal in goals.list_all(control, site_id)}
    steps: dict[int, list[Goal]] = {}
    for funnel_id, goal_id in control.rows(
        "select funnel_id, goal_id from funnel_steps join funnels on funnels.id = funnel_id"
        " where site_id = ? order by funnel_id, position",
        (site_id,),
    ):
        if goal_id in known:  # another process may have removed it a moment ago
            steps.setdefault(funnel_id, []).append(known[goal_id])
    rows = control.rows("select id, name, is_strict from funnels where site_id = ? order by name", (site_id,))
    return [Funnel(row[0], site_id, row[1], tuple(steps.get(row[0], ())), bool(row[2])) for row in rows]


def by_id(control: Control, site_id: int, funnel_id: int) -> Funnel:
    """Return a funnel of a site. Raises FunnelError."""
    for funnel in list_all(control, site_id):
        if funnel.id == funnel_id:
            return funnel
    raise FunnelError(f"there is no funnel {funnel_id} on this site")


def remove(control: Control, funnel: Funnel) -> None:
    """Delete a funnel; its goals stay."""
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
        raise FunnelError(f"a funnel needs a name of 1 to {MAX_NAME_CHARACTERS} characters")
    return name


def _checked_steps(steps: Sequence[Goal]) -> tuple[Goal, ...]:
    if not MIN_STEPS <= len(steps) <= MAX_STEPS:
        raise FunnelError(f"a funnel has {MIN_STEPS} to {MAX_STEPS} steps")
    if len({goal.id for goal in steps}) < len(steps):
        raise FunnelError("a goal can be one step of a funnel only")
    return tuple(steps)


def _taken(name: str) -> FunnelError:
    return FunnelError(f"there is a funnel named {name} already: choose another name")
