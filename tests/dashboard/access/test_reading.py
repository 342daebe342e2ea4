import io
import zipfile

import pytest

from dashboard.access.guesses import MOST
from dashboard.pages.report.tables import BY_PATH
from schema.exclusions import rules
from schema.measures import annotations, custom_props, goals, segments
from schema.privacy.profile import Privacy
from schema.sites import shared_links, sites
from schema.sites.shared_links import BOXES, Terms
from tests.dashboard.desk import EMAIL, QUICK, Desk, Page
from tests.factories import store, views

PERIOD = "period=day"
PARTS = ("", "/pages", "/pages.csv", "/export", "/realtime", "/filter", "/current-visitors")
PASSWORD = "a word for the board"


@pytest.fixture
def site(site, control, database):
    """Give a site with two visitors from France and one from Germany, in the last five minutes."""
    for country, source, path in (("FR", "Google", "/alpha"), ("FR", "Google", "/beta"), ("DE", "Bing", "/secret")):
        store(database, views(path, start="2026-03-10 13:27", site_id=site.id, country=country, source=source))
    goals.add(control, goals.new(site.id, page_path="/alpha", display_name="Read A"))
    custom_props.add(control, site.id, "plan")
    return site


def shared(control, site, **terms) -> str:
    """Return the parameters of a link to today."""
    return f"auth={shared_links.add(control, site.id, 'Board', Terms(**terms)).slug}&{PERIOD}"


def test_a_link_opens_the_report_to_strangers_and_nothing_else_does(stranger: Desk, control, site):
    query = shared(control, site)

    for part in PARTS:
        assert 200 == stranger.get(f"/example.org{part}?{query}").status_code
        assert "/sign-in" == stranger.get(f"/example.org{part}").headers["location"].partition("?")[0]
        assert 404 == stranger.get(f"/example.org{part}?auth=guessed").status_code


def test_a_public_site_is_open_to_strangers(stranger: Desk, control, site):
    sites.change(control, site, now=0, is_public=True)

    for part in PARTS:
        assert 200 == stranger.get(f"/example.org{part}?{PERIOD}").status_code
        assert 303 == stranger.get(f"/other.example{part}?{PERIOD}").status_code


def test_neither_a_link_nor_a_public_site_opens_what_is_not_the_report(stranger: Desk, control, site):
    query = shared(control, site)
    sites.change(control, site, now=0, is_public=True)

    for part in ("/settings", "/settings/goals", "/notes", "/not-counted", "/settings/changes"):
        assert 303 == stranger.get(f"/example.org{part}?{query}").status_code


def test_a_link_opens_its_own_site_only(stranger: Desk, control, site):
    sites.add(control, "other.example", timezone="UTC", now=0)

    assert 404 == stranger.get(f"/other.example?{shared(control, site)}").status_code


def test_every_link_of_the_page_keeps_the_secret_and_leads_to_the_report(stranger: Desk, control, site):
    query = shared(control, site)
    page = stranger.page(f"/example.org?{query}")
    urls = [link["href"] for link in page.attributes("a") if link.get("href", "").startswith("/")]

    assert len(urls) > 30
    assert [] == [url for url in urls if query.partition("&")[0] not in url]
    assert {200, 303} >= {stranger.get(url).status_code for url in urls[:40]}


def test_readers_see_no_settings_notes_or_names(stranger: Desk, control, site, user):
    annotations.put(control, annotations.new(site.id, day="2026-03-10", note="Internal note"))
    annotations.put(control, annotations.new(site.id, day="2026-03-10", note="My own note", user_id=user.id))
    rule = rules.network("192.0.2.0/24", site_id=site.id, note="Bob's office")
    rules.add(control, rule, who=EMAIL, now=stranger.clock())
    stranger.problems.append("The disk is full.")
    html = stranger.page(f"/example.org?{shared(control, site)}").html

    for secret in ("Internal", "My own", "Add a note", "Bob", EMAIL, "settings", "disk", "Sign out", "not-counted"):
        assert secret not in html


