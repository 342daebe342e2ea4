import json
import time

import pytest

from schema.exclusions import audit, condition, rules
from schema.exclusions.matchers import MATCHERS
from schema.sites import sites


def test_an_exclusion_applies_to_every_site_unless_one_is_named(control, sillage):
    site = sites.add(control, "example.org", timezone="UTC", now=time.time())

    everywhere = sillage("exclusions", "add", "--network", "192.0.2.9/24", "--note", "office")
    one_site = sillage("exclusions", "add", "--network", "2001:db8::1", "--site", "www.example.org", "--note", "home")

    assert (
        everywhere.stdout
        == "Exclusion 1: hits that match network 192.0.2.0/24 (256 addresses) are not counted on any site.\n"
    )
    assert (
        one_site.stdout
        == "Exclusion 2: hits that match network 2001:db8::/64 (2^64 addresses) are not counted on example.org.\n"
    )
    assert [(condition.described(it.rule.condition), it.site_id, it.rule.note) for it in rules.list_all(control)] == [
        ("network 192.0.2.0/24 (256 addresses)", None, "office"),
        ("network 2001:db8::/64 (2^64 addresses)", site.id, "home"),
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(
            ("add", "--network", "office", "--note", "x"),
            "sillage: 'office' is not a network: write it as in 192.0.2.0/24 or 2001:db8::/48\n",
            id="a network that is none",
        ),
        pytest.param(
            ("add", "--network", "0.0.0.0/0", "--note", "x"),
            "sillage: 0.0.0.0/0 covers everybody: Sillage would count nothing any more\n",
            id="everybody",
        ),
        pytest.param(
            ("add", "--network", "192.0.2.0/24", "--site", "example.org", "--note", "x"),
            "sillage: example.org is not a site here. `sillage sites list` shows the sites.\n",
            id="a site that is none",
        ),
        pytest.param(
            ("remove", "7", "--yes"),
            "sillage: there is no exclusion 7: `sillage exclusions list` shows all exclusions\n",
            id="removing what is not there",
        ),
    ],
)
def test_an_invalid_rule_is_one_sentence_and_exit_code_2(sillage, words, sentence):
    result = sillage("exclusions", *words)

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", sentence)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(("--note", "office"), "choose the hits to exclude: --network,", id="no condition"),
        pytest.param(("--network", "192.0.2.0/24"), "Missing option '--note'", id="no note"),
    ],
)
def test_a_condition_and_a_note_are_needed(sillage, words, sentence):
    result = sillage("exclusions", "add", *words)

    assert result.exit_code == 2
    assert sentence in result.stderr


def test_exclusions_are_listed_with_their_numbers(control, sillage):
    site = sites.add(control, "example.org", timezone="UTC", now=time.time())
    rules.add(control, rules.network("192.0.2.0/24", site_id=None, note="office"), who="a test", now=time.time())
    rules.add(control, rules.network("198.51.100.7", site_id=site.id, note="home"), who="a test", now=time.time())

    table = sillage("exclusions", "list").stdout
    rows = json.loads(sillage("exclusions", "list", "--json").stdout)

    assert table.splitlines() == [
        "ID  RULE                                  SITE         STATE  NOTE    OWNER  UNTIL  LINE",
        "1   network 192.0.2.0/24 (256 addresses)  -            on     office         -      -",
        "2   network 198.51.100.7/32               example.org  on     home           -      -",
    ]
    plain = {"state": "on", "owner": "", "until": None, "line": None}
    assert rows == [
        plain | {"id": 1, "rule": "network 192.0.2.0/24 (256 addresses)", "site": None, "note": "office"},
        plain | {"id": 2, "rule": "network 198.51.100.7/32", "site": "example.org", "note": "home"},
    ]


def test_the_rules_of_a_removed_site_are_not_listed(control, sillage):
    site = sites.add(control, "example.org", timezone="UTC", now=time.time())
    rules.add(control, rules.network("192.0.2.0/24", site_id=site.id, note="office"), who="a test", now=time.time())
    sites.remove(control, "example.org", now=time.time())

    assert sillage("exclusions", "list").stdout == ""


@pytest.mark.parametrize(
    ("words", "answer", "left"),
    [
        pytest.param((), "y\n", [2], id="confirmed"),
        pytest.param((), "n\n", [1, 2], id="declined"),
        pytest.param(("--yes",), "", [2], id="not asked"),
    ],
)
def test_an_exclusion_is_removed_after_confirmation(control, sillage, words, answer, left):
    rules.add(control, rules.network("192.0.2.0/24", site_id=None, note="office"), who="a test", now=time.time())
    rules.add(control, rules.network("198.51.100.0/24", site_id=None, note="agency"), who="a test", now=time.time())

    sillage("exclusions", "remove", "1", *words, answer=answer)

    assert [rule.id for rule in rules.list_all(control)] == left


