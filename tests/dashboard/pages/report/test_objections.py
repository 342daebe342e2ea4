import time

import pytest

from schema.privacy.profile import EXEMPT, Privacy
from schema.sites import sites
from tests.factories import store, store_drops, views

IS_EXEMPT = Privacy(profile=EXEMPT, retention_months=13, shows_acquisition=True)


@pytest.fixture
def report(control, database, desk, site):
    """Provide the report of today, of a site with page views and the given settings."""
    store(database, views("/", "/b", start="2026-03-10 09:00", site_id=site.id))

    def page(privacy: Privacy, query: str = "?period=day") -> str:
        sites.change(control, site, now=time.time(), privacy=privacy)
        return str(desk.page(f"/{site.domain}{query}").text)

    return page


@pytest.mark.parametrize(
    ("privacy", "sentence"),
    [
        pytest.param(Privacy(honors_gpc=True), "317 page views not counted", id="a site that obeys"),
        pytest.param(Privacy(honors_dnt=True), "317 page views not counted", id="the other signal"),
        pytest.param(IS_EXEMPT, "310 page views not counted", id="exempt: rounded, and few left out"),
    ],
)
def test_page_views_of_browsers_that_object_are_beside_the_chart(database, report, privacy, sentence):
    for reason, count in (("gpc", 312), ("dnt", 5), ("signal_event", 1000), ("bot_ai", 7), ("opted_out", 9)):
        store_drops(database, reason, count)
    store_drops(database, "gpc", 44, at="2026-03-08 12:00")

    assert f"{sentence}: the browser asked not to be measured" in report(privacy)


def test_one_page_view_is_in_the_singular(database, report):
    store_drops(database, "gpc")

    assert "1 page view not counted: the browser asked not to be measured" in report(Privacy(honors_gpc=True))


@pytest.mark.parametrize(
    ("privacy", "query", "reason"),
    [
        pytest.param(Privacy(), "?period=day", "gpc", id="a site that does not obey"),
        pytest.param(Privacy(honors_gpc=True), "?period=day", "bot_ai", id="nobody objected"),
        pytest.param(Privacy(honors_gpc=True), "?period=day&f=is,page,/b", "gpc", id="with a filter"),
        pytest.param(Privacy(honors_gpc=True), "?period=yesterday", "gpc", id="on another day"),
    ],
)
def test_otherwise_there_is_no_sentence(database, report, privacy, query, reason):
    store_drops(database, reason, 30)

    assert "asked not to be measured" not in report(privacy, query)


def test_the_sentence_is_in_french(database, desk, report):
    store_drops(database, "gpc", 30)
    desk.client.headers["accept-language"] = "fr"

    assert "30 pages vues non comptées : le navigateur a demandé à ne pas être mesuré" in report(IS_EXEMPT)
