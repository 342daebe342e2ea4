import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from schema.exclusions import audit, rules
from schema.exclusions.matchers import ExclusionError, normal_network
from schema.exclusions.rules import Exclusion, Rule, RuleAction
from schema.sites import sites
from schema.stores.control import Control


@pytest.mark.parametrize(
    ("text", "network"),
    [
        pytest.param("192.0.2.7", "192.0.2.7/32", id="one IPv4 address"),
        pytest.param(" 192.0.2.0/24 ", "192.0.2.0/24", id="an IPv4 network"),
        pytest.param("192.0.2.7/24", "192.0.2.0/24", id="an address and a length"),
        pytest.param("192.0.2.7/255.255.255.0", "192.0.2.0/24", id="an address and a mask"),
        pytest.param("2001:db8::1", "2001:db8::/64", id="one IPv6 address: its neighbours, too"),
        pytest.param("2001:db8::1/128", "2001:db8::1/128", id="one IPv6 address, that one alone"),
        pytest.param("2001:DB8:0:0::/48", "2001:db8::/48", id="an IPv6 network"),
        pytest.param("::ffff:192.0.2.7", "192.0.2.7/32", id="an IPv4 address in IPv6"),
        pytest.param("::ffff:192.0.2.0/120", "192.0.2.0/24", id="an IPv4 network in IPv6"),
        pytest.param("0.0.0.0/1", "0.0.0.0/1", id="half of everybody"),
    ],
)
def test_a_network_has_one_normal_form(text: str, network: str) -> None:
    assert network == normal_network(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("office", id="a word"),
        pytest.param("192.0.2", id="three numbers"),
        pytest.param("192.0.2.256", id="a number too large"),
        pytest.param("192.0.2.0/33", id="a length too large"),
        pytest.param("192.0.2.1-192.0.2.9", id="a range"),
        pytest.param("192.0.2.1, 192.0.2.2", id="two of them"),
        pytest.param("2001:db8::/129", id="an IPv6 length too large"),
        pytest.param("[2001:db8::1]", id="brackets"),
    ],
)
def test_an_invalid_network_is_rejected(control: Control, text: str) -> None:
    with pytest.raises(ExclusionError, match="is not a network: write it as in"):
        rules.add(control, rules.network(text, site_id=None, note=""), who="a test", now=time.time())

    assert [] == rules.list_all(control)


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96", "192.0.2.1/0"])
def test_a_network_of_everybody_is_rejected(text: str) -> None:
    with pytest.raises(ExclusionError, match="covers everybody"):
        normal_network(text)


def test_rules_are_listed_oldest_first_and_removed_by_number(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="UTC", now=time.time())
    first = rules.add(
        control, rules.network("192.0.2.1", site_id=None, note="the office"), who="a test", now=time.time()
    )
    second = rules.add(control, rules.network("192.0.2.2", site_id=site.id, note=""), who="a test", now=time.time())

    rule, at = rules.network("192.0.2.1/32", note="the office"), first.created_at
    assert Exclusion(1, rule, at, in_force_since=at) == first
    assert [first, second] == rules.list_all(control)
    rules.remove(control, first.id, who="a test", now=time.time())
    assert [second] == rules.list_all(control)
    with pytest.raises(ExclusionError, match="there is no exclusion 1"):
        rules.remove(control, first.id, who="a test", now=time.time())


def test_the_id_of_a_removed_rule_is_never_reused(control: Control) -> None:
    first = rules.add(control, rules.network("192.0.2.1", site_id=None, note=""), who="a test", now=time.time())
    rules.remove(control, first.id, who="a test", now=time.time())

    assert (
        first.id
        != rules.add(control, rules.network("192.0.2.2", site_id=None, note=""), who="a test", now=time.time()).id
    )


