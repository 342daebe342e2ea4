"""What has to be known of a site to understand a question about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.stats.model import dimensions
from dashboard.stats.model.filters import Filter, Reaches
from dashboard.stats.model.query import Group
from dashboard.stats.reports.first_day import first_day
from schema.measures import goals, segments
from schema.measures.goals import Goal
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database


@dataclass(frozen=True, slots=True)
class Background:
    site_id: int
    zone: ZoneInfo
    # Looked up when a question needs it:
    goals: Callable[[], tuple[Goal, ...]]  # newest first
    segments: Callable[[], Mapping[int, Sequence[Any]]]  # id -> filters of the Stats API, as parsed JSON
    first_day: Callable[[], date | None]  # the first local day with an event


def of_site(control: Control, database: Database, site: Site) -> Background:
    """Return the background of questions about a site."""
    return of_filters(control, site, lambda: first_day(database, site.id, site.zone))


def of_filters(control: Control, site: Site, first: Callable[[], date | None] = lambda: None) -> Background:
    """Return the background of filters alone, which need no database."""
    return Background(
        site.id,
        site.zone,
        cache(lambda: tuple(goals.list_all(control, site.id))),
        cache(lambda: {segment.id: segment.filters for segment in segments.list_all(control, site.id)}),
        first,
    )


def goals_told_apart(groups: Sequence[Group], filters: Sequence[Filter], background: Background) -> tuple[Goal, ...]:
    """Return the goals that rows are about: those that the filters leave, where rows are told apart by goal."""
    if dimensions.GOAL not in groups:
        return ()
    chosen = [each for each in filters if isinstance(each, Reaches)]
    return tuple(goal for goal in background.goals() if all(goal in each.goals for each in chosen))
