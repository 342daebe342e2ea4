"""The page of exclusion rules."""

import time
from datetime import timedelta

import pytest

from schema.exclusions import condition
from schema.exclusions import rules as exclusions
from schema.exclusions.rules import RuleMode
from schema.sites import sites
from tests.dashboard.desk import Page
from tests.factories import store, store_drops, views

LIST = "/example.org/settings/exclusions"


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

    assert answer.headers["location"] == "/example.org/settings/exclusions#row-1"
    assert rules(desk) == [("network 192.0.2.0/24 (256 addresses)", site.id if is_of_site else None, "Office <Paris>")]
    page = desk.page("/example.org/settings/exclusions")
    assert "Office <Paris> Network 192.0.2.0/24 (256 addresses)" in page.text
    assert ("Every site" in page.text) != is_of_site


@pytest.mark.parametrize(
    ("network", "problem"),
    [
        pytest.param("office", "'office' is not a network", id="no network"),
        pytest.param("", "Enter the visits to exclude", id="nothing"),
        pytest.param("0.0.0.0/0", "covers everybody", id="everybody"),
        pytest.param("<script>", "'<script>' is not a network", id="markup"),
    ],
)
def test_a_problem_is_shown_beside_the_field(desk, site, network, problem):
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
    rule = exclusions.add(
        desk.control, exclusions.network("192.0.2.0/24", site_id=site.id, note=""), who="a test", now=time.time()
    )
    everywhere = exclusions.add(
        desk.control, exclusions.network("198.51.100.0/24", site_id=None, note=""), who="a test", now=time.time()
    )

    for removed in (rule, everywhere):
        assert desk.post(f"/example.org/settings/exclusions/{removed.id}/remove", sure="yes").status_code == 303

    assert rules(desk) == []


def test_an_exclusion_of_another_site_is_neither_shown_nor_removed(desk, site):
    other = sites.add(desk.control, "other.example", timezone="UTC", now=desk.clock())
    rule = exclusions.add(
        desk.control, exclusions.network("192.0.2.0/24", site_id=other.id, note="theirs"), who="a test", now=time.time()
    )

    assert "theirs" not in desk.page("/example.org/settings/exclusions").text
    assert desk.post(f"/example.org/settings/exclusions/{rule.id}/remove").status_code == 404
    assert rules(desk) == [("network 192.0.2.0/24 (256 addresses)", other.id, "theirs")]


def visited(desk, address: bytes, *, times: int) -> None:
    """Record hits from an address."""
    for _ in range(times):
        desk.traffic.note(1, address, user_agent="Firefox", page_host="example.org", path="/")


@pytest.fixture
def busy(desk, site) -> None:
    """Record hits, three of four from 192.0.2.0/24."""
    visited(desk, b"\xc0\x00\x02\x07", times=300)
    visited(desk, b"\xc6\x33\x64\x07", times=100)


@pytest.mark.usefixtures("busy")
def test_a_rule_that_excludes_many_hits_needs_confirmation(desk):
    fields = {"kind": "network", "value": "192.0.2.0/24", "note": "Office"}
    answer = desk.post(LIST, **fields)

    assert answer.status_code == 422
    assert "would have excluded about 75 % of the last day's hits. If this is intended, tick" in Page(answer.text).text
    assert rules(desk) == []
    assert desk.post(LIST, **fields, sure="yes").status_code == 303
    assert [note for _, _, note in rules(desk)] == ["Office"]


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"value": "198.51.100.0/24"}, id="a quarter"),
        pytest.param({"value": "192.0.2.0/24", "try": "yes"}, id="in dry run"),
        pytest.param({"value": "192.0.2.0/24", "action": "keep"}, id="a rule that keeps"),
        pytest.param({"value": "192.0.2.0/24", "but_not": "192.0.2.0/24"}, id="and not the same"),
    ],
)
def test_other_rules_need_no_confirmation(desk, fields):
    assert desk.post(LIST, kind="network", note="", **fields).status_code == 303


@pytest.mark.usefixtures("busy")
def test_ending_a_dry_run_needs_confirmation(desk):
    desk.post(LIST, kind="network", value="192.0.2.0/24", note="Office", **{"try": "yes"})
    answer = desk.post(f"{LIST}/1/mode")
    page = Page(answer.text)

    assert answer.status_code == 422
    assert "This rule would have excluded about 75 % of the last day's hits." in page.text
    assert exclusions.by_id(desk.control, 1).rule.mode is RuleMode.DRY_RUN

    [again] = [form["action"] for form in page.attributes("form") if "/mode" in form["action"]]
    assert desk.post(again).status_code == 303
    assert exclusions.by_id(desk.control, 1).rule.mode is RuleMode.ON
    assert desk.post(f"{LIST}/1/mode").status_code == 303
    assert exclusions.by_id(desk.control, 1).rule.mode is RuleMode.DRY_RUN


def test_hits_from_one_private_address_cause_a_warning(desk, site):
    visited(desk, b"\x0a\x00\x00\x01", times=99)
    assert "one private address" not in desk.page(LIST).text

    visited(desk, b"\x0a\x00\x00\x01", times=1)
    assert "All recent visits seem to come from one private address" in desk.page(LIST).text

    visited(desk, b"\xc6\x33\x64\x07", times=1)
    assert "one private address" not in desk.page(LIST).text


def test_an_invalid_file_is_reported(desk, site):
    (desk.data_dir / "exclusions.toml").write_text("[[rule]]\nnetwrok = '192.0.2.0/24'\n")
    desk.rules.follow_file()

    assert "exclusions.toml can't be used: line 2: 'netwrok' is not a condition" in desk.page(LIST).text


