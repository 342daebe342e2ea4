import time

import pytest

from schema.sites import shared_links, sites
from schema.sites.shared_links import SharedLinkError
from schema.stores.control import Control

SITE = 1


@pytest.fixture(autouse=True)
def _site(control: Control) -> None:
    sites.add(control, "example.org", timezone="UTC", now=time.time())


def test_a_link_leads_to_its_site_with_a_word_nobody_guesses(control: Control) -> None:
    link, other = (shared_links.add(control, SITE, name) for name in ("For Ana", "For Bea"))

    assert f"https://stats.test/share/example.org?auth={link.slug}" == link.url(
        base_url="https://stats.test", domain="example.org"
    )
    assert len(link.slug) > 20
    assert link.slug != other.slug
    assert [link, other] == shared_links.list_all(control, SITE)
    assert [link, None] == [shared_links.by_slug(control, slug) for slug in (link.slug, link.slug[:-1])]


def test_put_finds_the_link_of_a_name(control: Control) -> None:
    link = shared_links.put(control, SITE, "For Ana ")

    assert link == shared_links.put(control, SITE, "For Ana")
    assert link != shared_links.put(control, SITE, "For Bea")


def test_a_name_is_taken_once_in_a_site(control: Control) -> None:
    other = sites.add(control, "other.example", timezone="UTC", now=time.time())
    shared_links.add(control, SITE, "For Ana")

    with pytest.raises(SharedLinkError, match="a link named For Ana already exists"):
        shared_links.add(control, SITE, "For Ana")
    assert "For Ana" == shared_links.add(control, other.id, "For Ana").name


@pytest.mark.parametrize("name", [pytest.param(" ", id="nothing"), pytest.param("n" * 256, id="too long")])
def test_a_link_needs_a_name(control: Control, name) -> None:
    for make in (shared_links.add, shared_links.put):
        with pytest.raises(SharedLinkError, match="must have 1 to 255 characters"):
            make(control, SITE, name)


def test_a_removed_link_lets_nobody_in(control: Control) -> None:
    link = shared_links.add(control, SITE, "For Ana")
    shared_links.remove(control, link)

    assert shared_links.by_slug(control, link.slug) is None
    with pytest.raises(SharedLinkError, match=f"there is no shared link {link.id} on this site"):
        shared_links.by_id(control, SITE, link.id)
