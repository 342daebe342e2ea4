"""Run a query and return its result.

The daily counts answer what they can in short statements. The rest is one statement, which counts days on the spot.
"""

from functools import partial

from dashboard.stats import counted, protected
from dashboard.stats.answer.rows import result_of
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Result
from dashboard.stats.plan import Plan, plan
from dashboard.stats.sql.statement import compose
from schema.days.rolled_days import RolledDays
from schema.measures.rates import NO_RATES, Rates
from schema.privacy import profile
from schema.privacy.profile import Privacy
from schema.stores.database import Database


def run(
    database: Database,
    query: Query,
    *,
    privacy: Privacy,
    rates: Rates = NO_RATES,
    rolled: RolledDays | None = None,
) -> Result:
    """Return one row, or one row per group. Intervals without events are left out.

    privacy: of the site; it decides what the answer may say. rates: for revenue. rolled: the days with daily counts.
    Raises QueryError, ClickHouseError, QueryLimitError, DatabaseUnavailableError.
    """
    if privacy.is_exempt:
        exact = partial(run, database, privacy=profile.DEFAULT, rates=rates, rolled=rolled)
        return protected.answers(database, {"": query}, privacy, exact=exact, rolled=rolled)[""]
    planned = plan(query, rolled, is_alone=True)
    return counted.answer(database, planned) or in_one_statement(database, planned, rates=rates)


def in_one_statement(database: Database, planned: Plan, *, rates: Rates = NO_RATES) -> Result:
    """Return the result of a plan from a statement of its own."""
    statement = compose(planned, rates)
    return result_of(planned.query, database.query(statement.sql, statement.params))
