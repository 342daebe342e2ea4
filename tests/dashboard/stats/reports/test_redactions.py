import pytest

from dashboard.stats.reports.drops import drops, first_drop
from dashboard.stats.reports.redactions import redactions
from schema.privacy.profile import DEFAULT, EXEMPT, Privacy
from schema.privacy.redaction import Kind
from tests.dashboard.stats.reports.test_drops import a_period
from tests.factories import store_drops

IS_EXEMPT = Privacy(profile=EXEMPT, retention_months=13)
DAYS = a_period("2026-03-10", "2026-03-11")


@pytest.fixture
def replaced(database):
    for at, reason, count in [
        ("2026-03-09 12:00", "redacted_email", 100), ("2026-03-10 08:00", "redacted_email", 8),
        ("2026-03-10 12:00", "redacted_email", 8), ("2026-03-11 12:00", "redacted_email", 9),
        ("2026-03-11 12:00", "redacted_ssn", 30), ("2026-03-11 12:00", "bot_ai", 50),
    ]:  # fmt: skip
        store_drops(database, reason, count, at=at)
    store_drops(database, "redacted_uuid", 40, at="2026-03-11 12:00", site_id=2)
    return database


@pytest.mark.parametrize(
    ("privacy", "counts"),
    [
        pytest.param(DEFAULT, [(Kind.SSN, 30), (Kind.EMAIL, 25)], id="exact"),
        pytest.param(IS_EXEMPT, [(Kind.SSN, 30), (Kind.EMAIL, 20)], id="rounded by day, and few left out"),
    ],
)
def test_events_are_counted_by_kind(replaced, privacy, counts):
    assert counts == redactions(replaced, 1, DAYS, privacy=privacy)


def test_they_are_not_refused_hits(replaced):
    assert ["bot_ai"] == [drop.reason for drop in drops(replaced, 1, DAYS, privacy=DEFAULT)]


def test_they_do_not_begin_the_refused_hits(database):
    store_drops(database, "redacted_email", at="2026-03-09 12:00")

    assert first_drop(database, 1, privacy=DEFAULT) is None
