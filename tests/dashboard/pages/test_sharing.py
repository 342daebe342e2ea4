import pytest

from schema.exclusions import audit
from schema.measures import segments
from schema.people import members, users
from schema.people.roles import Role
from schema.privacy.profile import Privacy
from schema.sites import shared_links, sites
from schema.sites.shared_links import Terms
from tests.dashboard.desk import QUICK, Desk, Page

PATH = "/example.org/settings/sharing"
PASSWORD = "a word for the board"


def only_link(desk, site):
    [link] = shared_links.list_all(desk.control, site.id)
    return link


def changes(desk, site) -> list[str]:
    found = audit.search(desk.control, audit.Search(site_id=site.id), most=9)
    return [entry.change for entry in found]


def test_a_link_is_added_with_its_terms_and_shown_to_copy(desk, site, stranger):
    segment = segments.add(desk.control, site.id, "France", [["is", "visit:country", ["FR"]]])
    answer = desk.post(
        PATH,
        name="Board",
        password=PASSWORD,
        until="2026-03-31",
        segment=str(segment.id),
        pages="yes",
        devices="yes",
        hosts="https://intranet.example/wiki",
    )
    link, page = only_link(desk, site), desk.page(PATH)

    assert f"{PATH}#row-{link.id}" == answer.headers["location"]
    assert QUICK.verify(link.terms.password_hash, PASSWORD)
    assert (segment.id, {"pages", "devices"}) == (link.terms.segment_id, link.terms.left_out)
    assert ("intranet.example",) == link.terms.embed_hosts
    assert link.url(base_url="http://stats.test", domain="example.org") in page.text
    assert "until 31 March 2026 · with a password · only the segment France · without Pages, Devices" in page.text
    assert ["Added the shared link Board."] == changes(desk, site)
    assert 200 == stranger.get(f"/share/{link.slug}").status_code


def test_a_link_works_until_the_end_of_its_last_day_where_the_site_is(desk, site):
    desk.post(PATH, name="Board", until="2026-03-10")

    # Midnight in Paris.
    assert 1_773_183_600 == only_link(desk, site).terms.expires_at


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"name": ""}, "must have 1 to 255 characters", id="no name"),
        pytest.param({"name": "n" * 256}, "must have 1 to 255 characters", id="a long name"),
        pytest.param({"name": "Taken"}, "already exists", id="a name that is taken"),
        pytest.param({"name": "a", "password": "short"}, "at least 10 characters", id="a short password"),
        pytest.param({"name": "a", "until": "2026-03-09"}, "in the past", id="a day that is over"),
        pytest.param({"name": "a", "until": "tomorrow"}, "is not a date", id="no day"),
        pytest.param({"name": "a", "until": "9999-12-31"}, "is not a date", id="the last day of all"),
        pytest.param({"name": "a", "segment": "99"}, "segment", id="no such segment"),
        pytest.param({"name": "a", "segment": "x"}, "segment", id="no segment"),
        pytest.param({"name": "a", "hosts": "a.example;b"}, "is not a host", id="no host"),
    ],
)
def test_an_error_is_a_sentence_and_keeps_what_was_entered(desk, site, fields, reason):
    taken = shared_links.add(desk.control, site.id, "Taken")
    answer = desk.post(PATH, **fields, places="yes")
    page = Page(answer.text)

    assert 422 == answer.status_code
    assert reason in page.text
    assert [fields["name"]] == [box["value"] for box in page.attributes("input", id="name")]
    assert ["places"] == [box["name"] for box in page.attributes("input", type="checkbox") if "checked" in box]
    assert [taken] == shared_links.list_all(desk.control, site.id)


def test_an_exempt_site_limits_links_to_segments_that_it_can_answer(desk, control, site):
    sites.change(control, site, now=0, privacy=Privacy(profile="exempt", retention_months=13))
    france = segments.add(control, site.id, "France", [["is", "visit:country", ["FR"]]])
    neither = segments.add(control, site.id, "Neither", [["is_not", "visit:country", ["FR"]]])

    assert 422 == desk.post(PATH, name="a", segment=str(neither.id)).status_code
    assert 303 == desk.post(PATH, name="a", segment=str(france.id)).status_code


