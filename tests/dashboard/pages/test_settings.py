"""Settings: what to paste, and the networks that are not counted."""

import pytest

from schema import exclusions, sites
from tests.dashboard.desk import Page


def networks(desk) -> list[tuple[str, int | None, str]]:
    return [(rule.network, rule.site_id, rule.note) for rule in exclusions.list_all(desk.control)]


def test_every_snippet_is_there(desk, site):
    text = desk.page("/example.org/settings").text

    assert '<script defer data-domain="example.org" src="http://stats.test/js/script.js"></script>' in text
    assert '<script defer data-domain="example.org" data-api="/api/event" src="/js/script.js"></script>' in text
    assert "wp_enqueue_script( 'sillage', 'http://stats.test/js/script.js'" in text
    assert 'integrity="sha384-' in text
    assert f"http://stats.test/js/pa-{sites.script_id(desk.control, site)}.js" in text
    assert "http://stats.test/api/pixel.gif?d=example.org" in text
    assert "/js/script.local.js" in text
    assert "location = /api/event {" in text
    assert "reverse_proxy @sillage http://stats.test {" in text


def test_what_is_kept_and_for_how_long_is_said(desk, site):
    text = desk.page("/example.org/settings").text

    assert "Europe/Paris" in text
    assert "761 days" in text


@pytest.mark.parametrize(
    ("fields", "is_of_site"),
    [
        pytest.param({}, True, id="for this site"),
        pytest.param({"everywhere": "yes"}, False, id="for every site"),
    ],
)
def test_a_network_is_excluded(desk, site, fields, is_of_site):
    answer = desk.post("/example.org/exclusions", network="192.0.2.7/24", note=" Office <Paris> ", **fields)

    assert answer.headers["location"] == "/example.org/settings#exclusions"
    assert networks(desk) == [("192.0.2.0/24", site.id if is_of_site else None, "Office <Paris>")]
    page = desk.page("/example.org/settings")
    assert "192.0.2.0/24 Office <Paris>" in page.text
    assert ("Every site" in page.text) != is_of_site


@pytest.mark.parametrize(
    ("network", "problem"),
    [
        pytest.param("office", "'office' is not a network", id="no network"),
        pytest.param("", "'' is not a network", id="nothing"),
        pytest.param("0.0.0.0/0", "covers everybody", id="everybody"),
        pytest.param("<script>", "'<script>' is not a network", id="markup"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(desk, site, network, problem):
    answer = desk.post("/example.org/exclusions", network=network, note="Office", everywhere="yes")
    page = Page(answer.text)

    assert answer.status_code == 422
    assert networks(desk) == []
    assert problem in page.text
    [field] = page.attributes("input", name="network")
    assert page.attributes("p", id=field["aria-describedby"])
    assert field["value"] == network
    assert page.attributes("input", name="note", value="Office")
    assert "checked" in page.attributes("input", name="everywhere")[0]


def test_an_exclusion_is_removed(desk, site):
    rule = exclusions.add(desk.control, "192.0.2.0/24", site_id=site.id, note="")
    everywhere = exclusions.add(desk.control, "198.51.100.0/24", site_id=None, note="")

    for removed in (rule, everywhere):
        assert desk.post(f"/example.org/exclusions/{removed.id}/remove").status_code == 303

    assert networks(desk) == []


def test_an_exclusion_of_another_site_is_neither_shown_nor_removed(desk, site):
    other = sites.add(desk.control, "other.example", timezone="UTC")
    rule = exclusions.add(desk.control, "192.0.2.0/24", site_id=other.id, note="theirs")

    assert "theirs" not in desk.page("/example.org/settings").text
    assert desk.post(f"/example.org/exclusions/{rule.id}/remove").status_code == 404
    assert networks(desk) == [("192.0.2.0/24", other.id, "theirs")]


@pytest.mark.parametrize("path", ["/example.org/exclusions", "/example.org/exclusions/1/remove"])
def test_exclusions_need_the_token_of_the_session(desk, site, path):
    exclusions.add(desk.control, "192.0.2.0/24", site_id=site.id, note="")

    assert desk.post(path, csrf="nonsense", network="198.51.100.0/24").status_code == 403
    assert [network for network, _, _ in networks(desk)] == ["192.0.2.0/24"]


def test_strangers_change_nothing(stranger, site):
    assert stranger.post("/example.org/exclusions", network="192.0.2.0/24").headers["location"] == "/sign-in"
    assert networks(stranger) == []