def test_what_a_link_shows_does_not_depend_on_who_is_signed_in(desk: Desk, stranger: Desk, control, site):
    query = shared(control, site, left_out=frozenset({"pages"}))

    assert stranger.page(f"/example.org?{query}").text == desk.page(f"/example.org?{query}").text


def test_signed_in_people_see_their_own_page_of_a_public_site_but_never_in_a_frame(desk: Desk, control, site):
    sites.change(control, site, now=0, is_public=True)

    assert "Sign out" in desk.page(f"/example.org?{PERIOD}").text
    assert "Sign out" not in desk.page(f"/example.org?{PERIOD}&embed=true").text


def test_readers_of_a_segment_cannot_leave_it(stranger: Desk, control, site):
    france = segments.add(control, site.id, "France", [["is", "visit:country", ["FR"]]])
    query = shared(control, site, segment_id=france.id)
    page = stranger.page(f"/example.org?{query}")

    assert "France" not in "".join(chip["href"] for chip in page.attributes("a", title="Edit this filter"))
    for part in ("", "/pages", "/pages.csv", "/realtime", "/filter"):
        text = stranger.get(f"/example.org{part}?{query}").text
        assert "/secret" not in text
        assert ("/alpha" in text) == (part != "/filter")
    suggested = stranger.get(f"/example.org/filter?{query}&dimension=page").text
    assert "/alpha" in suggested
    assert "/secret" not in suggested
    assert {"visitors": 2, "is_waiting": False} == stranger.get(f"/example.org/current-visitors?{query}").json()
    assert "/secret" not in zipped(stranger, query)["pages.csv"]


@pytest.mark.parametrize(
    "more",
    [
        pytest.param("f=is,country,DE", id="the opposite filter"),
        pytest.param("f=is,country,FR&edit=0&dimension=country", id="the filter edited away"),
        pytest.param("f=is,page,/alpha&edit=0&dimension=page", id="another filter edited away"),
        pytest.param("f=is,segment,2", id="another segment"),
    ],
)
def test_filters_of_the_address_do_not_lead_out_of_a_segment(stranger: Desk, control, site, more):
    france = segments.add(control, site.id, "France", [["is", "visit:country", ["FR"]]])
    segments.add(control, site.id, "Everybody", [["is_not", "visit:country", ["US"]]])
    query = shared(control, site, segment_id=france.id)

    for part in ("", "/pages", "/filter"):
        text = stranger.get(f"/example.org{part}?{query}&{more}").text
        assert "/secret" not in text
        assert "Everybody" not in text


def test_a_link_closes_if_its_segment_gets_a_goal(stranger: Desk, control, site):
    segment = segments.add(control, site.id, "France", [["is", "visit:country", ["FR"]]])
    query = shared(control, site, segment_id=segment.id)
    segments.change(control, segment, filters=[["is", "event:goal", ["Read A"]]])

    assert 404 == stranger.get(f"/example.org?{query}").status_code


def test_a_link_closes_if_its_segment_uses_one_with_a_goal(stranger: Desk, control, site):
    inner = segments.add(control, site.id, "France", [["is", "visit:country", ["FR"]]])
    outer = segments.add(control, site.id, "Around it", [["is", "segment", [inner.id]]])
    query = shared(control, site, segment_id=outer.id)
    before = stranger.get(f"/example.org?{query}").status_code
    segments.change(control, inner, filters=[["is", "event:goal", ["Read A"]]])

    assert (200, 404) == (before, stranger.get(f"/example.org?{query}").status_code)


@pytest.mark.parametrize("box", BOXES)
def test_a_box_that_a_link_leaves_out_is_nowhere(stranger: Desk, control, site, box):
    query = shared(control, site, left_out=frozenset({box}))
    page = stranger.page(f"/example.org?{query}")

    assert set(BOXES) - {box} == {one["id"] for one in page.attributes("section") if one.get("id") in BOXES}
    assert [] == stranger.page(f"/example.org/realtime?{query}").attributes("section", id=box)


