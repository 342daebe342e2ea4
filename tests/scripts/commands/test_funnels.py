import time

import pytest

from schema.measures import funnels, goals
from schema.sites import sites

OF_SITE = ("--site", "example.org")


@pytest.fixture
def site(control):
    return sites.add(control, "example.org", timezone="UTC", now=time.time())


def test_funnels_are_added_listed_and_removed(control, site, sillage):
    for name in ("Visit", "Buy"):
        goals.add(control, goals.new(site.id, event_name=name))
    steps = ("--step", "Visit", "--step", "2")
    added = sillage("funnels", "add", *OF_SITE, "--name", "Sale", *steps, "--strict")
    table = sillage("funnels", "list", *OF_SITE).stdout
    declined = sillage("funnels", "remove", *OF_SITE, "1", answer="n\n")
    kept = funnels.list_all(control, site.id)
    removed = sillage("funnels", "remove", *OF_SITE, "1", "--yes")

    assert added.stdout == "Funnel 1 of example.org: Sale, with 2 steps.\n"
    assert table.splitlines() == ["ID  NAME  STRICT  STEPS", "1   Sale  yes     Visit > Buy"]
    assert (declined.exit_code, len(kept)) == (1, 1)
    assert removed.stdout == "Removed the funnel Sale.\n"
    assert funnels.list_all(control, site.id) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(("--step", "Visit"), "sillage: a funnel must have 2 to 8 steps\n", id="one step"),
        pytest.param(
            ("--step", "Visit", "--step", "Buy"),
            "sillage: there is no goal 'Buy' on this site: add it first\n",
            id="no goal",
        ),
    ],
)
def test_what_is_no_funnel_is_one_sentence(control, site, sillage, words, sentence):
    goals.add(control, goals.new(site.id, event_name="Visit"))
    result = sillage("funnels", "add", *OF_SITE, "--name", "Sale", *words)

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", sentence)
