import time

import pytest

from schema.measures import custom_props
from schema.measures.custom_props import CustomPropError
from schema.sites import sites
from schema.stores.control import Control

SITE = 1


@pytest.fixture(autouse=True)
def _site(control: Control) -> None:
    sites.add(control, "example.org", timezone="UTC", now=time.time())


def test_properties_are_allowed_once_and_listed_in_order(control: Control) -> None:
    other = sites.add(control, "other.example", timezone="UTC", now=time.time())
    for key in (" plan", "author", "plan "):
        custom_props.add(control, SITE, key)
    custom_props.add(control, other.id, "theirs")

    assert ["author", "plan"] == custom_props.allowed(control, SITE)


@pytest.mark.parametrize("key", [pytest.param(" ", id="nothing"), pytest.param("k" * 301, id="too long")])
def test_what_can_not_be_a_property_is_refused(control: Control, key) -> None:
    with pytest.raises(CustomPropError, match="must have 1 to 300 characters"):
        custom_props.add(control, SITE, key)


def test_a_site_has_three_hundred_and_not_one_more(control: Control) -> None:
    keys = sorted(f"{number:03}" for number in range(300))
    for key in keys:
        custom_props.add(control, SITE, key)

    with pytest.raises(CustomPropError, match="the list of a site can have at most 300 properties"):
        custom_props.add(control, SITE, "one more")
    custom_props.add(control, SITE, "000")
    assert keys == custom_props.allowed(control, SITE)


def test_a_property_is_taken_off_the_list_once(control: Control) -> None:
    custom_props.add(control, SITE, "plan")
    custom_props.remove(control, SITE, "plan")

    assert [] == custom_props.allowed(control, SITE)
    with pytest.raises(CustomPropError, match="the property plan is not on this site's list"):
        custom_props.remove(control, SITE, "plan")


def test_a_property_has_a_display_name_until_it_gets_another(control: Control) -> None:
    custom_props.add(control, SITE, "author", label="Author")
    custom_props.add(control, SITE, "author")  # as the API does
    kept = custom_props.by_key(control, SITE, "author").label
    custom_props.set_label(control, SITE, "author", label=" The   writer ")
    renamed = custom_props.by_key(control, SITE, "author").label
    custom_props.set_label(control, SITE, "author", label="")

    assert ("Author", "The writer") == (kept, renamed)
    assert [custom_props.CustomProp("author")] == custom_props.list_all(control, SITE)


@pytest.mark.parametrize("label", [pytest.param("x" * 101, id="too long"), pytest.param("a\u202eb", id="unprintable")])
def test_a_display_name_is_a_short_printable_text(control: Control, label) -> None:
    with pytest.raises(CustomPropError, match="at most 100 printable characters"):
        custom_props.add(control, SITE, "author", label=label)


def test_a_property_that_is_not_listed_gets_no_display_name(control: Control) -> None:
    with pytest.raises(CustomPropError, match="the property author is not on this site's list"):
        custom_props.set_label(control, SITE, "author", label="x")
