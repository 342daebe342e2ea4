"""A switch to another profile: what it reports, and what is left afterwards."""

import time
from datetime import UTC, date, datetime
from typing import Any

import pytest

from schema.days.closing import Closing
from schema.days.rollups import Rollups
from schema.exclusions import audit
from schema.measures import funnels, goals, segments
from schema.privacy import conversion, profile
from schema.privacy.conversion import Plan
from schema.privacy.profile import Privacy
from schema.records.event import Record
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from tests.factories import an_event, store, views

NOW = datetime(2026, 3, 12, 12, tzinfo=UTC)
RICH: dict[str, Any] = {
    "source": "Google",
    "referrer": "google.com/search",
    "channel": "Organic Search",
    "utm_campaign": "spring",
    "country": "FR",
    "city": 7,
    "city_name": "Nantes",
    "browser": "Firefox",
    "browser_version": "145.2",
    "os": "Mac",
    "os_version": "14.6",
}


class House:
    """A site of the profile `standard` with a visit two days ago and one today."""

    def __init__(self, control: Control, database: Database) -> None:
        self.control, self.database = control, database
        self.site: Site = sites.add(control, "example.org", timezone="Europe/Paris", now=time.time())
        self.rollups = Rollups(control, database, clock=NOW.timestamp)
        self.closing = Closing(self.rollups, control, database, clock=NOW.timestamp)
        for number, day in enumerate(("2026-03-10", "2026-03-12"), start=1):
            store(database, a_rich_visit(f"{day} 10:00", number))

    def round(self) -> None:
        """Do what the jobs of a server do."""
        self.conform()
        self.rollups.look(self.site)
        for day in self.rollups.due(self.site, goals.list_all(self.control, self.site.id)):
            self.rollups.count(self.site, day)
        for month in self.rollups.due_months(self.site):
            self.rollups.count_month(self.site, month)
        self.closing.close(self.site)
        self.closing.sweep()

    def conform(self) -> bool:
        return conversion.conform(self.control, self.database, self.site, forget_months=self.rollups.forget_months)

    def plan(self, **options: Any) -> Plan:
        return conversion.plan(
            self.control, self.database, self.site, profile.EXEMPT, **{"now": NOW.timestamp()} | options
        )

    def switch(self, **options: Any) -> None:
        self.site = conversion.switch(
            self.control, self.site, self.plan(**options), who="ana@example.org", now=NOW.timestamp()
        )

    def dimensions(self) -> set[str]:
        """Return the dimensions with values in the counts."""
        rows = self.database.query(
            "select dimension from daily_events final where value != '' union distinct"
            " select dimension from daily_visits final where value != ''"
        )
        return {row[0] for row in rows}


def a_rich_visit(start: str, number: int) -> list[Record]:
    """Return a visit with everything that `exempt` does not store."""
    numbers = {"visitor_id": 2**63 + number, "visit_id": 2**63 + number}
    signup: dict[str, Any] = {"name": "Signup", "props": {"plan": "pro"}}
    page = views("/a", start=start, entry_props={"plan": "pro"}, **RICH, **numbers)
    return [*page, an_event(page[0].visit, time=start, **signup), an_event(page[0].visit, time=start, name="Brochure")]


@pytest.fixture
def house(control: Control, database: Database) -> House:
    for tier in ("monthly_events", "monthly_visits"):
        database.command(f"truncate table {tier}")
    house = House(control, database)
    house.round()
    return house


def test_a_plan_changes_nothing(house: House) -> None:
    before = house.dimensions()
    house.plan()

    assert before == house.dimensions()
    assert not house.conform()
    assert [] == audit.latest(house.control, 9, topic=audit.PRIVACY)


def test_a_plan_reports_the_rows_of_days_that_are_over(house: House) -> None:
    plan = house.plan()

    assert (3, 1, date(2026, 3, 10)) == (plan.events, plan.days, plan.first_day)
    assert str(plan.sentences[0]) == (
        "This deletes the events of all days that are over: 3 on 1 day, the oldest of 2026-03-10."
        " Their daily counts remain."
    )


@pytest.mark.parametrize(
    ("options", "lost", "kept"),
    [
        pytest.param({}, {"visit:source", "visit:channel", "visit:city"}, {"visit:country"}, id="no acquisition"),
        pytest.param(
            {"shows_acquisition": True}, {"visit:city", "visit:utm_campaign"}, {"visit:source"}, id="with acquisition"
        ),
    ],
)
def test_a_plan_reports_the_values_that_the_counts_lose(
    house: House, options: dict[str, Any], lost: set[str], kept: set[str]
) -> None:
    values = dict(house.plan(**options).values)

    assert lost <= values.keys()
    assert not kept & values.keys()
    assert values["event:name"] == 2


def test_a_plan_names_what_stops_working(house: House) -> None:
    site_id = house.site.id
    page, signup, brochure, plan_pro = (
        goals.add(house.control, goal)
        for goal in (
            goals.new(site_id, page_path="/a"),
            goals.new(site_id, event_name="Signup"),
            goals.new(site_id, event_name="Brochure"),
            goals.new(site_id, event_name="Brochure", props={"plan": "pro"}, display_name="Pro"),
        )
    )
    funnels.add(house.control, site_id, "Good", [page, brochure])
    funnels.add(house.control, site_id, "Bad", [page, signup])
    for name, filters in {
        "France": [["is", "visit:country", ["FR"]]],
        "Spring": [["is", "visit:utm_campaign", ["spring"]]],
        "Others": [["is_not", "visit:country", ["FR"]]],
        "Two": [["is", "visit:country", ["FR", "BE"]]],
    }.items():
        segments.add(house.control, site_id, name, filters)
    plan = house.plan(declared_events=["Brochure"])

    assert (("Pro", "Signup"), ("Bad",)) == (tuple(sorted(plan.goals)), plan.funnels)
    assert {"Spring", "Others", "Two"} == set(plan.segments)
    assert plan_pro.display_name in plan.goals


