"""The start page, and adding a site."""

from datetime import datetime

import pytest

from schema.privacy.profile import EXEMPT, Privacy
from schema.sites import sites
from tests.dashboard.desk import Page


def test_the_start_page_is_the_list(desk):
    assert desk.get("/").headers["location"] == "/sites"


def test_a_site_is_added_and_shown(desk):
    answer = desk.post("/sites/new", domain=" WWW.Qwerio.net ", timezone="Asia/Kolkata", profile="standard")

    assert answer.headers["location"] == "/qwerio.net"
    [added] = sites.list_all(desk.control, now=desk.clock())
    assert (added.domain, added.timezone) == ("qwerio.net", "Asia/Kolkata")
    assert "Waiting for the first page view" in desk.page("/qwerio.net").text


@pytest.mark.parametrize(
    ("domain", "timezone", "field", "problem"),
    [
        pytest.param("", "UTC", "domain", "is not a domain", id="nothing"),
        pytest.param("<b>", "UTC", "domain", "'<b>' is not a domain", id="markup"),
        pytest.param("example.org", "UTC", "domain", "example.org already exists", id="a site that is there"),
        pytest.param("a.example", "Paris", "timezone", "“Paris” is not a time zone", id="no time zone"),
        pytest.param("a.example", "../../etc/passwd", "timezone", "is not a time zone", id="a file"),
    ],
)
def test_an_error_is_shown_beside_its_field(desk, site, domain, timezone, field, problem):
    answer = desk.post("/sites/new", domain=domain, timezone=timezone, profile="exempt")
    page = Page(answer.text)

    assert answer.status_code == 422
    [field_attributes] = page.attributes("input", name=field)
    assert page.attributes("p", id=field_attributes["aria-describedby"])
    assert problem in page.text
    assert [known.domain for known in sites.list_all(desk.control, now=desk.clock())] == ["example.org"]


@pytest.mark.parametrize(
    ("existing", "suggested"),
    [
        pytest.param(None, "Europe/Paris", id="the first site"),
        pytest.param("Asia/Kolkata", "Asia/Kolkata", id="another site"),
    ],
)
def test_the_time_zone_offered_is_that_of_the_others(desk, existing, suggested):
    if existing:
        sites.add(desk.control, "other.example", timezone=existing, now=desk.clock())

    assert desk.page("/sites/new").attributes("input", name="timezone")[0]["value"] == suggested


def test_a_site_for_visitors_in_france_is_exempt(desk):
    desk.post("/sites/new", domain="qwerio.net", timezone="Europe/Paris", profile="exempt")

    [added] = sites.list_all(desk.control, now=desk.clock())
    today = datetime.fromtimestamp(desk.clock(), added.zone).date().isoformat()
    assert Privacy(profile=EXEMPT, exempt_since=today, retention_months=13) == added.privacy


@pytest.mark.parametrize("profile", ["", "other"])
def test_a_site_needs_a_profile(desk, profile):
    answer = desk.post("/sites/new", domain="qwerio.net", timezone="Europe/Paris", profile=profile)

    assert (422, []) == (answer.status_code, sites.list_all(desk.control, now=desk.clock()))
    assert "Choose one of the two answers." in Page(answer.text).text
