"""Views of a report for tests."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from dashboard.pages.report import view
from dashboard.pages.report.view import View
from dashboard.stats.parse.site_context import SiteContext
from schema.measures.goals import Goal
from schema.sites.sites import Site
from tests.factories import PARIS

NOW = datetime(2026, 3, 10, 13, 30, tzinfo=UTC)
LONG_AGO = date(2024, 1, 1)
SITE = Site(1, "example.org", "Europe/Paris", 761)
GOALS = (Goal(1, 1, "Signup", event_name="Signup"), Goal(2, 1, "Purchase", event_name="Purchase", currency="EUR"))


def a_view(
    query: str = "", *, first_day: date = LONG_AGO, path: str = "", remembered: Mapping[str, str] | None = None
) -> View:
    """Return the view of a query string on the 10th of March 2026."""
    context = SiteContext(1, PARIS, lambda: GOALS, lambda: {7: [["is", "visit:source", ["Bing"]]]}, lambda: first_day)
    return view.read(query, context, site=SITE, now=NOW, first_day=first_day, path=path, remembered=remembered or {})