@pytest.mark.parametrize(
    ("box", "tables", "files", "filters"),
    [
        pytest.param("pages", {"/pages", "/entry-pages", "/exit-pages"}, {"pages", "entry_pages"}, "page", id="pages"),
        pytest.param(
            "sources", {"/sources", "/utm_terms"}, {"sources", "channels", "utm_terms"}, "source", id="sources"
        ),
        pytest.param("places", {"/countries", "/cities"}, {"countries", "cities"}, "country", id="places"),
        pytest.param(
            "devices", {"/browsers", "/operating-system-versions"}, {"devices", "browser_versions"}, "os", id="devices"
        ),
        pytest.param("goals", set(), {"conversions", "custom_props"}, "goal", id="goals"),
    ],
)
def test_tables_files_and_filters_go_with_their_box(stranger: Desk, control, site, box, tables, files, filters):
    query = shared(control, site, left_out=frozenset({box}))
    names = set(zipped(stranger, query))

    for path in tables:
        assert 404 == stranger.get(f"/example.org{path}?{query}").status_code
        assert 404 == stranger.get(f"/example.org{path}.csv?{query}").status_code
    assert {f"{name}.csv" for name in files}.isdisjoint(names)
    assert "visitors.csv" in names
    assert "This link does not show" in stranger.page(f"/example.org?{query}&f=is,{filters},x", status=400).text
    assert 400 == stranger.get(f"/example.org/export?{query}&f=is,{filters},x").status_code
    assert f"dimension={filters}&" not in stranger.get(f"/example.org/filter?{query}").text + "&"
    assert tables < set(BY_PATH)


def test_journeys_go_with_pages(stranger: Desk, control, site):
    query = shared(control, site, left_out=frozenset({"pages"}))

    assert "goals=journeys" not in stranger.page(f"/example.org?{query}").html
    assert "/secret" not in stranger.page(f"/example.org?{query}&goals=journeys", status=400).text


def test_an_expired_link_says_so(stranger: Desk, control, site):
    query = shared(control, site, expires_at=int(stranger.clock()))

    assert "has expired" in stranger.page(f"/example.org?{query}", status=410).text


def test_guesses_are_limited_for_the_client_that_guesses(stranger: Desk, control, site):
    for _ in range(MOST):
        stranger.get("/example.org/current-visitors?auth=x")
    refused = stranger.get("/example.org/current-visitors?auth=x")

    assert (429, "15") == (refused.status_code, refused.headers["retry-after"])
    assert 200 == stranger.elsewhere("198.51.100.8").get(f"/example.org?{shared(control, site)}").status_code


def test_a_password_is_asked_for_before_anything_is_shown(stranger: Desk, control, site):
    query = shared(control, site, password_hash=QUICK.hash(PASSWORD))

    for part in PARTS:
        answer = stranger.get(f"/example.org{part}?{query}")
        assert (303, f"/share/example.org?{query}") == (answer.status_code, answer.headers["location"])


def test_the_cookie_of_a_password_opens_its_link_for_a_day_or_until_a_new_password(stranger: Desk, control, site):
    query = shared(control, site, password_hash=QUICK.hash(PASSWORD))
    stranger.post(f"/share/example.org?{query}", password=PASSWORD)
    path = f"/example.org?{query}"

    assert 200 == stranger.get(path).status_code
    [link] = shared_links.list_all(control, site.id)
    shared_links.change(control, link, name="Board", terms=Terms(password_hash=QUICK.hash("another word")))
    assert 303 == stranger.get(path).status_code
    shared_links.change(control, link, name="Board", terms=link.terms)
    assert 200 == stranger.get(path).status_code
    stranger.now = stranger.now.replace(day=11)
    assert 303 == stranger.get(path).status_code


@pytest.mark.parametrize("path", ["/example.org?auth=guess", "/share/guess?", "/share/example.org?auth=guess"])
def test_a_frame_shows_that_its_link_does_not_exist_and_nothing_else(desk: Desk, site, path):
    answer = desk.get(f"{path}&embed=true")
    page = Page(answer.text)

    assert 404 == answer.status_code
    assert answer.headers["content-security-policy"].endswith("frame-ancestors *")
    assert "x-frame-options" not in answer.headers
    assert "This link does not exist" in page.text
    assert ["#content"] == [link["href"] for link in page.attributes("a")]
    assert not page.attributes("form")