def test_every_matcher_has_an_option(control, sillage):
    options = {
        "--network": "192.0.2.0/24", "--host-name": "home.example.org", "--page-host": "*.staging.example.org",
        "--path": "/a/**", "--referrer": "paypal.com", "--user-agent": "Pingdom", "--user-agent-pattern": "^curl/",
        "--country": "fr", "--header": "X-Office: yes", "--home": "192.0.2.7",
    }  # fmt: skip
    for option, value in options.items():
        assert sillage("exclusions", "add", option, value, "--note", option).exit_code == 0

    kinds = {matcher for it in rules.list_all(control) for matcher in condition.matchers(it.rule.condition)}
    assert kinds == set(MATCHERS)


def test_all_options_must_match_and_any_of_their_values(control, sillage):
    words = ("--path", "/a", "--path", "/b", "--country", "FR", "--condition", '{"not": {"user_agent": "x"}}')
    sillage("exclusions", "add", *words, "--note", "n", "--owner", "IT", "--expires", "2099-12-31", "--dry-run")
    (exclusion,) = rules.list_all(control)

    assert exclusion.described == "(path /a or /b) and country FR and not user agent x"
    assert (exclusion.rule.owner, exclusion.rule.mode, str(rules.last_day(exclusion.rule.expires_at or 0))) == (
        "IT", "dry-run", "2099-12-31"
    )  # fmt: skip


@pytest.mark.parametrize("text", ["[1]", "{", '"x"'])
def test_a_condition_is_an_object(sillage, text):
    result = sillage("exclusions", "add", "--condition", text, "--note", "n")

    assert result.exit_code == 2
    assert "--condition must be an object in JSON" in result.stderr


def test_a_rule_is_put_in_force_and_in_dry_run_again(control, sillage):
    sillage("exclusions", "add", "--path", "/a", "--note", "n", "--dry-run")

    on = "Exclusion 1: hits that match path /a are not counted on any site.\n"
    assert sillage("exclusions", "edit", "1", "--on").stdout == on
    assert rules.by_id(control, 1).rule.mode == "on"
    tried = "Exclusion 1: hits that match path /a are still counted on any site. Sillage records how many there are.\n"
    assert sillage("exclusions", "edit", "1", "--dry-run").stdout == tried
    assert rules.by_id(control, 1).rule.mode == "dry-run"


def test_note_owner_and_last_day_of_a_rule_are_changed(control, sillage):
    sillage("exclusions", "add", "--home", "203.0.113.7", "--note", "n")
    words = ("--note", "Home 12", "--owner", "IT", "--expires", "2099-12-31")

    assert sillage("exclusions", "edit", "1", *words).stdout == (
        "Exclusion 1: hits that match a home are not counted on any site. Its last day is 2099-12-31.\n"
    )
    rule = rules.by_id(control, 1).rule
    assert (rule.note, rule.owner) == ("Home 12", "IT")
    assert (
        "these fields of a rule can be changed: mode, note, owner, expires" in sillage("exclusions", "edit", "1").stderr
    )
    assert "which is in the past" in sillage("exclusions", "edit", "1", "--expires", "2020-01-01").stderr


def test_a_list_of_addresses_is_imported_once(control, sillage, tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("ip,note\n192.0.2.7,office\n198.51.100.0/24,\n192.0.2.8,office\n")
    words = ("exclusions", "import", str(file), "--note", "old tool", "--dry-run")

    assert sillage(*words).stdout == "Added 2 rules.\n"
    assert sillage(*words).stdout == "Added 0 rules (2 already existed).\n"
    assert [(it.described, it.rule.note, it.rule.mode.value) for it in rules.list_all(control)] == [
        ("network 192.0.2.7/32 or 192.0.2.8/32", "office", "dry-run"),
        ("network 198.51.100.0/24 (256 addresses)", "old tool", "dry-run"),
    ]


def test_an_address_with_a_mask_is_shown_as_the_network_it_covers(control, sillage, tmp_path):
    file = tmp_path / "exclusions.toml"
    file.write_text('[[rule]]\nnetwork = ["192.0.2.7/24", "2001:db8::7"]\n')
    listed = tmp_path / "list.txt"
    listed.write_text("198.51.100.9/31\n")
    added = sillage("exclusions", "add", "--network", "192.0.2.7/24", "--note", "office").stdout

    shown = "network 192.0.2.0/24 (256 addresses)"
    assert added == f"Exclusion 1: hits that match {shown} are not counted on any site.\n"
    assert sillage("exclusions", "check", str(file)).stderr == f"{shown} or 2001:db8::/64 (2^64 addresses)\n"
    assert sillage("exclusions", "import", str(listed)).stderr == "network 198.51.100.8/31 (2 addresses)\n"


def test_a_list_with_an_error_is_not_imported(control, sillage, tmp_path):
    file = tmp_path / "list.txt"
    file.write_text("192.0.2.7\n192.0.2.256\n")
    result = sillage("exclusions", "import", str(file))

    assert result.exit_code == 2
    assert "line 2: '192.0.2.256' is not a network" in result.stderr
    assert rules.list_all(control) == []


def test_importing_an_export_changes_nothing(control, sillage, tmp_path):
    sites.add(control, "example.org", timezone="UTC", now=time.time())
    sillage("exclusions", "add", "--network", "192.0.2.0/24", "--note", 'the "office"', "--site", "example.org")
    sillage("exclusions", "add", "--home", "203.0.113.7", "--note", "home")
    sillage("exclusions", "add", "--path", "/a", "--note", "n", "--keep")
    file = tmp_path / "exported.toml"
    file.write_text(sillage("exclusions", "export").stdout)
    before = [it.rule for it in rules.list_all(control)]

    assert sillage("exclusions", "check", str(file)).stdout == f"{file} is valid: 3 rules.\n"
    assert sillage("exclusions", "import", str(file)).stdout == "Added 0 rules (3 already existed).\n"
    for number in (1, 2, 3):
        sillage("exclusions", "remove", str(number), "--yes")
    assert sillage("exclusions", "import", str(file)).stdout == "Added 3 rules.\n"
    assert [it.rule for it in rules.list_all(control)] == before


@pytest.mark.parametrize("command", ["check", "import"])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"[[rule]]\nnetwrok = '192.0.2.0/24'\n", "line 2: 'netwrok' is not a condition",
                     id="a slip"),
        pytest.param(b"\xff", "it is not UTF-8 text", id="no text"),
    ],
)  # fmt: skip
def test_an_error_in_a_file_names_its_line(control, sillage, tmp_path, command, content, sentence):
    file = tmp_path / "exclusions.toml"
    file.write_bytes(content)
    result = sillage("exclusions", command, str(file))

    assert result.exit_code == 2
    assert f"{file} is not valid: {sentence}" in result.stderr
    assert rules.list_all(control) == []


