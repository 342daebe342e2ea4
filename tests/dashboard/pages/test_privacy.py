"""The page of the privacy settings of a site."""

import time
from datetime import datetime

import pytest

from schema.privacy.profile import EXEMPT, Privacy
from schema.sites import sites
from tests.dashboard.desk import Page

PATH = "/example.org/settings/privacy"


@pytest.fixture
def exempt_site(control):
    privacy = Privacy(profile=EXEMPT, retention_months=13)
    return sites.add(control, "example.org", timezone="Europe/Paris", now=time.time(), privacy=privacy)


def stored(desk):
    return sites.list_all(desk.control, now=desk.clock())[0].privacy


def test_standard_offers_signals_and_link_parameters(desk, site):
    page = desk.page(PATH)
    boxes = {box["name"] for box in page.attributes("input", type="checkbox")}
    desk.post(PATH, gpc="yes", dnt="yes", link_queries="yes", contact=" dpo@example.org ")

    assert {"gpc", "dnt", "link_queries"} == boxes
    assert Privacy(honors_gpc=True, honors_dnt=True, keeps_link_queries=True, contact="dpo@example.org") == stored(desk)


def test_exempt_offers_acquisition_and_declared_events(desk, exempt_site):
    page = desk.page(PATH)
    boxes = {box["name"] for box in page.attributes("input", type="checkbox")}
    desk.post(PATH, acquisition="yes", events="Brochure\n\n Devis \nBrochure", gpc="yes", link_queries="yes")

    assert {"acquisition", "dnt"} == boxes
    expected = Privacy(
        profile=EXEMPT, retention_months=13, shows_acquisition=True, declared_events=("Brochure", "Devis")
    )
    assert expected == stored(desk)


def test_an_event_that_can_not_be_declared_stays_in_the_form(desk, exempt_site):
    answer = desk.post(PATH, events="pageview")

    assert 422 == answer.status_code
    assert "'pageview' can't be declared" in Page(answer.text).text
    assert () == stored(desk).declared_events


def test_the_yearly_review_is_noted(desk, site):
    before = desk.page(PATH).text
    desk.post(f"{PATH}/review")

    today = datetime.fromtimestamp(desk.clock(), site.zone).date().isoformat()
    assert "Not reviewed yet" in before
    assert today == stored(desk).reviewed_on


def test_papers_and_public_pages_are_linked(desk, site):
    links = {link["href"] for link in desk.page(PATH).attributes("a")}

    assert {f"{PATH}/papers/record", "https://example.org/api/event/opt-out"} <= links
    assert any(link.endswith("/privacy/example.org") for link in links)
