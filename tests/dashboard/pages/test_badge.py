from datetime import timedelta

from schema.privacy.profile import Privacy
from schema.sites import sites
from tests.factories import store, views

PATH = "/example.org/badge.svg"


def test_a_public_site_has_a_badge_and_another_has_none(stranger, control, database, site):
    store(database, views("/", start="2026-03-09 12:00", site_id=site.id))
    private = stranger.get(PATH)
    sites.change(control, site, now=0, is_public=True)
    public = stranger.get(PATH)

    assert 404 == private.status_code
    assert "visitors in 30 days: 1" in public.text
    assert ("image/svg+xml", "public, max-age=3600") == (
        public.headers["content-type"].partition(";")[0],
        public.headers["cache-control"],
    )
    assert "visiteurs" in stranger.get(f"{PATH}?lang=fr").text


def test_the_number_is_computed_once_an_hour(stranger, control, database, site):
    sites.change(control, site, now=0, is_public=True)
    stranger.get(PATH)
    store(database, views("/", start="2026-03-09 12:00", site_id=site.id))

    assert "30 days: 0" in stranger.get(PATH).text
    stranger.now += timedelta(hours=1)
    assert "30 days: 1" in stranger.get(PATH).text


def test_the_badge_of_an_exempt_site_is_rounded(stranger, control, database, site):
    site = sites.change(control, site, now=0, is_public=True, privacy=Privacy(profile="exempt", retention_months=13))
    assert "30 days: &lt;10" in stranger.get(PATH).text
    for _visitor in range(13):
        store(database, views("/", start="2026-03-09 12:00", site_id=site.id))
    stranger.now += timedelta(hours=1)

    assert "30 days: 10" in stranger.get(PATH).text