def test_deleting_a_site_deletes_its_rules(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="UTC", now=time.time())
    everybody_s = rules.add(control, rules.network("192.0.2.1", site_id=None, note=""), who="a test", now=time.time())
    rules.add(control, rules.network("192.0.2.2", site_id=site.id, note=""), who="a test", now=time.time())
    sites.remove(control, "example.org", now=time.time())
    sites.forget(control, site.id)

    assert [everybody_s] == rules.list_all(control)


def rule(path: str, **fields: str) -> Rule:
    return rules.read({"path": path, **fields}, site_id=None, now=0)


def paths(control: Control) -> list[str]:
    return [exclusion.described.removeprefix("path ") for exclusion in rules.list_all(control)]


def add(control: Control, path: str, *, before: int | None = None, **fields: str) -> int:
    return rules.add(control, rule(path, **fields), who="a test", now=time.time(), before=before).id


def test_new_rules_come_last_and_rules_that_keep_come_first(control: Control) -> None:
    first, _ = add(control, "/1"), add(control, "/2")
    add(control, "/keep1", action="keep")
    add(control, "/keep2", action="keep")
    assert paths(control) == ["/keep2", "/keep1", "/1", "/2"]

    add(control, "/0", before=first)
    add(control, "/00", before=5)
    add(control, "/last")
    assert paths(control) == ["/keep2", "/keep1", "/00", "/0", "/1", "/2", "/last"]

    add(control, "/first", before=4)
    assert paths(control)[:2] == ["/first", "/keep2"]


def test_a_rule_cannot_be_inserted_before_an_unknown_rule(control: Control) -> None:
    with pytest.raises(ExclusionError, match="there is no exclusion 7 to insert the rule before"):
        add(control, "/1", before=7)
    assert paths(control) == []


def test_rules_of_the_file_come_first_and_keep_their_ids(control: Control) -> None:
    add(control, "/list", action="keep")
    assert rules.follow_file(control, [(1, rule("/a")), (4, rule("/b"))], who="the file", now=time.time())
    assert not rules.follow_file(control, [(1, rule("/a")), (4, rule("/b"))], who="the file", now=time.time())
    numbers = {exclusion.described: exclusion.id for exclusion in rules.list_all(control)}

    assert rules.follow_file(
        control, [(1, rule("/c")), (5, rule("/b")), (9, rule("/a"))], who="the file", now=time.time()
    )
    moved = rules.list_all(control)

    assert [(exclusion.described, exclusion.line) for exclusion in moved] == [
        ("path /c", 1), ("path /b", 5), ("path /a", 9), ("path /list", None)
    ]  # fmt: skip
    assert numbers.items() <= {exclusion.described: exclusion.id for exclusion in moved}.items()

    assert rules.follow_file(control, [], who="the file", now=time.time())
    assert paths(control) == ["/list"]


def test_a_rule_put_in_force_in_the_file_keeps_its_id(control: Control) -> None:
    rules.follow_file(control, [(1, rule("/b")), (2, rule("/a", mode="dry-run"))], who="the file", now=time.time())
    rules.follow_file(
        control, [(1, rule("/a", note="n", expires="2027-01-31")), (2, rule("/c"))], who="the file", now=time.time()
    )
    first, second = rules.list_all(control)

    assert (first.id, first.rule) == (2, rule("/a", note="n", expires="2027-01-31"))
    assert first.in_force_since is not None
    assert second.id == 3
    assert [entry.change for entry in audit.latest(control, 3)] == [
        "Removed exclusion 1: exclude path /b.",
        "Added exclusion 3: exclude path /c.",
        "Set mode to on, note to n, expires to 2027-01-31: exclusion 2: exclude path /a, in dry run.",
    ]


def test_a_change_without_effect_is_not_logged(control: Control) -> None:
    changed(control, add(control, "/a"), mode="on")

    assert len(audit.latest(control, 9)) == 1


