import time

import pytest

from schema.measures import funnels, goals
from schema.sites import sites
from scripts.server import demo


@pytest.fixture
def filled(control, database, monkeypatch):
    """Return the demo site with three days."""
    monkeypatch.setattr(demo, "DAYS", 2)
    return demo.fill(control, database, timezone="Europe/Paris")


def test_every_day_up_to_today_has_traffic(filled, database):
    days = database.query("select uniqExact(day), max(time) <= now() from events where site_id = 1")

    assert filled.domain == demo.DOMAIN
    assert days[0][0] in (2, 3)  # today may be too young
    assert days[0][1]


def test_traffic_is_of_many_kinds(filled, database):
    names, countries, browsers = database.query(
        "select groupUniqArray(name), uniqExact(country), uniqExact(browser) from events"
    )[0]

    assert {"pageview", "engagement"} <= set(names)
    assert (countries > 3, browsers > 2) == (True, True)


def test_a_second_start_adds_nothing(filled, control, database):
    before = database.query("select count() from events")
    again = demo.fill(control, database, timezone="UTC")

    assert (filled, before) == (again, database.query("select count() from events"))
    assert 1 == len(sites.list_all(control, now=time.time()))


def test_goals_and_a_funnel_are_there_to_look_at(filled, control):
    assert 5 == len(goals.list_all(control, filled.id))
    assert ["From course to sign-up"] == [funnel.name for funnel in funnels.list_all(control, filled.id)]
