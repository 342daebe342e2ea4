"""What the server saw of example.org lately, as sentences."""

import dataclasses

import pytest

from dashboard.pages import arriving
from dashboard.stats.reports.arrivals import Arrival
from dashboard.stats.reports.drops import Drop
from schema.sites.sites import Site
from schema.sites.strays import Strays
from tests.dashboard.desk import NOW
from tests.factories import store, store_drops, views

SITE = Site(1, "example.org", "Europe/Paris", 761)
OFFICE = {7: "the office"}


def drop(reason: str, count: int, rule: int = 0) -> Drop:
    return Drop(NOW, reason, rule, count)


@pytest.mark.parametrize(
    ("arrivals", "drops", "strays", "expected"),
    [
        pytest.param(
            [Arrival("example.org", 2), Arrival("shop.example.org", 1)],
            [drop("bot_other", 9)],
            Strays(script_loads=9),
            ["Events arrive: 3 page views of example.org in the last hour."],
            id="events of its hosts",
        ),
        pytest.param(
            [Arrival("www.other.example", 1)],
            [],
            Strays(),
            ["Events come from pages of www.other.example. If these are not pages of this site, correct data-domain"],
            id="events of another host",
        ),
        pytest.param(
            [],
            [],
            Strays(hits={("example.org", "exmaple.org"): 3}),
            ["Events come for exmaple.org, which is not a site here, from pages of example.org."],
            id="events for another domain",
        ),
        pytest.param(
            [],
            [drop("excluded", 5, 7)],
            Strays(script_loads=5),
            ["All hits of the last hour are excluded by the rule “the office”."],
            id="a rule",
        ),
        pytest.param(
            [],
            [drop("excluded", 5, 7), drop("bot_other", 1)],
            Strays(),
            ["Most hits of the last hour are excluded by the rule “the office”."],
            id="mostly a rule",
        ),
        pytest.param(
            [],
            [drop("gpc", 1)],
            Strays(),
            ["Hits arrive, but none is counted. Reason: Global Privacy Control."],
            id="GPC",
        ),
        pytest.param(
            [],
            [],
            Strays(script_loads=1),
            ["Pages of example.org loaded the script, but sent no event. An ad blocker or the Content-Security-Policy"],
            id="blocked events",
        ),
        pytest.param([], [], Strays(), ["Nothing has arrived from example.org in the last hour."], id="nothing"),
    ],
)
def test_the_reason_is_said(arrivals, drops, strays, expected):
    found = arriving.findings(SITE, arrivals, drops, strays, rule_names=OFFICE)

    assert [True] * len(expected) == [
        finding.sentence.startswith(start) for finding, start in zip(found, expected, strict=True)
    ]
    assert ["Events arrive" in expected[0]] == [finding.is_good for finding in found][:1]


@pytest.mark.parametrize(
    ("host", "expected"),
    [("example.org", True), ("shop.example.org", True), ("notexample.org", False), ("(none)", False)],
)
def test_a_host_belongs_to_its_site_or_not(host, expected):
    assert expected == arriving.is_own(dataclasses.replace(SITE, domain="example.org/blog"), host)


def test_the_last_hour_is_read_from_what_is_stored(desk, site, database):
    store(database, views("/", start=f"{NOW:%Y-%m-%d %H}:10"))
    store_drops(database, "bot_other", at="2026-03-10 08:00")

    assert (
        "Events arrive: 1 page view of example.org in the last hour." in desk.page("/example.org/settings/install").text
    )


def test_hits_dropped_hours_ago_explain_nothing(desk, site, database):
    store_drops(database, "bot_other", at="2026-03-10 08:00")

    assert "Nothing has arrived from example.org" in desk.page("/example.org/settings/install").text
