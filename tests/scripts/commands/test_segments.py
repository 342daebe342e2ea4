import json
import time

import pytest

from schema.measures import segments
from schema.people import users
from schema.sites import sites

OF_SITE = ("--site", "example.org")
FILTERS = '[["is", "visit:country", ["FR"]]]'


@pytest.fixture
def site(control):
    return sites.add(control, "example.org", timezone="UTC", now=time.time())


def test_segments_are_added_listed_and_removed(control, site, sillage):
    added = sillage("segments", "add", *OF_SITE, "--name", "France", "--filters", FILTERS, "--label", "FR=France")
    kept = segments.list_all(control, site.id)
    rows = json.loads(sillage("segments", "list", *OF_SITE, "--json").stdout)
    declined = sillage("segments", "remove", *OF_SITE, "1", answer="n\n")
    removed = sillage("segments", "remove", *OF_SITE, "1", "--yes")

    assert added.stdout == "Segment 1 of example.org: France.\n"
    assert [(segment.filters, segment.labels) for segment in kept] == [(json.loads(FILTERS), {"FR": "France"})]
    assert rows == [{"id": 1, "name": "France", "owner": None, "filters": '[["is","visit:country",["FR"]]]'}]
    assert (declined.exit_code, removed.stdout) == (1, "Removed the segment France.\n")
    assert segments.list_all(control, site.id) == []


@pytest.mark.parametrize("filters", ["", "x", "{}", "[", "[]"])
def test_what_are_no_filters_is_one_sentence(site, sillage, filters):
    result = sillage("segments", "add", *OF_SITE, "--name", "a", "--filters", filters)

    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)


def test_the_segment_of_a_user_is_listed_with_the_owner_and_can_be_removed(control, site, sillage):
    users.add(control, "ann@example.org", now=time.time())
    added = sillage("segments", "add", *OF_SITE, "--name", "A", "--filters", FILTERS, "--only-for", "Ann@example.org")
    sillage("segments", "add", *OF_SITE, "--name", "B", "--filters", FILTERS)
    rows = json.loads(sillage("segments", "list", *OF_SITE, "--json").stdout)
    removed = sillage("segments", "remove", *OF_SITE, "1", "--yes")

    assert added.exit_code == removed.exit_code == 0
    assert [("A", "ann@example.org"), ("B", None)] == [(row["name"], row["owner"]) for row in rows]
    assert ["B"] == [segment.name for segment in segments.of_everyone(control, site.id)]


@pytest.mark.parametrize("email", ["", "nobody@example.org"])
def test_an_unknown_owner_is_one_sentence(control, site, sillage, email):
    result = sillage("segments", "add", *OF_SITE, "--name", "A", "--filters", FILTERS, "--only-for", email)

    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert [] == segments.of_everyone(control, site.id)


def test_removing_an_unknown_segment_is_one_sentence(site, sillage):
    result = sillage("segments", "remove", *OF_SITE, "7", "--yes")

    assert "there is no segment 7 on this site" in result.stderr