def test_after_a_switch_only_counts_of_the_profile_are_left(house: House) -> None:
    for goal in (goals.new(house.site.id, event_name="Signup"), goals.new(house.site.id, page_path="/a")):
        goals.add(house.control, goal)
    house.round()
    house.switch(declared_events=["Brochure"])
    house.round()
    names = "select value from daily_events final where dimension = 'event:name' order by value"
    marks = "select uniqExact(value) from daily_events final where dimension = 'event:goal'"

    assert house.dimensions().isdisjoint({*conversion.CAMPAIGNS, *conversion.ACQUISITION, *conversion.CITIES})
    assert house.dimensions().isdisjoint({"event:props:plan", *conversion.VERSIONS})
    assert {"visit:country", "visit:browser", "event:page"} <= house.dimensions()
    assert ["Brochure", "pageview"] == [row[0] for row in house.database.query(names)]
    assert [(1,)] == [tuple(row) for row in house.database.query(marks)]


def test_after_a_switch_the_rows_of_today_follow_the_profile(house: House) -> None:
    house.switch()
    house.round()
    rows = house.database.query(
        "select day, name, source, referrer, channel, utm_campaign, city, city_name, browser_version, os_version, props"
        " from events"
    )
    visits = house.database.query("select country, source, utm_campaign, entry_props from visits final")

    assert [(date(2026, 3, 12), "pageview", "", "", "", "", 0, "", "145", "14", {})] == [tuple(row) for row in rows]
    assert [("FR", "", "", {})] == [tuple(row) for row in visits]
    assert not house.conform()


def test_with_acquisition_referrers_lose_their_path_alone(house: House) -> None:
    house.switch(shows_acquisition=True)
    house.round()
    rows = house.database.query("select distinct source, referrer, channel, utm_campaign from events")

    assert [("Google", "google.com", "Organic Search", "")] == [tuple(row) for row in rows]
    assert {"visit:source", "visit:channel"} <= house.dimensions()
    assert "visit:referrer" not in house.dimensions()


def test_the_counts_of_the_whole_site_do_not_change(house: House) -> None:
    sql = "select visitors, pageviews from daily_events final where dimension = '' and day = '2026-03-10'"
    before = list(house.database.query(sql))
    house.switch()
    house.round()

    assert before == list(house.database.query(sql))


def test_monthly_counts_follow(house: House) -> None:
    store(house.database, a_rich_visit("2026-02-10 10:00", 9))
    with house.rollups.changing([(house.site.id, date(2026, 2, 10))]):
        pass
    house.round()
    has_city = "select count() from monthly_events final where dimension = 'visit:city' and value != ''"
    assert [(1,)] == [tuple(row) for row in house.database.query(has_city)]
    house.switch()
    house.round()

    assert [(0,)] == [tuple(row) for row in house.database.query(has_city)]
    assert date(2026, 2, 1) in house.rollups.of_site(house.site.id, house.site.zone).months


def test_another_site_keeps_its_rows_and_counts(house: House) -> None:
    other = sites.add(house.control, "other.example", timezone="Europe/Paris", now=time.time())
    store(house.database, views("/", site_id=other.id, start="2026-03-12 10:00", **RICH))
    house.switch()
    house.round()
    sql = "select utm_campaign from events where site_id = {site:UInt32}"

    assert [("spring",)] == [tuple(row) for row in house.database.query(sql, {"site": other.id})]


def test_a_switch_is_in_the_audit_log(house: House) -> None:
    house.switch()
    (entry,) = audit.latest(house.control, 9, topic=audit.PRIVACY)

    assert ("ana@example.org", "Switched the profile from standard to exempt.") == (entry.who, entry.change)


def test_what_was_deleted_stays_deleted(house: House) -> None:
    house.switch()
    house.round()
    back = conversion.plan(house.control, house.database, house.site, profile.STANDARD, now=NOW.timestamp())
    house.site = conversion.switch(house.control, house.site, back, who="ana@example.org", now=NOW.timestamp())
    house.round()

    assert "What was deleted stays deleted" in str(back.sentences[0])
    assert house.rollups.of_site(house.site.id, house.site.zone).days[date(2026, 3, 10)].is_final
    assert [(date(2026, 3, 12),)] == [tuple(row) for row in house.database.query("select distinct day from events")]


@pytest.mark.parametrize(
    ("before", "months", "counts_months"),
    [
        pytest.param(Privacy(), 13, 25, id="the default: counts are kept as long as before"),
        pytest.param(Privacy(retention_months=6), 6, 6, id="less than the profile allows"),
        pytest.param(Privacy(retention_months=60), 13, 25, id="more than the profile allows"),
    ],
)
def test_the_retention_follows_the_profile(before: Privacy, months: int, counts_months: int) -> None:
    after = conversion.switched(
        before, profile.EXEMPT, shows_acquisition=False, declared_events=(), today=date(2026, 3, 12)
    )

    assert (months, counts_months, "2026-03-12") == (after.retention_months, after.months_of_counts, after.exempt_since)


def test_the_profile_of_a_site_is_not_switched_again(house: House) -> None:
    house.switch(declared_events=["Brochure"])

    assert house.site.privacy == house.plan(declared_events=["Other"]).privacy
