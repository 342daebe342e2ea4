import time

import pytest

from schema.measures import custom_props
from schema.sites import sites

OF_SITE = ("--site", "example.org")


@pytest.fixture
def site(control):
    return sites.add(control, "example.org", timezone="UTC", now=time.time())


def test_properties_are_chosen_listed_and_removed(control, site, sillage):
    empty = sillage("props", "list", *OF_SITE).stderr
    added = [sillage("props", "add", *OF_SITE, key).stdout for key in (" plan ", "author")]
    table = sillage("props", "list", *OF_SITE).stdout
    declined = sillage("props", "remove", *OF_SITE, "plan", answer="n\n")
    removed = sillage("props", "remove", *OF_SITE, "plan", "--yes")

    assert empty == "No property is chosen. All are shown.\n"
    assert added == ["example.org now shows the property plan.\n", "example.org now shows the property author.\n"]
    assert table.splitlines() == ["PROPERTY", "author", "plan"]
    assert (declined.exit_code, removed.stdout) == (1, "Removed the property plan from the list of example.org.\n")
    assert custom_props.allowed(control, site.id) == ["author"]


def test_a_property_that_is_not_chosen_can_not_be_removed(site, sillage):
    result = sillage("props", "remove", *OF_SITE, "plan", "--yes")

    assert (result.exit_code, result.stderr) == (2, "sillage: the property plan is not on this site's list\n")
