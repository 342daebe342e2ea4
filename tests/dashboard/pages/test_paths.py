import pytest

from schema.exclusions import audit
from schema.measures import goals
from schema.privacy.profile import EXEMPT, Privacy
from schema.sites import path_rules, sites
from tests.dashboard.desk import Page
from tests.factories import store, views

PATH = "/example.org/settings/paths"


def rules(desk, site):
    stored = sites.by_id(desk.control, site.id, now=desk.clock())
    assert stored is not None
    return stored.path_rules


@pytest.fixture
def shop(desk, site, database):
    """Give a browser, and a site with pages of two orders."""
    store(database, views("/order/1", "/order/2", "/about", "/about/", start="2026-03-09 12:00"))
    return desk


def test_a_rule_is_stored_after_its_effect_was_shown(shop, site):
    preview = Page(shop.post(PATH, pattern=" /order/*/").text)
    before = rules(shop, site).patterns
    answer = shop.post(PATH, pattern="/order/*", shown="/order/*")

    assert "2 stored paths of the last 28 days would become /order/*:" in preview.text
    assert "/order/1 /order/2" in preview.text
    assert preview.attributes("input", name="shown", value="/order/*")
    assert () == before
    assert f"{PATH}#row-1" == answer.headers["location"]
    assert ("/order/*",) == rules(shop, site).patterns
    assert ["Added the path rule /order/*."] == [
        entry.change for entry in audit.latest(shop.control, 9, site_id=site.id, topic=audit.SETTINGS)
    ]


def test_another_rule_than_the_one_shown_is_shown_first(shop, site):
    answer = shop.post(PATH, pattern="/orders/*", shown="/order/*")

    assert "No stored path of the last 28 days matches /orders/*. Check its spelling." in Page(answer.text).text
    assert () == rules(shop, site).patterns


def test_what_is_not_a_rule_stays_in_the_form(desk, site):
    answer = desk.post(PATH, pattern="/<b>")

    assert 422 == answer.status_code
    assert "is not a path rule" in answer.text
    assert Page(answer.text).attributes("input", name="pattern", value="/<b>")


def test_an_exempt_site_previews_no_page_of_few_visitors(shop, site):
    sites.change(shop.control, site, privacy=Privacy(profile=EXEMPT, retention_months=13), now=shop.clock())
    preview = Page(shop.post(PATH, pattern="/order/*").text)

    assert "No stored path of the last 28 days matches" in preview.text


def test_pages_with_and_without_a_slash_are_counted_and_merged(shop, site):
    page = shop.page(PATH)
    answer = shop.post(f"{PATH}/slashes", merge="yes")
    merged = rules(shop, site).merges_slashes
    shop.post(f"{PATH}/slashes")

    assert "1 page of the last 28 days is stored both with and without a slash." in page.text
    assert f"{PATH}#slashes" == answer.headers["location"]
    assert (True, False) == (merged, rules(shop, site).merges_slashes)


def test_a_goal_on_a_page_that_is_no_longer_stored_is_named(desk, site):
    goals.add(desk.control, goals.new(site.id, page_path="/order/thanks", display_name="Bought"))
    goals.add(desk.control, goals.new(site.id, page_path="/order/*", display_name="Orders"))
    before = desk.page(PATH).text
    sites.change(desk.control, site, path_rules=path_rules.PathRules(("/order/*",)), now=desk.clock())

    assert "count nothing any more: Bought" in desk.page(PATH).text
    assert "count nothing any more" not in before


def test_a_rule_is_removed_after_a_question(desk, site):
    sites.change(desk.control, site, path_rules=path_rules.PathRules(("/a/*", "/b/*")), now=desk.clock())
    question = desk.page(f"{PATH}/remove?pattern=/a/*")
    answer = desk.post(f"{PATH}/remove", pattern="/a/*", sure="yes")

    assert "What is already stored as /a/* stays." in question.text
    assert f"{PATH}?removed=0#removed" == answer.headers["location"]
    assert ("/b/*",) == rules(desk, site).patterns
    assert 404 == desk.get(f"{PATH}/remove?pattern=/a/*").status_code
