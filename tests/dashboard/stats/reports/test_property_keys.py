from datetime import date

from dashboard.stats.model import dimensions
from dashboard.stats.model.filters import Condition, Op, Reaches
from dashboard.stats.model.period import Period
from dashboard.stats.reports.property_keys import property_keys
from schema.measures import goals
from schema.privacy.profile import DEFAULT, Privacy
from tests.factories import PARIS, an_event, store

PERIOD = Period("custom", date(2026, 3, 9), date(2026, 3, 11), PARIS)


def keys(database, **options):
    return property_keys(database, 1, PERIOD, privacy=DEFAULT, **options)


def filled(database):
    store(
        database,
        [
            an_event(name="Signup", props={"plan": "pro", "color": "red"}, country="FR"),
            an_event(name="Outbound Link: Click", props={"url": "https://a.example"}, country="DE"),
            an_event(name="Outbound Link: Click", props={"url": "https://b.example"}, country="DE"),
            an_event(props={}),
            an_event(props={"later": "1"}, time="2026-03-20 12:00"),
            an_event(props={"earlier": "1"}, time="2026-03-01 12:00"),
            an_event(props={"elsewhere": "1"}, site_id=2),
        ],
    )


def test_the_keys_are_those_of_the_site_and_the_period(database):
    filled(database)

    assert ["url", "color", "plan"] == keys(database)


def test_only_events_that_match_the_filters_count(database):
    filled(database)
    french = Condition(dimensions.COUNTRY, Op.IS, ("FR",))
    clicked = Reaches((goals.new(1, event_name="Outbound Link: Click"),))

    assert ["color", "plan"] == keys(database, filters=(french,))
    assert ["url"] == keys(database, filters=(clicked,))


def test_a_site_may_show_some_of_its_properties(database):
    filled(database)

    assert ["plan"] == keys(database, allowed=["plan", "never sent"])


def test_without_properties_there_are_no_keys(database):
    store(database, [an_event()])

    assert [] == keys(database)


def test_an_exempt_site_has_no_properties(database):
    store(database, [an_event(time="2026-03-10 12:00", props={"plan": "pro"})])
    exempt = Privacy(profile="exempt", retention_months=13)

    assert [] == property_keys(database, 1, PERIOD, privacy=exempt)
    assert ["plan"] == property_keys(database, 1, PERIOD, privacy=DEFAULT)
