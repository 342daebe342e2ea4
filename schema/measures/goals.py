"""Goals: what a site calls a conversion. They are looked for when somebody asks, so a new one counts the past too."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import msgspec

from schema.measures import segments
from schema.measures.currencies import is_currency
from schema.records.event import ENGAGEMENT
from schema.stores.control import Control

NO_SCROLL_THRESHOLD = -1
MAX_PER_SITE = 1000
MAX_NAME_CHARACTERS = 120  # of an event
MAX_DISPLAY_NAME_CHARACTERS = 255
MAX_PATH_CHARACTERS = 2000
MAX_PROPS = 3
MAX_KEY_CHARACTERS = 300
MAX_VALUE_CHARACTERS = 2000

_SELECT = "select id, site_id, display_name, event_name, page_path, scroll_threshold, currency, props from goals"
_pairs = msgspec.json.Decoder(tuple[tuple[str, str], ...]).decode


class GoalError(ValueError):
    """A goal can't be kept or found; the message is for the person who asked."""


class GoalKind(StrEnum):
    """What brings a goal about."""

    EVENT = "event"
    PAGE = "page"
    SCROLL = "scroll"


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal of a site, reached by an event of a name, a view of a page, or reading a page so far down."""

    id: int  # 0: not stored yet
    site_id: int
    display_name: str  # what reports and filters call it, unique in its site
    event_name: str = ""  # "": a page or scroll goal
    page_path: str = ""  # "": an event goal; * and ** stand for any characters, | for "or"
    scroll_threshold: int = NO_SCROLL_THRESHOLD  # percent
    currency: str = ""  # ISO 4217; "": its events have no revenue that counts
    props: tuple[tuple[str, str], ...] = ()  # key and value, by key; the event has all of them

    @property
    def kind(self) -> GoalKind:
        """Return what brings it about."""
        if self.event_name:
            return GoalKind.EVENT
        return GoalKind.PAGE if self.scroll_threshold == NO_SCROLL_THRESHOLD else GoalKind.SCROLL


def new(
    site_id: int,
    *,
    event_name: str = "",
    page_path: str = "",
    scroll_threshold: int = NO_SCROLL_THRESHOLD,
    currency: str = "",
    props: Mapping[str, str] | None = None,
    display_name: str = "",
) -> Goal:
    """Return a goal in its normal form, not stored yet. Raises GoalError on what can't be one.

    display_name: made of the rest if not given.
    """
    goal = Goal(
        id=0,
        site_id=site_id,
        display_name=_checked_display_name(display_name),
        event_name=_checked_event_name(event_name),
        page_path=_checked_path(page_path),
        scroll_threshold=scroll_threshold,
        currency=_checked_currency(currency),
        props=_checked_props(props or {}),
    )
    _check_kind(goal)
    return replace(goal, display_name=goal.display_name or _default_name(goal))


def add(control: Control, goal: Goal) -> Goal:
    """Store a new goal. Raises GoalError where there is one like it, or of its name, or too many."""
    with control.write() as connection:
        if same := _same(connection, goal):
            raise GoalError(f"there is a goal like that already, named {same.display_name}")
        return _insert(connection, goal)


def put(control: Control, goal: Goal) -> Goal:
    """Return the goal with the same condition, stored now if there is none. Raises GoalError."""
    with control.write() as connection:
        same = _same(connection, goal)
        if same is None:
            return _insert(connection, goal)
    if goal.currency not in ("", same.currency):
        kept = same.currency or "no currency"
        raise GoalError(f"the goal {same.display_name} has {kept}, which can't be changed: remove it and add another")
    return same


def list_all(control: Control, site_id: int) -> list[Goal]:
    """Return a site's goals, newest first."""
    return [_goal(row) for row in control.rows(f"{_SELECT} where site_id = ? order by id desc", (site_id,))]


def by_id(control: Control, site_id: int, goal_id: int) -> Goal:
    """Return a goal of a site. Raises GoalError."""
    row = control.row(f"{_SELECT} where site_id = ? and id = ?", (site_id, goal_id))
    if row is None:
        raise GoalError(f"there is no goal {goal_id} on this site")
    return _goal(row)


def named(control: Control, site_id: int, text: str) -> Goal:
    """Return the goal of a site that a person means by its name, or else by its number. Raises GoalError."""
    known = list_all(control, site_id)
    for name in (lambda goal: goal.display_name, lambda goal: str(goal.id)):
        if found := next((goal for goal in known if name(goal) == text.strip()), None):
            return found
    raise GoalError(f"there is no goal {text[:MAX_DISPLAY_NAME_CHARACTERS]!r} on this site: add it first")


def change(control: Control, goal: Goal, *, display_name: str) -> Goal:
    """Call a goal something else from now on, in the filters of segments too. Raises GoalError."""
    name = _checked_display_name(display_name)
    if not name:
        raise GoalError("a goal needs a name")
    try:
        with control.write() as connection:
            connection.execute("update goals set display_name = ? where id = ?", (name, goal.id))
            segments.rename_goal(connection, goal.site_id, old=goal.display_name, new=name)
    except sqlite3.IntegrityError:
        raise _taken(name) from None
    return replace(goal, display_name=name)