def test_the_same_rule_twice_in_the_file_is_two(control: Control) -> None:
    rules.follow_file(control, [(1, rule("/a")), (2, rule("/a"))], who="the file", now=time.time())
    rules.follow_file(control, [(2, rule("/a"))], who="the file", now=time.time())

    assert [exclusion.line for exclusion in rules.list_all(control)] == [2]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(rules.remove, {}, id="removing"),
        pytest.param(rules.change, {"changes": {"mode": "dry-run"}}, id="trying"),
    ],
)
def test_a_rule_of_the_file_can_only_be_changed_in_the_file(control: Control, change, words) -> None:
    rules.follow_file(control, [(3, rule("/a"))], who="the file", now=time.time())
    with pytest.raises(ExclusionError, match="line 3: change it there"):
        change(control, 1, who="a test", now=0, **words)

    assert [exclusion.rule for exclusion in rules.list_all(control)] == [rule("/a")]


@pytest.mark.parametrize(
    ("fields", "now", "last_day"),
    [
        pytest.param({"expires": "2027-01-31"}, "2027-01-31 23:59:59", "2027-01-31", id="until its last second"),
        pytest.param({"expires": date(2027, 1, 31)}, "2026-01-01 00:00:00", "2027-01-31", id="a date"),
        pytest.param({"expires": ""}, "2026-01-01 00:00:00", None, id="empty"),
        pytest.param({}, "2026-01-01 00:00:00", None, id="none"),
        pytest.param({"home": f"home-{'0' * 32}"}, "2026-01-01 00:00:00", "2026-04-01", id="a home: 90 days"),
        pytest.param({"home": f"home-{'0' * 32}", "expires": "2026-01-05"}, "2026-01-01 00:00:00", "2026-01-05",
                     id="a home with a day of its own"),
        pytest.param({"any": [{"home": f"home-{'0' * 32}"}, {"path": "/a"}]}, "2026-01-01 00:00:00", "2026-04-01",
                     id="a home within a condition"),
    ],
)  # fmt: skip
def test_a_rule_expires_after_its_last_day(fields, now, last_day) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC).timestamp()
    end = rules.read({"country": "FR"} | fields, site_id=None, now=at).expires_at

    assert (str(rules.last_day(end)) if end else None) == last_day


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param({"expires": "2027-01-30"}, "the rule would expire on 2027-01-30, which is in the past", id="over"),
        pytest.param({"expires": "soon"}, "expires must be a date such as 2027-01-31, not 'soon'", id="no date"),
        pytest.param({"mode": "off"}, "mode must be on or dry-run, not 'off'", id="no mode"),
        pytest.param({"action": "drop"}, "action must be exclude or keep, not 'drop'", id="no action"),
        pytest.param(
            {"action": "keep", "mode": "dry-run"}, "a rule that keeps hits excludes nothing", id="trying to keep"
        ),
        pytest.param({"note": "x" * 201}, "note must be a text of at most 200 characters", id="a long note"),
        pytest.param({"owner": 7}, "owner must be a text of at most 200 characters", id="an owner that is none"),
        pytest.param({"path": "/**"}, "path /** covers everybody: Sillage would count nothing any more", id="all"),
    ],
)
def test_an_invalid_rule_is_rejected_with_a_sentence(fields, sentence) -> None:
    now = datetime(2027, 1, 31, 12, tzinfo=UTC).timestamp()
    with pytest.raises(ExclusionError) as caught:
        rules.read({"path": "/a"} | fields, site_id=None, now=now)

    assert sentence in str(caught.value)


def test_a_rule_that_keeps_may_cover_everybody() -> None:
    assert rule("/**", action="keep").action is RuleAction.KEEP


def test_the_fields_of_a_rule_can_be_read_again() -> None:
    fields = {"path": "/a", "note": "n", "owner": "o", "mode": "dry-run", "expires": "2027-01-31"}

    assert rules.fields_of(rule("/a")) == {"path": "/a"}
    assert rules.fields_of(rules.read(fields, site_id=None, now=0)) == fields


