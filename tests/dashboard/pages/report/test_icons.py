import pytest

from dashboard.pages import assets
from dashboard.pages.report.icons import flag, icon
from dashboard.stats.model import dimensions
from tests.factories import store, views


@pytest.mark.parametrize(
    ("dimension", "value", "name"),
    [
        pytest.param(dimensions.SOURCE, "Google", "google", id="a source"),
        pytest.param(dimensions.SOURCE, "X (Twitter)", "x", id="a source by another name"),
        pytest.param(dimensions.SOURCE, "partner.example", "web", id="any other source"),
        pytest.param(dimensions.SOURCE, "", "direct", id="no source"),
        pytest.param(dimensions.BROWSER, "Chrome", "googlechrome", id="a browser"),
        pytest.param(dimensions.BROWSER, "Google", "window", id="a browser named like a source"),
        pytest.param(dimensions.BROWSER, "", "window", id="an unknown browser"),
        pytest.param(dimensions.OS, "iOS", "apple", id="a system"),
        pytest.param(dimensions.OS, "Windows", "screen", id="a system without an icon"),
        pytest.param(dimensions.DEVICE, "Mobile", "phone", id="a phone"),
        pytest.param(dimensions.DEVICE, "Tablet", "tablet", id="a tablet"),
        pytest.param(dimensions.DEVICE, "Desktop", "screen", id="a desktop"),
        pytest.param(dimensions.PAGE, "/Google", "", id="a page"),
        pytest.param(dimensions.CHANNEL, "Direct", "", id="a channel"),
    ],
)
def test_a_row_has_the_icon_of_its_value(dimension, value, name):
    assert name == icon(dimension, value)
    assert not name or f'<view id="{name}"' in assets.content("icons.svg").decode()


@pytest.mark.parametrize(
    ("dimension", "value", "name"),
    [
        pytest.param(dimensions.COUNTRY, "FR", "fr", id="a country"),
        pytest.param(dimensions.NAMED_REGION, "Limburg\tBE", "be", id="a region"),
        pytest.param(dimensions.NAMED_CITY, "Hasselt\tLimburg\tBE", "be", id="a city"),
        pytest.param(dimensions.COUNTRY, "", "unknown", id="no country"),
        pytest.param(dimensions.COUNTRY, "A1", "unknown", id="a network"),
        pytest.param(dimensions.COUNTRY, "<i", "unknown", id="markup"),
        pytest.param(dimensions.SOURCE, "FR", "", id="a source named like a country"),
    ],
)
def test_a_place_has_the_flag_of_its_country(dimension, value, name):
    assert name == flag(dimension, value)


def test_pictures_are_loaded_as_two_files_and_hidden_from_screen_readers(desk, database, site):
    store(database, views("/", site_id=site.id, source="Google", country="FR", browser="Firefox"))
    page = desk.page("/example.org?period=day")
    pictures = page.attributes("img")

    assert {"google", "firefox", "fr"} == {picture["src"].partition("#")[2] for picture in pictures}
    assert {assets.url("icons.svg"), assets.url("flags.svg")} == {
        picture["src"].partition("#")[0] for picture in pictures
    }
    assert all(("", "true") == (picture["alt"], picture["aria-hidden"]) for picture in pictures)


def test_the_page_of_a_table_has_them_too(desk, database, site):
    store(database, views("/", site_id=site.id, source="Google"))

    assert f"{assets.url('icons.svg')}#google" in desk.page("/example.org/sources?period=day").html


def test_the_first_load_stays_small(desk, database, site):
    store(database, views("/", site_id=site.id))
    pages = [
        "/example.org",
        *(assets.url(name) for name in ("page.css", "page.js", "logo.svg", "icons.svg", "flags.svg")),
    ]
    sizes = []
    for path in pages:
        with desk.client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
            sizes.append(sum(map(len, answer.iter_raw())))

    assert sum(sizes) <= 60_000, dict(zip(pages, sizes, strict=True))
