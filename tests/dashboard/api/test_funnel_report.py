import time

import pytest

from dashboard.api.funnel_report import percentage
from schema.measures import funnels, goals
from schema.sites import sites
from schema.sites.keys import Scope
from tests.dashboard.api.conftest import Program, with_key
from tests.factories import store, views

PATH = "/funnels/1/report?site_id=example.org"


@pytest.fixture
def reader(stranger, control, site, database) -> Program:
    """Provide a program that may read a site with a funnel; three visitors came on the 9th, now is the 10th."""
    steps = [goals.add(control, goals.new(site.id, page_path=f"/{name}")) for name in "ab"]
    funnels.add(control, site.id, "Two pages", steps)
    for paths in (("/a", "/b"), ("/a",), ("/c",), ("/a", "/x")):
        store(database, views(*paths, start="2026-03-09 12:00", source=paths[-1]))
    return with_key(stranger, Scope.READ_STATS)


def test_a_funnel_is_reported_step_by_step(reader):
    assert reader.ask("GET", PATH + "&period=7d") == {
        "id": 1,
        "name": "Two pages",
        "strict_order": False,
        "all_visitors": 4,
        "entering_visitors": 3,
        "entering_visitors_percentage": "75",
        "never_entering_visitors": 1,
        "never_entering_visitors_percentage": "25",
        "steps": [
            {
                "label": "Visit /a",
                "visitors": 3,
                "conversion_rate": "100",
                "conversion_rate_step": "0",
                "dropoff": 0,
                "dropoff_percentage": "0",
            },
            {
                "label": "Visit /b",
                "visitors": 1,
                "conversion_rate": "33.33",
                "conversion_rate_step": "33.33",
                "dropoff": 2,
                "dropoff_percentage": "66.67",
            },
        ],
    }


def test_periods_and_filters_narrow_a_funnel(reader):
    def visitors(query):
        return [step["visitors"] for step in reader.ask("GET", PATH + query)["steps"]]

    assert visitors("&period=day") == [0, 0]
    assert visitors("&filters=visit:source==/b") == [1, 1]
    assert visitors("&within=visit") == [3, 1]


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        pytest.param("&within=x", 400, "day or visit", id="in what there is not"),
        pytest.param("&period=x", 400, "no period", id="a period there is not"),
        pytest.param("&filters=event:goal==Visit /a", 400, "goals already", id="with a filter by goal"),
        pytest.param("&filters=event:page==/a", 400, "goals already", id="with a filter by page"),
    ],
)
def test_an_invalid_query_is_one_sentence(reader, query, status, sentence):
    assert sentence in reader.refused("GET", PATH + query, status=status)


def test_a_funnel_that_is_not_there_is_not_found(reader):
    assert "no funnel 7" in reader.refused("GET", PATH.replace("/1/", "/7/"), status=404)


def test_a_funnel_of_another_site_and_of_none_get_the_same_answer(reader, stranger, control):
    other = sites.add(control, "other.example", timezone="UTC", now=time.time())
    bound = with_key(stranger, Scope.READ_STATS, site_id=other.id)
    sentences = [
        bound.refused("GET", f"/funnels/1/report?site_id={domain}", status=404)
        for domain in ("example.org", "none.example")
    ]

    assert sentences[0] == sentences[1]


def test_a_key_for_sites_reads_no_statistics(reader, stranger):
    assert "stats:read" in with_key(stranger, Scope.PROVISION_SITES).refused("GET", PATH, status=401)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        pytest.param(0, 0, "0", id="of nothing"),
        pytest.param(1, 3, "33.33", id="a third"),
        pytest.param(1, 8, "12.50", id="an eighth"),
        pytest.param(3, 3, "100", id="all"),
        pytest.param(0, 3, "0", id="none"),
    ],
)
def test_shares_have_two_decimals_or_none(part, whole, text):
    assert text == percentage(part, whole)
