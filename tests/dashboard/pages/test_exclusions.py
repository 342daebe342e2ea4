"""The page of the rules: what is not counted, and the rules that say so."""

import pytest

from schema import condition, exclusions, sites
from tests.dashboard.desk import Page


def rules(desk) -> list[tuple[str, int | None, str]]:
    listed = exclusions.list_all(desk.control)
    return [(condition.described(it.rule.condition), it.rule.site_id, it.rule.note) for it in listed]


@pytest.mark.parametrize(
    ("fields", "is_of_site"),
    [
        pytest.param({}, True, id="for this site"),
        pytest.param({"everywhere": "yes"}, False, id="for every site"),
    ],
)
def test_a_network_is_excluded(desk, site, fields, is_of_site):
    answer = desk.post(
        "/example.org/settings/exclusions", kind="network", value="192.0.2.7/24", note=" Office <Paris> ", **fields
    )

    assert answer.headers["location"] == "/example.org/settings/exclusions"
    assert rules(desk) == [("network 192.0.2.0/24", site.id if is_of_site else None, "Office <Paris>")]
    page = desk.page("/example.org/settings/exclusions")
    assert "Office <Paris> Network 192.0.2.0/24" in page.text
    assert ("Every site" in page.text) != is_of_site


@pytest.mark.parametrize(
    ("network", "problem"),
    [
        pytest.param("office", "'office' is not a network", id="no network"),
        pytest.param("", "say whose visits are not to be counted", id="nothing"),
        pytest.param("0.0.0.0/0", "covers everybody", id="everybody"),
        pytest.param("<script>", "'<script>' is not a network", id="markup"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(desk, site, network, problem):
    answer = desk.post(
        "/example.org/settings/exclusions", kind="network", value=network, note="Office", everywhere="yes"
    )
    page = Page(answer.text)

    assert answer.status_code == 422
    assert rules(desk) == []
    assert problem in page.text
    [form] = [form for form in page.attributes("form") if form["action"].endswith("#add")]
    assert page.attributes("p", id=form["aria-describedby"])
    assert page.attributes("textarea", name="value")
    assert network in page.text
    assert page.attributes("input", name="note", value="Office")
    assert "checked" in page.attributes("input", name="everywhere")[0]


def test_an_exclusion_is_removed(desk, site):
    rule = exclusions.add(desk.control, exclusions.network("192.0.2.0/24", site_id=site.id, note=""), who="a test")
    everywhere = exclusions.add(
        desk.control, exclusions.network("198.51.100.0/24", site_id=None, note=""), who="a test"
    )

    for removed in (rule, everywhere):
        assert desk.post(f"/example.org/settings/exclusions/{removed.id}/remove").status_code == 303

    assert rules(desk) == []


def test_an_exclusion_of_another_site_is_neither_shown_nor_removed(desk, site):
    other = sites.add(desk.control, "other.example", timezone="UTC")
    rule = exclusions.add(
        desk.control, exclusions.network("192.0.2.0/24", site_id=other.id, note="theirs"), who="a test"
    )

    assert "theirs" not in desk.page("/example.org/settings/exclusions").text
    assert desk.post(f"/example.org/settings/exclusions/{rule.id}/remove").status_code == 404
    assert rules(desk) == [("network 192.0.2.0/24", other.id, "theirs")]


@pytest.mark.parametrize("path", ["/example.org/settings/exclusions", "/example.org/settings/exclusions/1/remove"])
def test_exclusions_need_the_token_of_the_session(desk, site, path):
    exclusions.add(desk.control, exclusions.network("192.0.2.0/24", site_id=site.id, note=""), who="a test")

    assert desk.post(path, csrf="nonsense", kind="network", value="198.51.100.0/24").status_code == 403
    assert [network for network, _, _ in rules(desk)] == ["network 192.0.2.0/24"]


def test_strangers_change_nothing(stranger, site):
    assert (
        stranger.post("/example.org/settings/exclusions", kind="network", value="192.0.2.0/24").headers["location"]
        == "/sign-in"
    )
    assert rules(stranger) == []
