import json

import pytest

from schema import condition, exclusions, sites


def test_an_exclusion_is_for_every_site_unless_one_is_named(control, sillage):
    site = sites.add(control, "example.org", timezone="UTC")

    everywhere = sillage("exclusions", "add", "--network", "192.0.2.9/24", "--note", "office")
    one_site = sillage("exclusions", "add", "--network", "2001:db8::1", "--site", "www.example.org", "--note", "home")

    assert everywhere.stdout == "Exclusion 1: hits of network 192.0.2.0/24 are not counted on any site.\n"
    assert one_site.stdout == "Exclusion 2: hits of network 2001:db8::/64 are not counted on example.org.\n"
    assert [
        (condition.described(it.rule.condition), it.site_id, it.rule.note) for it in exclusions.list_all(control)
    ] == [
        ("network 192.0.2.0/24", None, "office"),
        ("network 2001:db8::/64", site.id, "home"),
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
            "sillage: 0.0.0.0/0 covers everybody: nothing would be counted any more\n",
            id="everybody",
        ),
        pytest.param(
            ("add", "--network", "192.0.2.0/24", "--site", "example.org", "--note", "x"),
            "sillage: example.org is not a site here: `sillage sites list` shows them\n",
            id="a site that is none",
        ),
        pytest.param(
            ("remove", "7", "--yes"),
            "sillage: there is no exclusion 7: `sillage exclusions list` shows them\n",
            id="removing what is not there",
        ),
    ],
)
def test_what_can_not_be_is_one_sentence_and_exit_code_2(sillage, words, sentence):
    result = sillage("exclusions", *words)

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", sentence)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(("--note", "office"), "say which hits are meant: --network,", id="no condition"),
        pytest.param(("--network", "192.0.2.0/24"), "Missing option '--note'", id="no note"),
    ],
)
def test_a_condition_and_a_note_are_needed(sillage, words, sentence):
    result = sillage("exclusions", "add", *words)

    assert result.exit_code == 2
    assert sentence in result.stderr


def test_exclusions_are_listed_with_their_numbers(control, sillage):
    site = sites.add(control, "example.org", timezone="UTC")
    exclusions.add(control, exclusions.network("192.0.2.0/24", site_id=None, note="office"), who="a test")
    exclusions.add(control, exclusions.network("198.51.100.7", site_id=site.id, note="home"), who="a test")

    table = sillage("exclusions", "list").stdout
    rows = json.loads(sillage("exclusions", "list", "--json").stdout)

    assert table.splitlines() == [
        "ID  RULE                     SITE         STATE  NOTE    OWNER  UNTIL  LINE",
        "1   network 192.0.2.0/24     -            on     office         -      -",
        "2   network 198.51.100.7/32  example.org  on     home           -      -",
    ]
    plain = {"state": "on", "owner": "", "until": None, "line": None}
    assert rows == [
        plain | {"id": 1, "rule": "network 192.0.2.0/24", "site": None, "note": "office"},
        plain | {"id": 2, "rule": "network 198.51.100.7/32", "site": "example.org", "note": "home"},
    ]


def test_the_rules_of_a_removed_site_are_not_listed(control, sillage):
    site = sites.add(control, "example.org", timezone="UTC")
    exclusions.add(control, exclusions.network("192.0.2.0/24", site_id=site.id, note="office"), who="a test")
    sites.remove(control, "example.org")

    assert sillage("exclusions", "list").stdout == ""


@pytest.mark.parametrize(
    ("words", "answer", "left"),
    [
        pytest.param((), "y\n", [2], id="confirmed"),
        pytest.param((), "n\n", [1, 2], id="declined"),
        pytest.param(("--yes",), "", [2], id="not asked"),
    ],
)
def test_an_exclusion_is_removed_once_that_is_confirmed(control, sillage, words, answer, left):
    exclusions.add(control, exclusions.network("192.0.2.0/24", site_id=None, note="office"), who="a test")
    exclusions.add(control, exclusions.network("198.51.100.0/24", site_id=None, note="agency"), who="a test")

    sillage("exclusions", "remove", "1", *words, answer=answer)

    assert [rule.id for rule in exclusions.list_all(control)] == left
