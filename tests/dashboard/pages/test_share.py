import pytest

from dashboard.access.throttle import MAX_FAILURES
from schema.sites import shared_links, sites
from schema.sites.shared_links import Terms
from tests.dashboard.desk import QUICK, Desk

PASSWORD = "a word for the board"


@pytest.fixture
def link(control, site):
    """Give a link that needs no password."""
    return shared_links.add(control, site.id, "Board")


@pytest.fixture
def locked(control, site):
    """Give a link with a password."""
    return shared_links.add(control, site.id, "Owners", Terms(password_hash=QUICK.hash(PASSWORD)))


def test_the_address_that_the_api_returns_leads_to_the_report(stranger: Desk, link):
    url = link.url(base_url="", domain="example.org")

    assert f"/example.org?auth={link.slug}" == stranger.get(url).headers["location"]


def test_a_short_address_does_too_and_both_keep_the_rest_of_the_address(stranger: Desk, link):
    for path in (f"/share/{link.slug}?", f"/share/example.org?auth={link.slug}&"):
        answer = stranger.get(f"{path}period=7d&f=is,page,/a%20b&embed=true&theme=dark")
        assert (
            f"/example.org?auth={link.slug}&period=7d&f=is,page,/a+b&embed=true&theme=dark"
            == answer.headers["location"]
        )


def test_a_site_below_a_path_is_shared_too(stranger: Desk, control):
    shop = sites.add(control, "example.org/shop", timezone="UTC", now=0)
    link = shared_links.add(control, shop.id, "Board")

    assert (
        f"/example.org/shop?auth={link.slug}"
        == (stranger.get(f"/share/example.org/shop?auth={link.slug}").headers["location"])
    )


@pytest.mark.parametrize(
    "path", ["example.org?auth=guess", "example.org", "guess", "other.example?auth={}", "%00?auth={}"]
)
def test_any_other_address_does_not_exist(stranger: Desk, control, link, path):
    sites.add(control, "other.example", timezone="UTC", now=0)

    assert 404 == stranger.get(f"/share/{path.format(link.slug)}").status_code


def test_a_revoked_link_does_not_exist(stranger: Desk, control, link):
    shared_links.remove(control, link)

    assert 404 == stranger.get(f"/share/{link.slug}").status_code


def test_the_password_leads_to_the_report_and_keeps_the_address(stranger: Desk, locked):
    path = f"/share/example.org?auth={locked.slug}&period=7d"
    page = stranger.page(path)

    assert [path] == [form["action"] for form in page.attributes("form")]
    answer = stranger.post(path, password=PASSWORD)
    assert (303, f"/example.org?auth={locked.slug}&period=7d") == (answer.status_code, answer.headers["location"])
    assert 303 == stranger.get(path).status_code


def test_a_wrong_password_says_so_and_opens_nothing(stranger: Desk, locked):
    answer = stranger.post(f"/share/{locked.slug}", password="wrong")

    assert 403 == answer.status_code
    assert "Wrong password." in answer.text
    assert "set-cookie" not in answer.headers


def test_wrong_passwords_are_limited(stranger: Desk, locked):
    for _ in range(MAX_FAILURES):
        stranger.post(f"/share/{locked.slug}", password="wrong")
    answer = stranger.post(f"/share/{locked.slug}", password=PASSWORD)

    assert 429 == answer.status_code
    assert "Too many wrong passwords." in answer.text
    assert int(answer.headers["retry-after"]) > 0
    assert 303 == stranger.elsewhere("198.51.100.8").post(f"/share/{locked.slug}", password=PASSWORD).status_code


def test_a_form_of_another_site_is_rejected(stranger: Desk, locked):
    sent = {"Origin": "https://evil.example"}

    assert 403 == stranger.post(f"/share/{locked.slug}", sent=sent, password=PASSWORD).status_code


def test_the_cookie_works_in_frames_of_other_sites_over_https(control, database, locked):
    answer = Desk(control, database, base_url="https://stats.test").post(f"/share/{locked.slug}", password=PASSWORD)

    for part in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Max-Age=86400"):
        assert part in answer.headers["set-cookie"]


def test_an_expired_link_says_so_without_asking_for_its_password(stranger: Desk, control, site):
    terms = Terms(password_hash=QUICK.hash(PASSWORD), expires_at=int(stranger.clock()))
    link = shared_links.add(control, site.id, "Past", terms)

    assert "has expired" in stranger.page(f"/share/{link.slug}", status=410).text
    assert 410 == stranger.post(f"/share/{link.slug}", password=PASSWORD).status_code