@pytest.mark.parametrize(
    ("fields", "opens_with"),
    [
        pytest.param({}, PASSWORD, id="kept"),
        pytest.param({"password": "another word"}, "another word", id="replaced"),
        pytest.param({"without_password": "yes"}, None, id="removed"),
    ],
)
def test_an_edited_link_keeps_its_address_and_its_password_unless_told_otherwise(desk, site, fields, opens_with):
    terms = Terms(password_hash=QUICK.hash(PASSWORD), left_out=frozenset({"goals"}))
    link = shared_links.add(desk.control, site.id, "Board", terms)
    page = desk.page(f"{PATH}/{link.id}")
    desk.post(f"{PATH}/{link.id}", name="Owners", **fields)
    changed = only_link(desk, site)

    assert ["goals"] == [box["name"] for box in page.attributes("input", type="checkbox") if "checked" in box]
    assert f"{link.slug}&amp;embed=true" in page.text
    assert ("Owners", link.slug, frozenset()) == (changed.name, changed.slug, changed.terms.left_out)
    if opens_with is None:
        assert changed.terms.password_hash is None
    else:
        assert QUICK.verify(changed.terms.password_hash, opens_with)
    assert ["Changed the shared link Owners."] == changes(desk, site)


def test_a_link_is_revoked_after_a_question(desk, stranger, site):
    link = shared_links.add(desk.control, site.id, "Board")
    desk.post(f"{PATH}/{link.id}/remove")
    assert 303 == stranger.get(f"/share/{link.slug}").status_code
    answer = desk.post(f"{PATH}/{link.id}/remove", sure="yes")

    assert f"{PATH}?removed=0#removed" == answer.headers["location"]
    assert 404 == stranger.get(f"/share/{link.slug}").status_code
    assert ["Revoked the shared link Board."] == changes(desk, site)
    assert 404 == desk.get(f"{PATH}/{link.id}").status_code


def test_an_expired_link_is_marked(desk, site):
    shared_links.add(desk.control, site.id, "Board", Terms(expires_at=1_000_000_000))

    assert "expired on 9 September 2001" in desk.page(PATH).text


def test_a_site_is_made_public_and_private_again(desk, stranger, site):
    private = desk.page(PATH).text
    desk.post(f"{PATH}/public", public="yes", hosts="b.example")
    public = desk.page(PATH).text
    is_open = stranger.get("/example.org").status_code
    desk.post(f"{PATH}/public")

    assert "badge.svg" not in private
    assert '<img src="http://stats.test/example.org/badge.svg"' in public
    assert "http://stats.test/example.org?embed=true" in public
    assert (200, 303) == (is_open, stranger.get("/example.org").status_code)
    assert {
        "Made the report public.",
        "Made the report private.",
        "Let these sites show the report in a frame: example.org b.example.",
        "Let these sites show the report in a frame: example.org.",
    } == set(changes(desk, site))


def test_a_wrong_host_of_the_public_report_is_a_sentence(desk, site):
    answer = desk.post(f"{PATH}/public", public="yes", hosts="a b;c")

    assert 422 == answer.status_code
    assert "b;c is not a host" in answer.text


def test_a_removed_segment_says_which_links_go_with_it(desk, site):
    segment = segments.add(desk.control, site.id, "France", [["is", "visit:country", ["FR"]]])
    shared_links.add(desk.control, site.id, "Board", Terms(segment_id=segment.id))

    assert "The shared link Board shows only this segment" in (
        desk.page(f"/example.org/settings/segments/{segment.id}/remove").text
    )


def test_editors_of_a_site_do_not_share_it(control, database, site):
    editor = users.add(control, "eve@example.org", now=0)
    members.put(control, site.id, editor.id, Role.EDITOR)
    desk = Desk(control, database)
    desk.enter(editor)

    assert 403 == desk.get(PATH).status_code
    assert 403 == desk.post(PATH, name="Board").status_code
