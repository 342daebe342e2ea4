from datetime import date, datetime

import pytest

from dashboard.pages.marks import marks
from dashboard.stats.model.period import Period
from schema.exclusions import rules
from schema.privacy import lost_salts
from schema.sites import sites
from tests.factories import PARIS

PERIOD = Period("custom", date(2026, 3, 9), date(2026, 3, 11), PARIS)
LABELS = ("2026-03-09", "2026-03-10", "2026-03-11")


def begin(control, site, note: str, *, at: str) -> None:
    rule = rules.network("192.0.2.0/24", site_id=site.id, note=note)
    rules.add(control, rule, who="ana", now=datetime.fromisoformat(at).timestamp())


@pytest.mark.parametrize(
    ("at", "positions"),
    [
        pytest.param("2026-03-08T22:00:00Z", [], id="before the period"),
        pytest.param("2026-03-08T23:00:00Z", [0], id="at its start"),
        pytest.param("2026-03-10T22:59:00Z", [1], id="at the end of a day"),
        pytest.param("2026-03-10T23:00:00Z", [2], id="at the start of the next"),
        pytest.param("2026-03-11T23:00:00Z", [], id="after the period"),
    ],
)
def test_a_rule_is_marked_where_it_began(control, site, at, positions):
    begin(control, site, "office", at=at)

    assert positions == list(marks(control, site.id, PERIOD, LABELS))


def test_rules_that_began_together_share_a_mark(control, site):
    for name in ("one", "two", "three", "four", "five"):
        begin(control, site, name, at="2026-03-10T12:00:00Z")
    (sentence,) = marks(control, site.id, PERIOD, LABELS).values()

    assert [True, True, True, False] == [f"“{name}”" in sentence for name in ("one", "two", "three", "four")]


def test_a_site_without_rules_has_no_marks(control, site):
    assert {} == marks(control, site.id, PERIOD, LABELS)


@pytest.fixture(autouse=True)
def other(control, site):
    sites.add(control, "other.example", timezone="UTC", now=0)


def test_a_day_whose_salt_was_lost_is_marked(control, site):
    lost_salts.mark(control, [(site.id, date(2026, 3, 10)), (site.id + 1, date(2026, 3, 11))])
    lost_salts.mark(control, [(site.id, date(2026, 3, 10)), (site.id, date(2026, 3, 12))])

    sentence = "Salts were lost by a restart: visitors of this day may count twice."
    assert {1: sentence} == marks(control, site.id, PERIOD, LABELS)
