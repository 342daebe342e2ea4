import pytest

from tests.factories import store, views


@pytest.fixture
def seen(desk, database, site):
    """Give a browser, and a site with visits since February."""
    store(database, [*views("/", start="2026-02-01 09:00", site_id=site.id), *views("/", site_id=site.id)])
    return desk


def period(page) -> str:
    return str(page.html.split('id="period"')[1].split("</summary>")[0])


def test_the_last_period_of_a_site_is_remembered(seen, site):
    seen.page(f"/{site.domain}?period=7d")

    assert "Last 7 days" in period(seen.page(f"/{site.domain}"))


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("period=custom&from=2026-03-01&to=2026-03-05", id="dates"),
        pytest.param("period=day&date=2026-03-03", id="a past day"),
    ],
)
def test_periods_that_end_are_not_remembered(seen, site, query):
    seen.page(f"/{site.domain}?{query}")

    assert "Last 28 days" in period(seen.page(f"/{site.domain}"))


def test_the_menu_of_sites_is_bounded_and_can_be_searched(seen, site):
    from schema.sites import sites

    for number in range(5):
        sites.add(seen.control, f"s{number}.example", timezone="UTC", now=seen.clock())
    page = seen.page(f"/{site.domain}")

    assert page.attributes("a", href="/s4.example")
    assert page.attributes("input", name="search")