def test_the_hash_of_a_home_is_the_same_each_time_and_hides_the_address(sillage):
    one, again, other = (sillage("exclusions", "hash", it).stdout for it in ("192.0.2.7", "192.0.2.7", "192.0.2.8"))

    assert one == again != other
    assert one.startswith("home-")
    assert "192" not in one.removeprefix("home-")[:3]
    assert "'home' is not an address" in sillage("exclusions", "hash", "home").stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(("--ip", "192.0.2.7"),
                     "Not counted: exclusion 1 excludes it, office (network 192.0.2.0/24 (256 addresses)).",
                     id="kept out"),
        pytest.param(("--ip", "192.0.2.200"),
                     "Counted: exclusion 2 keeps it, lobby (network 192.0.2.128/25 (128 addresses)).",
                     id="kept in"),
        pytest.param(("--ip", "198.51.100.7"), "Counted: no rule matches.", id="nobody"),
        pytest.param(("--header", "X-Office=yes"),
                     "Not counted: exclusion 3 excludes it, proxy (header x-office: yes).", id="a header"),
        pytest.param(("--path", "/draft"), "Counted: no rule matches. Exclusion 4, in dry run, would exclude it.",
                     id="only tried"),
        pytest.param(("--host", "a.staging.example"), "Not counted: exclusion 5 excludes it, staging", id="a host"),
        pytest.param(("--country", "is"), "Not counted: exclusion 6 excludes it, Iceland (country IS).",
                     id="a country"),
        pytest.param(("--user-agent", "Googlebot/2.1"), "Not counted, but not because of a rule: bot_search.",
                     id="a bot"),
    ],
)  # fmt: skip
def test_a_visit_is_tested(control, sillage, words, sentence):
    sites.add(control, "example.org", timezone="UTC", now=time.time())
    for note, fields in {
        "office": {"network": "192.0.2.0/24"},
        "lobby": {"network": "192.0.2.128/25", "action": "keep"},
        "proxy": {"header": "X-Office: yes"},
        "drafts": {"path": "/draft", "mode": "dry-run"},
        "staging": {"page_host": "*.staging.example"},
        "Iceland": {"country": "IS"},
    }.items():
        rules.add(control, rules.read({**fields, "note": note}, site_id=None, now=0), who="a test", now=time.time())
    result = sillage("exclusions", "test", "--site", "example.org", *words)
    answer = json.loads(sillage("exclusions", "test", "--site", "example.org", *words, "--json").stdout)

    assert result.stdout.startswith(sentence)
    assert result.stdout.count("\n") == 7
    assert answer["counted"] == sentence.startswith("Counted")


def test_every_change_is_in_the_log(control, sillage):
    assert "No exclusion has been changed yet." in sillage("exclusions", "log").stderr
    sillage("exclusions", "add", "--home", "203.0.113.7", "--note", "home")
    sillage("exclusions", "edit", "1", "--dry-run")
    sillage("exclusions", "remove", "1", "--yes")
    rows = json.loads(sillage("exclusions", "log", "--json").stdout)

    assert [(row["who"], row["change"]) for row in rows] == [
        (audit.COMMAND_LINE, "Removed exclusion 1: exclude a home (home), in dry run."),
        (audit.COMMAND_LINE, "Set mode to dry-run: exclusion 1: exclude a home (home)."),
        (audit.COMMAND_LINE, "Added exclusion 1: exclude a home (home)."),
    ]
    assert "203.0.113.7" not in sillage("exclusions", "log").stdout
