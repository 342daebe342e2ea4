from xml.etree import ElementTree

import pytest

from dashboard.charts.world_map import Country, shade, shapes, world_map


def drawn(**values: float):
    countries = {code: Country(value, f"{code}: <{value:g}>", f"/a?f={code}&b") for code, value in values.items()}
    return ElementTree.fromstring(world_map(countries, title="<Visitors>"))


def test_a_country_with_visitors_is_a_link_with_its_name_and_shade():
    [france, poland] = drawn(FR=900, PL=3).findall("a")

    assert ("/a?f=FR&b", "FR: <900>", "map-country map-5") == (
        france.get("href"),
        france.get("aria-label"),
        france.get("class"),
    )
    assert ("FR: <900>", shapes().shapes["FR"]) == (france.find("title").text, france.find("path").get("d"))
    assert "map-country map-1" == poland.get("class")


def test_other_countries_are_land_without_a_link():
    world = drawn(FR=1)
    land = world.find("path").get("d")

    assert shapes().shapes["DE"] in land
    assert shapes().shapes["FR"] not in land
    assert ("group", "<Visitors>") == (world.get("role"), world.get("aria-label"))


def test_a_country_too_small_for_a_shape_is_a_circle():
    [singapore] = drawn(SG=5).findall("a")

    assert shapes().points["SG"] == (int(singapore.find("circle").get("cx")), int(singapore.find("circle").get("cy")))


@pytest.mark.parametrize("code", ["A1", "", "<i", "AQ"])
def test_what_the_map_does_not_have_is_left_out(code):
    assert ["FR: <1>"] == [link.get("aria-label") for link in drawn(**{code: 7, "FR": 1}).findall("a")]


def test_a_map_without_visitors_is_all_land():
    assert [] == drawn().findall("a")


@pytest.mark.parametrize(
    ("value", "highest", "number"),
    [
        pytest.param(1, 1, 5, id="one of one"),
        pytest.param(1, 2, 1, id="one of two"),
        pytest.param(0, 2, 1, id="none"),
        pytest.param(10, 10_000, 2, id="a tenth part of the ratio"),
        pytest.param(100, 10_000, 3, id="the middle"),
        pytest.param(9_999, 10_000, 4, id="almost the most"),
        pytest.param(10_000, 10_000, 5, id="the most"),
    ],
)
def test_shades_are_equal_ratios(value, highest, number):
    assert number == shade(value, highest)
