"""A site with the privacy profile `exempt` and visits that a test counts out."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from dashboard.stats.answer.run import run
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Result
from schema.days.rollups import Rollups
from schema.measures import goals as goals_of_site
from schema.measures.goals import Goal
from schema.privacy.profile import Privacy
from schema.sites import sites
from schema.stores.control import Control
from schema.stores.database import Database
from tests.factories import PARIS, store, views

EXEMPT = Privacy(profile="exempt", retention_months=13)
NOW = datetime(2026, 4, 15, 12, tzinfo=UTC)  # a Wednesday
TODAY = NOW.date()


class SmallSite:
    """An exempt site whose closed days have daily counts and no rows."""

    def __init__(self, directory: Path, database: Database, privacy: Privacy = EXEMPT) -> None:
        self.database = database
        self.control = Control(directory / "control.db", now=NOW.timestamp())
        self.site = sites.add(
            self.control, "example.org", timezone="Europe/Paris", now=NOW.timestamp(), privacy=privacy
        )
        self.rollups = Rollups(self.control, database, clock=NOW.timestamp)

    def visit(self, day: date, visitors: int, *paths: str, hour: int = 9, **changes: Any) -> None:
        """Store one visit each of some visitors."""
        start = datetime.combine(day, time(hour), PARIS).astimezone(UTC)
        pages = paths or ("/",)
        store(
            self.database,
            [
                record
                for _number in range(visitors)
                for record in views(*pages, start=start, site_id=self.site.id, **changes)
            ],
        )

    def close(self, goals: tuple[Goal, ...] = ()) -> None:
        """Count the days before today, and delete their rows."""
        for goal in goals:
            goals_of_site.put(self.control, goal)
        self.rollups.look(self.site)
        for day in self.rollups.due(self.site, goals):
            assert self.rollups.count(self.site, day, goals)
        for table in ("events", "visits"):
            self.database.command(f"alter table {table} delete where day < '{TODAY}' settings mutations_sync = 2")

    def ask(self, query: Query) -> Result:
        """Return the protected result of a question."""
        days = self.rollups.of_site(self.site.id, self.site.zone)
        return run(self.database, query, privacy=self.site.privacy, rolled=days)

    def shown(self, query: Query) -> Mapping[tuple[str, ...], tuple[Any, ...]]:
        """Return the metrics of each row by its groups."""
        return {row.groups: row.metrics for row in self.ask(query).rows}
