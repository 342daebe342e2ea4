"""Goals: what a site calls a conversion. They are looked for when somebody asks, so a new one counts the past too."""

from dataclasses import dataclass
from enum import StrEnum

NO_SCROLL_THRESHOLD = -1


class GoalKind(StrEnum):
    """What brings a goal about."""

    EVENT = "event"
    PAGE = "page"
    SCROLL = "scroll"


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal of a site, reached by an event of a name, a view of a page, or reading a page so far down."""

    id: int
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
