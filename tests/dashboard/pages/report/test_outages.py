import time
from datetime import datetime

import pytest

from dashboard.pages.report.outages import share
from schema.privacy.profile import EXEMPT, Privacy
from schema.sites import refused_hits, sites
from schema.sites.refused_hits import Cause, RefusedMinute
from tests.factories import store, views

IS_EXEMPT = Privacy(profile=EXEMPT, retention_months=13)


def minute(text: str) -> int:
    return int(datetime.fromisoformat(f"2026-03-{text}:00+01:00").timestamp())


@pytest.fixture
def refuse(control, database, site):
    """Store page views of today, and let hits be refused in a minute of March."""
    store(database, views("/", "/b", start="2026-03-10 09:00", site_id=site.id))

    def refuse(when: str, hits: int, cause: Cause = Cause.DISK_FULL) -> None:
        refused_hits.add(control, [RefusedMinute(site.id, minute(when), cause, hits)])

    return refuse


def test_without_refused_hits_there_is_no_sentence(desk, site, refuse):
    assert "refused" not in desk.page(f"/{site.domain}?period=day").text


def test_a_report_says_how_much_arrived_and_when_and_why_the_rest_did_not(desk, site, refuse):
    refuse("10T14:02", 312)

    assert (
        "0.63% of events arrived. 312 hits were refused on 10 Mar 2026, 14:02, while the disk was full."
        in desk.page(f"/{site.domain}?period=day").text
    )


def test_minutes_of_one_outage_are_one_sentence_with_all_causes(desk, site, refuse):
    refuse("10T14:02", 1)
    refuse("10T14:20", 2, Cause.LIMIT)

    assert (
        "3 hits were refused from 10 Mar 2026, 14:02 to 14:21, while the disk was full and while ClickHouse did not "
        "accept events and the spool was full." in desk.page(f"/{site.domain}?period=day").text
    )


def test_only_the_period_of_the_report_counts(desk, site, refuse):
    refuse("09T14:02", 312)

    assert "refused" not in desk.page(f"/{site.domain}?period=day").text
    assert "312 hits" in desk.page(f"/{site.domain}?period=7d").text


def test_with_a_filter_there_is_no_share(desk, site, refuse):
    refuse("10T14:02", 312)
    page = desk.page(f"/{site.domain}?period=day&f=is,page,/b").text

    assert "312 hits were refused" in page
    assert "of events arrived" not in page


def test_of_many_outages_the_latest_have_a_sentence(desk, site, refuse):
    for hour in range(9, 14):
        refuse(f"10T{hour:02}:00", 2)
    page = desk.page(f"/{site.domain}?period=day").text

    assert "10 hits were refused in this period. The latest:" in page
    assert page.count("2 hits were refused on") == 3


@pytest.mark.parametrize(
    ("hits", "sentence"),
    [
        pytest.param(9, "A few hits were refused on 10 March 2026, while the disk was full.", id="few"),
        pytest.param(312, "About 310 hits were refused on 10 March 2026, while the disk was full.", id="rounded"),
    ],
)
def test_the_report_of_an_exempt_site_names_no_minute(control, desk, site, refuse, hits, sentence):
    sites.change(control, site, now=time.time(), privacy=IS_EXEMPT)
    refuse("10T14:02", hits)
    page = desk.page(f"/{site.domain}?period=day").text

    assert sentence in page
    assert "14:02" not in page


@pytest.mark.parametrize(
    ("arrived", "refused", "text"),
    [
        pytest.param(1_000_000, 312, "99.96%", id="nearly all"),
        pytest.param(1_000_000_000, 1, "99.99%", id="all but one is not all"),
        pytest.param(0, 1, "0%", id="none"),
    ],
)
def test_the_share_is_rounded_down(arrived, refused, text):
    assert text == share(arrived, refused)
