"""The audit log of a site."""

import csv
import io

import pytest

from schema.exclusions import audit
from schema.sentence import Sentence
from schema.sites import sites
from tests.dashboard.desk import EMAIL

PATH = "/example.org/settings/changes"


def logged(desk, site_id, text, *, who=EMAIL, topic=audit.SETTINGS, ago_s=0):
    audit.record(desk.control, site_id=site_id, who=who, change=Sentence(text), now=desk.clock() - ago_s, topic=topic)


@pytest.fixture
def log(desk, site):
    other = sites.add(desk.control, "other.example", timezone="UTC", now=desk.clock())
    logged(desk, site.id, "Old change", ago_s=30 * 86_400)
    logged(desk, site.id, "Rule change", who="ben@example.org", topic=audit.EXCLUSIONS)
    logged(desk, None, "Change for all", who=audit.COMMAND_LINE)
    logged(desk, other.id, "Change elsewhere")
    return desk


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        pytest.param("", {"Old change", "Rule change", "Change for all"}, id="no filter"),
        pytest.param("who=ben@example.org", {"Rule change"}, id="a person"),
        pytest.param("topic=settings", {"Old change", "Change for all"}, id="a topic"),
        pytest.param("first=2026-03-10&last=2026-03-10", {"Rule change", "Change for all"}, id="a day"),
        pytest.param("last=2026-03-09", {"Old change"}, id="until a day"),
        pytest.param("who=nobody", set(), id="somebody without changes"),
    ],
)
def test_changes_are_filtered(log, query, shown):
    text = log.page(f"{PATH}?{query}").text
    rows = list(csv.reader(io.StringIO(log.get(f"{PATH}.csv?{query}").text)))

    changes = {"Old change", "Rule change", "Change for all", "Change elsewhere"}
    assert shown == {change for change in changes if change in text}
    assert shown == {row[3] for row in rows[1:]}


@pytest.mark.parametrize("query", ["first=x", "first=2026-03-10&last=2026-03-09", "last=9999-12-31"])
def test_days_that_make_no_period_are_refused(log, query):
    assert "Enter days such as 2026-11-30" in log.page(f"{PATH}?{query}", status=400).text


def test_older_changes_are_on_further_pages(log, site):
    for number in range(150):
        logged(log, site.id, f"Change no. {number}.")
    first = log.page(PATH)
    [older] = [link["href"] for link in first.attributes("a") if "before=" in link.get("href", "")]
    second = log.page(older).text

    assert "Change no. 50." in first.text
    assert "Change no. 49." not in first.text
    assert "Change no. 49." in second
    assert "Old change" in second
