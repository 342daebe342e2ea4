"""The site's time zone, goals, segments and first day, which parsing a query needs."""

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
class SiteContext:
    site_id: int
    zone: ZoneInfo
    # Loaded when a query needs them:
    goals: Callable[[], tuple[Goal, ...]]  # newest first
    segments: Callable[[], Mapping[int, Sequence[Any]]]  # id -> filters of the Stats API, as parsed JSON
    first_day: Callable[[], date | None]  # the first local day with an event


def of_site(control: Control, database: Database, site: Site) -> SiteContext:
    """Return the context of queries about a site."""
    return of_filters(control, site, lambda: first_day(database, site.id, site.zone, privacy=site.privacy))


def of_filters(
    control: Control, site: Site, first: Callable[[], date | None] = lambda: None, *, user_id: int | None = None
) -> SiteContext:
    """Return the context of filters, which need no analytics database. user_id: whose own segments they may use."""
    return SiteContext(
        site.id,
        site.zone,
        cache(lambda: tuple(goals.list_all(control, site.id))),
        cache(lambda: {one.id: one.filters for one in segments.list_all(control, site.id, user_id=user_id)}),
        first,
    )


def grouped_goals(groups: Sequence[Group], filters: Sequence[Filter], context: SiteContext) -> tuple[Goal, ...]:
    """Return the goals to group rows by, limited by the filters, or () unless rows are grouped by goal."""
    if dimensions.GOAL not in groups:
        return ()
    on_goals = [node for node in filters if isinstance(node, Reaches)]
    return tuple(goal for goal in context.goals() if all(goal in node.goals for node in on_goals))
