"""The page views that are missing from the chart because their browsers asked not to be measured."""

from dashboard.language import ngettext
from dashboard.pages import figures
from dashboard.pages.report.view import View
from dashboard.stats.reports.drops import drops
from schema.stores.database import Database

REASONS = frozenset({"gpc", "dnt"})


def sentence(database: Database, view: View) -> str:
    """Return how many page views of the period are missing, empty if none or if the site does not obey such signals.

    A filter leaves it out: nothing is stored of these page views that a filter could match.
    """
    privacy = view.site.privacy
    if view.nodes or not (privacy.obeys_gpc or privacy.honors_dnt):
        return ""
    dropped = drops(database, view.site.id, view.period, privacy=privacy)
    count = sum(drop.count for drop in dropped if drop.reason in REASONS)
    if not count:
        return ""
    return ngettext(
        "%(number)s page view not counted: the browser asked not to be measured",
        "%(number)s page views not counted: the browser asked not to be measured",
        count,
        number=figures.exact(count),
    )
