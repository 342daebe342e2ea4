"""The journal of closed days."""

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from schema.days.closed_days import ClosedDay, ClosedDays, Step
from schema.sites import sites
from schema.stores.control import Control

FIRST, SECOND = (1, date(2026, 3, 10)), (1, date(2026, 3, 11))


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    control = Control(tmp_path / "control.db", now=time.time())
    sites.add(control, "example.org", timezone="UTC", now=time.time())
    yield control
    control.close()


@pytest.mark.parametrize(
    ("step", "closed", "halfway"),
    [
        pytest.param(Step.OPEN, False, False, id="open again"),
        pytest.param(Step.ADD, False, True, id="late counts are added"),
        pytest.param(Step.SWAP, False, True, id="rows are replaced"),
        pytest.param(Step.SWEEP, True, False, id="only hidden rows are left"),
        pytest.param(Step.CLOSED, True, False, id="closed"),
    ],
)
def test_each_step_is_known_after_a_restart(control: Control, step: Step, *, closed: bool, halfway: bool) -> None:
    ClosedDays(control).advance([FIRST], step, is_final=True, version=7)
    days = ClosedDays(control)

    assert ClosedDay(step, is_final=True, version=7) == days.get(FIRST)
    assert (closed, halfway) == (days.is_closed(FIRST), FIRST in days.halfway())
    assert (None, False) == (days.get(SECOND), days.is_closed(SECOND))


def test_a_final_day_stays_final(control: Control) -> None:
    days = ClosedDays(control)
    days.advance([FIRST], Step.CLOSED, is_final=True)
    days.advance([FIRST, SECOND], Step.CLOSED)

    assert {FIRST[1]} == days.final(1)


def test_only_closed_days_are_opened_again(control: Control) -> None:
    days = ClosedDays(control)
    days.advance([FIRST], Step.CLOSED)
    days.reopen([FIRST, SECOND])

    assert (ClosedDay(Step.OPEN), None) == (days.get(FIRST), days.get(SECOND))
    assert [FIRST] == days.at(Step.OPEN)


def test_a_deleted_site_keeps_no_days(control: Control) -> None:
    days = ClosedDays(control)
    control.rows("delete from sites")
    days.advance([FIRST], Step.CLOSED)
    days.reload()

    assert days.get(FIRST) is None
