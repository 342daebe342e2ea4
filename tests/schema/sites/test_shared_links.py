import time

import pytest

from schema.measures import segments
from schema.people import users
from schema.sites import shared_links, sites
from schema.sites.shared_links import SharedLinkError, Terms
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


def test_a_link_keeps_its_terms_and_its_address(control: Control) -> None:
    segment = segments.add(control, SITE, "France", [["is", "visit:country", ["FR"]]])
    terms = Terms(
        password_hash="x",
        expires_at=1000,
        segment_id=segment.id,
        left_out=frozenset({"pages", "goals"}),
        embed_hosts=("a.example", "b.example:8080"),
    )
    link = shared_links.add(control, SITE, "For Ana")
    changed = shared_links.change(control, link, name="For Bea", terms=terms)

    assert changed == shared_links.by_id(control, SITE, link.id)
    assert ("For Bea", link.slug, terms) == (changed.name, changed.slug, changed.terms)
    assert ["For Bea"] == shared_links.of_segment(control, segment.id)


def test_a_link_expires_at_its_time_and_not_before(control: Control) -> None:
    link = shared_links.add(control, SITE, "For Ana", Terms(expires_at=1000))

    assert [False, True] == [link.has_expired(now=now) for now in (999, 1000)]
    assert not shared_links.add(control, SITE, "For Bea").has_expired(now=2**40)


def test_a_link_goes_with_the_segment_that_limits_it(control: Control) -> None:
    segment = segments.add(control, SITE, "France", [["is", "visit:country", ["FR"]]])
    limited = shared_links.add(control, SITE, "For Ana", Terms(segment_id=segment.id))
    other = shared_links.add(control, SITE, "For Bea")
    segments.remove(control, segment)

    assert shared_links.by_slug(control, limited.slug) is None
    assert other == shared_links.by_slug(control, other.slug)


@pytest.mark.parametrize(
    ("filters", "is_personal", "reason"),
    [
        pytest.param([["is", "event:goal", ["Signup"]]], False, "conversion rates", id="a goal"),
        pytest.param([["has_not_done", ["is", "event:goal", ["Signup"]]]], False, "conversion rates", id="no goal"),
        pytest.param([["is", "event:props:plan", ["pro"]]], False, "conversion rates", id="a property"),
        pytest.param([["is", "visit:country", ["FR"]]], True, "everyone with access", id="somebody's own"),
    ],
)
def test_a_segment_that_would_show_more_limits_no_link(control: Control, filters, is_personal, reason) -> None:
    user = users.add(control, "ana@example.org", now=time.time())
    segment = segments.add(control, SITE, "Some", filters, user_id=user.id if is_personal else None)

    with pytest.raises(SharedLinkError, match=reason):
        shared_links.add(control, SITE, "For Ana", Terms(segment_id=segment.id))


def test_a_segment_of_another_site_limits_no_link(control: Control) -> None:
    other = sites.add(control, "other.example", timezone="UTC", now=time.time())
    segment = segments.add(control, other.id, "France", [["is", "visit:country", ["FR"]]])

    with pytest.raises(SharedLinkError, match="everyone with access"):
        shared_links.add(control, SITE, "For Ana", Terms(segment_id=segment.id))
