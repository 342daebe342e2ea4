"""Which rows of a table can be about a question: those of its site and period.

A visit is part of a period that it overlaps. Its day is that of its start, so it may be stored under an earlier one.
"""

from datetime import timedelta

from dashboard.stats.model.query import Query
from dashboard.stats.sql.fragment import Fragment, fill, value

# The day of a row was local when it was written, and a site may change its time zone: local days of one instant are
# two days apart at most.
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
