"""Switching the profile of a site: the preview changes nothing, and the switch needs a confirmation."""

from schema.exclusions import audit
from schema.privacy.profile import EXEMPT, STANDARD
from schema.sites import sites
from tests.dashboard.desk import Page
from tests.factories import store, views

PATH = "/example.org/settings/privacy/switch"


def profile_of(desk):
    return sites.list_all(desk.control, now=desk.clock())[0].privacy


def test_the_preview_says_what_is_deleted_and_deletes_nothing(desk, site, database):
    store(database, views("/", "/a", start="2026-03-08 12:00"))
    text = desk.page(f"{PATH}?acquisition=yes&events=Brochure%0ADevis").text

    assert "the events of all days that are over: 2 on 1 day, the oldest of 8 March 2026" in text
    assert "Sources, referrers" not in text
    assert STANDARD == profile_of(desk).profile
    assert [(2,)] == database.query("select count() from events")


def test_a_switch_has_to_be_confirmed(desk, site):
    answer = desk.post(PATH, events="Brochure")

    assert 422 == answer.status_code
    assert "Tick the box to confirm." in Page(answer.text).text
    assert STANDARD == profile_of(desk).profile


def test_a_confirmed_switch_is_stored_with_its_choices_and_logged(desk, site):
    answer = desk.post(PATH, events="Brochure", acquisition="yes", sure="yes")
    privacy = profile_of(desk)

    assert (303, "/example.org/settings/privacy") == (answer.status_code, answer.headers["location"])
    assert (EXEMPT, True, ("Brochure",)) == (privacy.profile, privacy.shows_acquisition, privacy.declared_events)
    assert ["Switched the profile from standard to exempt."] == [
        entry.change for entry in audit.latest(desk.control, 9, topic=audit.PRIVACY)
    ]


def test_an_exempt_site_can_go_back(desk, site):
    desk.post(PATH, sure="yes")
    text = desk.page(PATH).text
    desk.post(PATH, sure="yes")

    assert "Switch to the profile standard" in text
    assert STANDARD == profile_of(desk).profile


def test_a_name_that_can_not_be_declared_is_said(desk, site):
    assert "'pageview' can't be declared" in Page(desk.post(PATH, events="pageview", sure="yes").text).text
    assert STANDARD == profile_of(desk).profile
