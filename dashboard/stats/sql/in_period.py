"""Conditions for the rows of a query's site and period.

A visit belongs to every period that it overlaps. It is stored under the day it started, which may be an earlier day.
"""

from datetime import timedelta

from dashboard.stats.model.query import Query
from dashboard.stats.sql.fragment import Fragment, fill, value

# Rows keep their local day when a site changes its time zone. Two local days of one instant differ by at most two days.
_DAY_MARGIN = timedelta(days=2)
_LONGEST_VISIT = timedelta(days=7)


def of_events(query: Query) -> Fragment:
    """Return the condition for rows of `events`."""
    return fill(
        "site_id = {}\nand day >= {}\nand day <= {}\nand time >= {}\nand time < {}",
        value("UInt32", query.site_id),
        value("Date", query.period.first - _DAY_MARGIN),
        value("Date", query.period.last + _DAY_MARGIN),
        value("DateTime('UTC')", query.period.start),
        value("DateTime('UTC')", query.period.end),
    )


def of_visits(query: Query) -> Fragment:
    """Return the condition for rows of `visits`."""
    return fill(
        "site_id = {}\nand day >= {}\nand day <= {}\nand last >= {}\nand start < {}",
        value("UInt32", query.site_id),
        value("Date", query.period.first - _LONGEST_VISIT - _DAY_MARGIN),
        value("Date", query.period.last + _DAY_MARGIN),
        value("DateTime('UTC')", query.period.start),
        value("DateTime('UTC')", query.period.end),
    )