def remove(control: Control, goal: Goal) -> None:
    """Delete a goal. Funnels go on without that step; one that is left with a single step goes too."""
    with control.write() as connection:
        connection.execute("delete from goals where id = ?", (goal.id,))
        connection.execute(
            "delete from funnels where site_id = ?"
            " and (select count(*) from funnel_steps where funnel_id = funnels.id) < 2",
            (goal.site_id,),
        )


def _same(connection: sqlite3.Connection, goal: Goal) -> Goal | None:
    """Return the stored goal that is reached by the same events."""
    row = connection.execute(
        f"{_SELECT} where site_id = ? and event_name = ? and page_path = ? and scroll_threshold = ? and props = ?",
        (goal.site_id, goal.event_name, goal.page_path, goal.scroll_threshold, _json(goal.props)),
    ).fetchone()
    return _goal(row) if row else None


def _insert(connection: sqlite3.Connection, goal: Goal) -> Goal:
    [count] = connection.execute("select count(*) from goals where site_id = ?", (goal.site_id,)).fetchone()
    if count >= MAX_PER_SITE:
        raise GoalError(f"a site can have {MAX_PER_SITE} goals: remove one first")
    values = (
        goal.site_id,
        goal.display_name,
        goal.event_name,
        goal.page_path,
        goal.scroll_threshold,
        goal.currency,
        _json(goal.props),
    )
    try:
        cursor = connection.execute(
            "insert into goals (site_id, display_name, event_name, page_path, scroll_threshold, currency, props)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            values,
        )
    except sqlite3.IntegrityError:
        raise _taken(goal.display_name) from None
    return replace(goal, id=int(cursor.lastrowid or 0))


def _check_kind(goal: Goal) -> None:
    if bool(goal.event_name) == bool(goal.page_path):
        raise GoalError("a goal needs the name of an event, or the path of a page, and not both")
    if goal.event_name and goal.scroll_threshold != NO_SCROLL_THRESHOLD:
        raise GoalError("only a page can be scrolled: give its path instead of an event")
    if not NO_SCROLL_THRESHOLD <= goal.scroll_threshold <= 100:
        raise GoalError("how far a page is scrolled is a whole number of percent, from 0 to 100")
    if goal.currency and not goal.event_name:
        raise GoalError("only an event can have revenue: give its name instead of a page")


def _checked_event_name(name: str) -> str:
    name = name.strip()
    if len(name) > MAX_NAME_CHARACTERS:
        raise GoalError(f"the name of an event can have {MAX_NAME_CHARACTERS} characters")
    if name == ENGAGEMENT:
        raise GoalError(f"{ENGAGEMENT} is what the script sends by itself, so it can't be a goal")
    return name


def _checked_path(path: str) -> str:
    path = path.strip()
    if path and not path.startswith("/"):
        path = "/" + path
    if len(path) > MAX_PATH_CHARACTERS:
        raise GoalError(f"the path of a page can have {MAX_PATH_CHARACTERS} characters")
    return path


def _checked_currency(code: str) -> str:
    code = code.strip().upper()
    if code and not is_currency(code):
        raise GoalError(f"{code!r} is not a currency: write it as in EUR")
    return code


def _checked_props(props: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    if len(props) > MAX_PROPS:
        raise GoalError(f"a goal can ask for {MAX_PROPS} properties")
    for key, value in props.items():
        if not 0 < len(key) <= MAX_KEY_CHARACTERS or not 0 < len(value) <= MAX_VALUE_CHARACTERS:
            raise GoalError(
                f"a property has a name of 1 to {MAX_KEY_CHARACTERS} characters"
                f" and a value of 1 to {MAX_VALUE_CHARACTERS}"
            )
    return tuple(sorted(props.items()))


def _checked_display_name(name: str) -> str:
    name = name.strip()
    if len(name) > MAX_DISPLAY_NAME_CHARACTERS:
        raise GoalError(f"the name of a goal can have {MAX_DISPLAY_NAME_CHARACTERS} characters")
    return name


def _default_name(goal: Goal) -> str:
    match goal.kind:
        case GoalKind.EVENT:
            return goal.event_name
        case GoalKind.PAGE:
            return f"Visit {goal.page_path}"
        case GoalKind.SCROLL:
            return f"Scroll {goal.scroll_threshold}% on {goal.page_path}"


def _json(props: tuple[tuple[str, str], ...]) -> str:
    return msgspec.json.encode(props).decode()


def _goal(row: sqlite3.Row) -> Goal:
    return Goal(*row[:-1], _pairs(row[-1]))  # type: ignore[call-arg]


def _taken(display_name: str) -> GoalError:
    return GoalError(f"there is a goal named {display_name} already: choose another name")