def test_a_rule_is_the_same_by_site_condition_and_action(control: Control) -> None:
    number = add(control, "/a", note="one")

    exclusion = rules.same_as(control, rule("/a", note="another"))
    assert exclusion is not None
    assert exclusion.id == number
    for other in (rule("/b"), rule("/a", action="keep"), replace(rule("/a"), site_id=7)):
        assert rules.same_as(control, other) is None


def changed(control: Control, number: int, **changes: object) -> Rule:
    return rules.change(control, number, changes, who="a test", now=0).rule


def test_changing_a_rule_keeps_its_condition(control: Control) -> None:
    number = add(control, "/a", note="one", owner="IT", expires="2027-01-31")

    assert changed(control, number, note="two").note == "two"
    assert changed(control, number, owner="").owner == ""
    assert changed(control, number, expires="2027-02-28", mode="dry-run") == rule(
        "/a", note="two", expires="2027-02-28", mode="dry-run"
    )
    assert changed(control, number, expires="") == rule("/a", note="two", mode="dry-run")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({}, "these fields of a rule can be changed: mode, note, owner, expires", id="nothing"),
        pytest.param(
            {"path": "/b"}, "these fields of a rule can be changed: mode, note, owner, expires", id="the condition"
        ),
        pytest.param({"mode": "off"}, "mode must be on or dry-run", id="no mode"),
        pytest.param({"expires": "1969-12-31"}, "which is in the past", id="a day that is over"),
        pytest.param({"note": "x" * 201}, "note must be a text of at most", id="a long note"),
    ],
)
def test_an_invalid_change_is_rejected(control: Control, changes, sentence) -> None:
    number = add(control, "/a")
    with pytest.raises(ExclusionError, match=sentence):
        changed(control, number, **changes)

    assert [exclusion.rule for exclusion in rules.list_all(control)] == [rule("/a")]


def test_a_rule_that_keeps_cannot_be_in_dry_run(control: Control) -> None:
    with pytest.raises(ExclusionError, match="excludes nothing and cannot be in dry run"):
        changed(control, add(control, "/a", action="keep"), mode="dry-run")


def test_an_expired_rule_can_be_renewed_and_get_another_note(control: Control) -> None:
    number = add(control, "/a", expires="1970-01-02")
    now = datetime(2027, 1, 1, tzinfo=UTC).timestamp()

    def change(**changes: object) -> Rule:
        return rules.change(control, number, changes, who="a test", now=now).rule

    assert change(note="over").note == "over"
    assert rules.last_day(change(expires="2027-01-01").expires_at or 0) == date(2027, 1, 1)


def test_a_rule_is_in_force_since_it_was_put_in_force(control: Control) -> None:
    number = add(control, "/a", mode="dry-run")
    assert rules.by_id(control, number).in_force_since is None

    changed(control, number, mode="on")
    since = rules.by_id(control, number).in_force_since
    assert since is not None

    changed(control, number, note="another")
    assert rules.by_id(control, number).in_force_since == since


def test_several_rules_are_stored_together_or_not_at_all(control: Control) -> None:
    def broken() -> Iterator[Rule]:
        yield rule("/a")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        rules.add_all(control, broken(), who="a test", now=time.time())
    assert paths(control) == []
    assert audit.latest(control, 9) == []

    rules.add_all(control, [rule("/a"), rule("/keep", action="keep"), rule("/b")], who="a test", now=time.time())
    assert paths(control) == ["/keep", "/a", "/b"]


LONG_AGO = datetime(2001, 9, 9, tzinfo=UTC).timestamp()


def test_a_change_reads_one_clock(control: Control) -> None:
    """`expires` is checked against the time that the rule gets as its beginning and the log as its date."""
    number = add(control, "/a", mode="dry-run")
    changes = {"mode": "on", "expires": "2001-09-09"}
    exclusion = rules.change(control, number, changes, who="a test", now=LONG_AGO)

    assert LONG_AGO == exclusion.in_force_since
    assert LONG_AGO == audit.latest(control, 1)[0].at
    assert rules.by_id(control, number) in rules.begun(control, 7, since=LONG_AGO, before=LONG_AGO + 1)