def test_a_frame_shows_that_its_link_has_expired(stranger: Desk, control, site):
    query = shared(control, site, expires_at=1)
    framed, plain = (stranger.get(f"/example.org?{query}{more}") for more in ("&embed=true", ""))

    assert (410, 410) == (framed.status_code, plain.status_code)
    assert "This link has expired" in framed.text
    assert framed.headers["content-security-policy"].endswith("frame-ancestors *")
    assert plain.headers["content-security-policy"].endswith("frame-ancestors 'none'")


@pytest.mark.parametrize("cookie", ["", ".", "9999999999.", "9999999999.x", "x.y"])
def test_a_made_up_cookie_opens_nothing(stranger: Desk, control, site, cookie):
    query = shared(control, site, password_hash=QUICK.hash(PASSWORD))
    stranger.client.cookies.set("share_1", cookie)

    assert 303 == stranger.get(f"/example.org?{query}").status_code


def test_only_pages_for_frames_can_be_framed_and_only_where_the_link_says(stranger: Desk, control, site):
    query = shared(control, site, embed_hosts=("intranet.example",))
    plain, framed = (stranger.get(f"/example.org?{query}{more}") for more in ("", "&embed=true&background=%23ffffff"))
    page = Page(framed.text)

    assert plain.headers["content-security-policy"].endswith("frame-ancestors 'none'")
    assert framed.headers["content-security-policy"].endswith(
        "frame-ancestors example.org *.example.org intranet.example"
    )
    assert ("DENY", None) == (plain.headers["x-frame-options"], framed.headers.get("x-frame-options"))
    assert "noindex, nofollow" == framed.headers["x-robots-tag"]
    assert "set-cookie" not in framed.headers
    assert "body { background: #ffffff }" in page.inline_scripts


@pytest.mark.parametrize(("theme", "shown"), [("dark", "dark"), ("light", "light"), ("system", None)])
def test_a_frame_is_light_or_dark_as_its_address_says(stranger: Desk, control, site, theme, shown):
    [root] = stranger.page(f"/example.org?{shared(control, site)}&embed=true&theme={theme}").attributes("html")

    assert shown == root.get("data-theme")


@pytest.mark.parametrize("more", ["theme=pink", "background=red;}"])
def test_a_wrong_look_is_a_sentence(stranger: Desk, control, site, more):
    page = stranger.page(f"/example.org?{shared(control, site)}&{more}", status=400)

    assert "There is no theme" in page.text or "is not a colour" in page.text


def test_without_visits_there_is_a_sentence_and_no_snippet(stranger: Desk, control):
    empty = sites.add(control, "empty.example", timezone="UTC", now=0)
    sites.change(control, empty, now=0, is_public=True)

    for part in ("", "/pages"):
        page = stranger.page(f"/empty.example{part}")
        assert "No visits yet" in page.text
        assert "script.js" not in page.html


def zipped(desk: Desk, query: str) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(desk.get(f"/example.org/export?{query}").content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_an_exempt_site_rounds_and_folds_for_guests_too(stranger: Desk, control, database, site):
    for _visitor in range(12):
        store(database, views("/gamma", start="2026-03-10 13:27", site_id=site.id, country="FR"))
    sites.change(control, site, now=0, privacy=Privacy(profile="exempt", retention_months=13), is_public=True)

    for query in (shared(control, site), PERIOD):
        page = stranger.page(f"/example.org?{query}")
        assert "Figures are rounded to the nearest ten" in page.text
        file = stranger.get(f"/example.org/pages.csv?{query}").text
        for text in (page.text, file, zipped(stranger, query)["pages.csv"]):
            assert "/gamma" in text
            assert "/secret" not in text
        assert "15" not in stranger.get(f"/example.org/current-visitors?{query}").text
        assert "/secret" not in stranger.get(f"/example.org/realtime?{query}").text
