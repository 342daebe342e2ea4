"""Goals: the conversions of a site. They are evaluated at query time, so a new goal also counts past events."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import msgspec

from schema.measures import segments
from schema.measures.currencies import is_currency
from schema.records.event import ENGAGEMENT
from schema.sentence import Sentence, SentenceError
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


class GoalError(SentenceError):
    """A goal can't be stored or found. The message is shown to the user."""


class GoalKind(StrEnum):
    """What reaches a goal: a custom event, a page view, or scrolling."""

    EVENT = "event"
    PAGE = "page"
    SCROLL = "scroll"


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal of a site: an event, a page view, or a scroll depth on a page."""

    id: int  # 0: not stored yet
    site_id: int
    display_name: str  # unique within the site
    event_name: str = ""  # "": a page or scroll goal
    page_path: str = ""  # "": an event goal; * and ** match any characters, | means "or"
    scroll_threshold: int = NO_SCROLL_THRESHOLD  # percent
    currency: str = ""  # ISO 4217; "": no revenue
    props: tuple[tuple[str, str], ...] = ()  # (key, value), sorted; the event must have all of them

    @property
    def kind(self) -> GoalKind:
        """Return what reaches the goal."""
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
    """Return a validated goal that is not stored yet. Raises GoalError.

    display_name: derived from the condition if empty.
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
    """Store a new goal. Raises GoalError if its condition or name is taken, or the site has too many goals."""
    with control.write() as connection:
        if same := _same(connection, goal):
            raise GoalError("the goal %(display_name)s already has this condition", display_name=same.display_name)
        return _insert(connection, goal)


def put(control: Control, goal: Goal) -> Goal:
    """Return the goal with the same condition, created if necessary. Raises GoalError."""
    with control.write() as connection:
        same = _same(connection, goal)
        if same is None:
            return _insert(connection, goal)
    if goal.currency not in ("", same.currency):
        kept = same.currency or Sentence("no currency")
        raise GoalError(
            "the goal %(display_name)s has %(kept)s, which can't be changed: remove it and add another",
            display_name=same.display_name,
            kept=kept,
        )
    return same


def list_all(control: Control, site_id: int) -> list[Goal]:
    """Return a site's goals, newest first."""
    return [_goal(row) for row in control.rows(f"{_SELECT} where site_id = ? order by id desc", (site_id,))]


def by_id(control: Control, site_id: int, goal_id: int) -> Goal:
    """Return a goal of a site. Raises GoalError."""
    row = control.row(f"{_SELECT} where site_id = ? and id = ?", (site_id, goal_id))
    if row is None:
        raise GoalError("there is no goal %(goal_id)s on this site", goal_id=goal_id)
    return _goal(row)


def named(control: Control, site_id: int, text: str) -> Goal:
    """Return the goal of a site with this name, or else with this id. Raises GoalError."""
    goals = list_all(control, site_id)
    for name in (lambda goal: goal.display_name, lambda goal: str(goal.id)):
        if match := next((goal for goal in goals if name(goal) == text.strip()), None):
            return match
    raise GoalError("there is no goal %(text)r on this site: add it first", text=text[:MAX_DISPLAY_NAME_CHARACTERS])


def change(control: Control, goal: Goal, *, display_name: str) -> Goal:
    """Rename a goal, in the filters of segments too. Raises GoalError."""
    name = _checked_display_name(display_name)
    if not name:
        raise GoalError("a goal needs a name")
    return put_in_place(control, goal, replace(goal, display_name=name))


def put_in_place(control: Control, goal: Goal, changed: Goal) -> Goal:
    """Give a goal the condition and name of another one, and its new name to the filters of segments.

    An automatic name follows its condition. Raises GoalError if condition or name are those of a third goal.
    """
    if changed.display_name == goal.display_name == _default_name(goal):
        changed = replace(changed, display_name=_default_name(changed))
    changed = replace(changed, id=goal.id)
    try:
        with control.write() as connection:
            if (same := _same(connection, changed)) and same.id != goal.id:
                raise GoalError("the goal %(display_name)s already has this condition", display_name=same.display_name)
            connection.execute(
                "update goals set display_name = ?, event_name = ?, page_path = ?, scroll_threshold = ?, currency = ?,"
                " props = ? where id = ?",
                (*_values(changed)[1:], goal.id),
            )
            if changed.display_name != goal.display_name:
                segments.rename_goal(connection, goal.site_id, old=goal.display_name, new=changed.display_name)
    except sqlite3.IntegrityError:
        raise _taken(changed.display_name) from None
    return changed


