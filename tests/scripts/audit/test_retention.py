from datetime import UTC, date, datetime, timedelta

import pytest

from schema.privacy.audits import State
from schema.privacy.evidence import OldestRow, Table
from scripts.audit import retention
from tests.factories import an_event, store
from tests.scripts.audit.subjects import NOW, STANDARD, a_subject, asking

TODAY = date(2026, 3, 10)


def days_ago(days: int) -> datetime:
    return datetime.fromtimestamp(NOW, UTC) - timedelta(days=days)


def test_our_tables_have_a_ttl(tmp_path, database):
    assert State.GREEN is retention.every_table_expires(a_subject(tmp_path, ask=asking(database))).state


def test_a_table_without_a_ttl_is_red(tmp_path):
    tables = [Table("events", "expires + toIntervalDay(1)", ()), Table("notes", "", ()), Table("migrations", "", ())]
    finding = retention.every_table_expires(a_subject(tmp_path, ask=lambda _question: tables))

    assert (State.RED, "notes") == (finding.state, finding.sentence.values["tables"])


@pytest.mark.parametrize(
    ("days", "state"), [(0, State.GREEN), (761, State.GREEN), (763, State.GREEN), (764, State.RED)]
)
def test_a_row_older_than_the_retention_is_red(tmp_path, database, days, state):
    store(database, [an_event(site_id=STANDARD.id, time=days_ago(days))])

    assert state is retention.no_row_is_too_old(a_subject(tmp_path, ask=asking(database))).state


@pytest.mark.parametrize(("expired", "state"), [(0, State.GREEN), (1, State.RED)])
def test_counts_expire_by_the_day_that_is_stored_with_them(tmp_path, expired, state):
    rows = [OldestRow("daily_visits", STANDARD.id, TODAY - timedelta(days=3000), expired)]

    assert state is retention.no_row_is_too_old(a_subject(tmp_path, ask=lambda _question: rows)).state


def test_the_day_of_the_oldest_row_is_shown(tmp_path, database):
    empty = retention.no_row_is_too_old(a_subject(tmp_path, ask=asking(database)))
    store(database, [an_event(site_id=STANDARD.id, time=days_ago(days)) for days in (3, 12)])
    finding = retention.no_row_is_too_old(a_subject(tmp_path, ask=asking(database)))

    assert (State.GREEN, "No rows are stored.") == (empty.state, str(empty.sentence))
    assert TODAY - timedelta(days=12) == finding.sentence.values["day"]
