from dataclasses import replace

import msgspec
import pytest

from schema.privacy.audits import State
from scripts.audit import residence
from tests.scripts.audit.subjects import NOW, STANDARD, a_subject

YEAR_S = 366 * 86_400


@pytest.mark.parametrize(
    ("settings", "state"),
    [
        ({"data_country": "FR"}, State.GREEN),
        ({}, State.YELLOW),
        ({"data_country": "US", "outside_eea": "allow"}, State.RED),
    ],
    ids=["France", "not declared", "outside"],
)
def test_the_country_of_the_data_must_be_declared_and_in_the_economic_area(tmp_path, settings, state):
    assert state is residence.country_is_declared(a_subject(tmp_path, **settings)).state


@pytest.mark.parametrize(
    ("added", "reviewed_on", "state"),
    [
        (NOW - YEAR_S, "", State.GREEN),
        (NOW - YEAR_S - 86_400, "", State.YELLOW),
        (NOW - 3 * YEAR_S, "2025-03-09", State.GREEN),
        (NOW - 3 * YEAR_S, "2025-03-08", State.YELLOW),
    ],
)
def test_a_review_is_due_a_year_after_the_last_one(tmp_path, added, reviewed_on, state):
    site = replace(STANDARD, privacy=msgspec.structs.replace(STANDARD.privacy, reviewed_on=reviewed_on))

    assert state is residence.is_reviewed(a_subject(tmp_path, sites=[site], added={1: int(added)})).state


@pytest.mark.parametrize(
    ("months", "years_ago", "state"),
    [
        pytest.param("12", [0, 0.5], State.GREEN, id="used"),
        pytest.param("12", [0, 2], State.RED, id="one that is not"),
        pytest.param("12", [2], State.GREEN, id="the last account"),
        pytest.param("0", [0, 9], State.YELLOW, id="kept for ever"),
    ],
)
def test_accounts_that_nobody_uses_are_deleted(tmp_path, months, years_ago, state):
    accounts = [int(NOW - years * YEAR_S) for years in years_ago]
    subject = a_subject(tmp_path, accounts=accounts, account_months=months)

    assert state is residence.unused_accounts_are_deleted(subject).state