def remove(control: Control, goal: Goal) -> None:
    """Delete a goal and its funnel steps. A funnel with a single step left is deleted too."""
    with control.write() as connection:
        connection.execute("delete from goals where id = ?", (goal.id,))
        connection.execute(
            "delete from funnels where site_id = ?"
            " and (select count(*) from funnel_steps where funnel_id = funnels.id) < 2",
            (goal.site_id,),
        )


def _same(connection: sqlite3.Connection, goal: Goal) -> Goal | None:
    """Return the stored goal with the same condition."""
    row = connection.execute(
        f"{_SELECT} where site_id = ? and event_name = ? and page_path = ? and scroll_threshold = ? and props = ?",
        (goal.site_id, goal.event_name, goal.page_path, goal.scroll_threshold, _json(goal.props)),
    ).fetchone()
    return _goal(row) if row else None


def _insert(connection: sqlite3.Connection, goal: Goal) -> Goal:
    [count] = connection.execute("select count(*) from goals where site_id = ?", (goal.site_id,)).fetchone()
    if count >= MAX_PER_SITE:
        raise GoalError("a site can have %(most)s goals: remove one first", most=MAX_PER_SITE)
    try:
        cursor = connection.execute(
            "insert into goals (site_id, display_name, event_name, page_path, scroll_threshold, currency, props)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            _values(goal),
        )
    except sqlite3.IntegrityError:
        raise _taken(goal.display_name) from None
    return replace(goal, id=int(cursor.lastrowid or 0))


def _values(goal: Goal) -> tuple[int | str, ...]:
    return (
        goal.site_id,
        goal.display_name,
        goal.event_name,
        goal.page_path,
        goal.scroll_threshold,
        goal.currency,
        _json(goal.props),
    )


def _check_kind(goal: Goal) -> None:
    if bool(goal.event_name) == bool(goal.page_path):
        raise GoalError("a goal needs either an event name or a page path")
    if goal.event_name and goal.scroll_threshold != NO_SCROLL_THRESHOLD:
        raise GoalError("a scroll depth needs a page path instead of an event name")
    if not NO_SCROLL_THRESHOLD <= goal.scroll_threshold <= 100:
        raise GoalError("the scroll depth must be a whole percentage from 0 to 100")
    if goal.currency and not goal.event_name:
        raise GoalError("a currency needs an event name instead of a page path")


def _checked_event_name(name: str) -> str:
    name = name.strip()
    if len(name) > MAX_NAME_CHARACTERS:
        raise GoalError("an event name can have at most %(most)s characters", most=MAX_NAME_CHARACTERS)
    if name == ENGAGEMENT:
        raise GoalError(
            "%(engagement)s is an automatic event of the script, so it can't be a goal", engagement=ENGAGEMENT
        )
    return name


def _checked_path(path: str) -> str:
    path = path.strip()
    if path and not path.startswith("/"):
        path = "/" + path
    if len(path) > MAX_PATH_CHARACTERS:
        raise GoalError("a page path can have at most %(most)s characters", most=MAX_PATH_CHARACTERS)
    return path


def _checked_currency(code: str) -> str:
    code = code.strip().upper()
    if code and not is_currency(code):
        raise GoalError("%(code)r is not a currency: enter it like EUR", code=code)
    return code


def _checked_props(props: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    if len(props) > MAX_PROPS:
        raise GoalError("a goal can have at most %(most)s properties", most=MAX_PROPS)
    for key, value in props.items():
        if not 0 < len(key) <= MAX_KEY_CHARACTERS or not 0 < len(value) <= MAX_VALUE_CHARACTERS:
            raise GoalError(
                "the name of a property must have 1 to %(most_of_name)s characters,"
                " and its value 1 to %(most_of_value)s",
                most_of_name=MAX_KEY_CHARACTERS,
                most_of_value=MAX_VALUE_CHARACTERS,
            )
    return tuple(sorted(props.items()))


def _checked_display_name(name: str) -> str:
    name = name.strip()
    if len(name) > MAX_DISPLAY_NAME_CHARACTERS:
        raise GoalError("the name of a goal can have at most %(most)s characters", most=MAX_DISPLAY_NAME_CHARACTERS)
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
    return GoalError("a goal named %(display_name)s already exists: choose another name", display_name=display_name)
