"""The page of links for devices."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from schema.privacy.signed_links import DAY_S, LinkError, Links, Purpose
from tests.dashboard.desk import Page

PATH = "/example.org/settings/devices"
KEY = b"key of links"  # as the desk has it


def tokens(page: Page) -> tuple[str, str]:
    """Return the tokens of the two links: to exclude a device, and to check for exclusion."""
    links = [word for word in page.text.split() if word.startswith("https://example.org/") and "link=" in word]
    paths = [urlsplit(link).path for link in links]
    assert paths == ["/api/event/device", "/api/event/check"]
    device, check = (parse_qs(urlsplit(link).query)["link"][0] for link in links)
    return device, check


@pytest.mark.parametrize(
    ("query", "days"),
    [
        pytest.param("", 7, id="a week"),
        pytest.param("?days=1", 1, id="a day"),
        pytest.param("?days=90", 90, id="three months"),
        pytest.param("?days=4000", 7, id="longer than offered"),
        pytest.param("?days=x", 7, id="nonsense"),
    ],
)
def test_the_links_are_for_the_site_and_expire(desk, site, query, days):
    page = desk.page(PATH + query)
    links, now = Links(KEY), desk.clock()

    for purpose, token in zip((Purpose.DEVICE, Purpose.CHECK), tokens(page), strict=True):
        assert links.site_of(purpose, token, now=now + days * DAY_S - 1) == site.id
        with pytest.raises(LinkError) as caught:
            links.site_of(purpose, token, now=now + days * DAY_S)
        assert caught.value.is_over
    assert page.attributes("option", value=str(days))[0].keys() >= {"selected"}


def test_a_link_is_invalid_for_another_purpose_or_with_another_key(desk, site):
    device, check = tokens(desk.page(PATH))
    wrong = [(Links(KEY), Purpose.DEVICE, check), (Links(KEY), Purpose.CHECK, device)]
    wrong += [(Links(b"another"), Purpose.DEVICE, device), (Links(KEY), Purpose.DEVICE, device[:-1])]

    for links, purpose, token in wrong:
        with pytest.raises(LinkError) as caught:
            links.site_of(purpose, token, now=desk.clock())
        assert not caught.value.is_over


def test_the_qr_codes_are_inline_svg(desk, site):
    page = desk.page(PATH)

    codes = [svg for svg in page.attributes("svg") if svg.get("class") == "segno"]
    assert len(codes) == 2
    assert all(re.fullmatch(r"0 0 (\d+) \1", svg["viewbox"]) and "width" not in svg for svg in codes)
    assert page.attributes("img") == []
    assert "https://example.org/api/event/opt-out" in page.text