def test_rules_of_the_file_are_shown_without_buttons(desk, site):
    (desk.data_dir / "exclusions.toml").write_text("\n[[rule]]\nnote = 'drafts'\npath = '/draft'\n")
    desk.rules.follow_file()
    page = desk.page(LIST)

    assert "drafts Path /draft Every site In force 0 exclusions.toml, line 2" in page.text
    assert not [form for form in page.attributes("form") if "/exclusions/" in form["action"]]
    for path in ("mode", "remove"):
        assert desk.post(f"{LIST}/1/{path}").status_code == 404
    assert len(rules(desk)) == 1


def test_a_rule_that_excluded_nothing_for_a_month_causes_a_warning(database, desk, user, site):
    for note in ("idle", "busy"):
        exclusions.add(desk.control, exclusions.network("192.0.2.0/24", note=note), who="a test", now=time.time())
    desk.now += timedelta(days=400)
    desk.enter(user)
    month_ago, yesterday = (desk.now - timedelta(days=days) for days in (31, 1))
    store_drops(database, "excluded", at=month_ago, rule=1)
    store_drops(database, "excluded", at=yesterday, rule=2)
    text = desk.page(LIST).text

    assert text.count("This rule has excluded nothing for 30 days") == 1
    assert "idle Network 192.0.2.0/24 (256 addresses) This rule has excluded nothing for 30 days" in text


@pytest.mark.parametrize(
    ("dropped", "is_told"),
    [
        pytest.param({0: 80}, True, id="from one day to the next"),
        pytest.param({0: 80, 2: 80, 3: 80}, False, id="as always"),
        pytest.param({0: 20}, False, id="not many"),
    ],
)
def test_a_rule_that_suddenly_excludes_many_hits_causes_a_warning(database, desk, site, dropped, is_told):
    exclusions.add(desk.control, exclusions.network("192.0.2.0/24", note="Office"), who="a test", now=time.time())
    for days in range(4):
        day = desk.now - timedelta(days=days)
        store(database, views(*["/"] * (120 - dropped.get(days, 0)), start=day, every_s=1))
        if days in dropped:
            store_drops(database, "excluded", dropped[days], at=day, rule=1)

    assert is_told == ("This rule suddenly excludes 67% of the hits" in desk.page(LIST).text)


def test_excluded_hits_are_shown_by_day(database, desk, site):
    exclusions.add(desk.control, exclusions.network("192.0.2.0/24", note="Office"), who="a test", now=time.time())
    assert not desk.page(LIST).attributes("svg", **{"class": "spark"})

    store_drops(database, "excluded", 1200, at=desk.now - timedelta(days=1), rule=1)
    store_drops(database, "excluded", 34, at=desk.now, rule=1)
    page = desk.page(LIST)

    assert len(page.attributes("g", **{"class": "spark-bar"})) == 30
    assert "In force 1,234 Hits by day, 30 days" in page.text
    assert "8 March 2026: 0 9 March 2026: 1,200 10 March 2026: 34" in page.text


def test_a_rule_that_expires_can_be_renewed(desk, user, site):
    desk.post(LIST, kind="home_address", value="203.0.113.7", note="Home")
    desk.post(LIST, kind="path", value="/draft", note="Drafts")
    assert "Home A home Until 8 June 2026" in desk.page(LIST).text

    desk.now += timedelta(days=91)
    desk.enter(user)
    page = desk.page(LIST)
    assert "Home A home Until 8 June 2026 This site Expired" in page.text
    [renewal] = [form["action"] for form in page.attributes("form") if form["action"].endswith("/renew")]
    assert desk.post(renewal).status_code == 303
    unused = "This rule has excluded nothing for 30 days. Has the address changed?"  # it is 91 days old
    assert f"Home A home Until 7 September 2026 {unused} This site In force" in desk.page(LIST).text


def test_changes_are_shown_with_their_author(desk, site):
    other = sites.add(desk.control, "other.example", timezone="UTC", now=desk.clock())
    exclusions.add(
        desk.control, exclusions.network("192.0.2.0/24", site_id=other.id, note="theirs"), who="eve", now=time.time()
    )
    desk.post(LIST, kind="network", value="198.51.100.0/24", note="Office")
    desk.post(f"{LIST}/2/mode")
    desk.post(f"{LIST}/2/remove", sure="yes")
    text = desk.page(LIST).text

    assert (
        "ana@example.org Removed exclusion 2: exclude network 198.51.100.0/24 (256 addresses) (Office), in dry run."
        in text
    )
    assert "ana@example.org Set mode to dry-run: exclusion 2" in text
    assert "ana@example.org Added exclusion 2" in text
    assert "theirs" not in text


@pytest.mark.parametrize("path", ["/example.org/settings/exclusions", "/example.org/settings/exclusions/1/remove"])
def test_exclusions_need_the_token_of_the_session(desk, site, path):
    exclusions.add(
        desk.control, exclusions.network("192.0.2.0/24", site_id=site.id, note=""), who="a test", now=time.time()
    )

    assert desk.post(path, csrf="nonsense", kind="network", value="198.51.100.0/24").status_code == 403
    assert [network for network, _, _ in rules(desk)] == ["network 192.0.2.0/24 (256 addresses)"]


def test_strangers_change_nothing(stranger, site):
    assert (
        stranger.post("/example.org/settings/exclusions", kind="network", value="192.0.2.0/24").headers["location"]
        == "/sign-in"
    )
    assert rules(stranger) == []
