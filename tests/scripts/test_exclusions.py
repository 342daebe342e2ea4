import json

import pytest

from schema import exclusions, sites


def test_an_exclusion_is_for_every_site_unless_one_is_named(control, sillage):
    site = sites.add(control, "example.org", timezone="UTC")

    everywhere = sillage("exclusions", "add", "--network", "192.0.2.9/24", "--note", "office")
    one_site = sillage("exclusions", "add", "--network", "2001:db8::1", "--site", "www.example.org", "--note", "home")

    assert everywhere.stdout == "Exclusion 1: hits from 192.0.2.0/24 are not counted on any site.\n"
    assert one_site.stdout == "Exclusion 2: hits from 2001:db8::/64 are not counted on example.org.\n"
    assert [(rule.network, rule.site_id, rule.note) for rule in exclusions.list_all(control)] == [
        ("192.0.2.0/24", None, "office"),
        ("2001:db8::/64", site.id, "home"),
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


@pytest.mark.parametrize("missing", ["--network", "--note"])
def test_a_network_and_a_note_are_needed(sillage, missing):
    given = {"--network": "192.0.2.0/24", "--note": "office"}
    del given[missing]

    result = sillage("exclusions", "add", *(word for pair in given.items() for word in pair))

    assert result.exit_code == 2
    assert f"Missing option '{missing}'" in result.stderr


def test_exclusions_are_listed_with_their_numbers(control, sillage):
    site = sites.add(control, "example.org", timezone="UTC")
    exclusions.add(control, "192.0.2.0/24", site_id=None, note="office")
    exclusions.add(control, "198.51.100.7", site_id=site.id, note="home")

    table = sillage("exclusions", "list").stdout
    rows = json.loads(sillage("exclusions", "list", "--json").stdout)

    assert table.splitlines() == [
        "ID  NETWORK          SITE         NOTE",
        "1   192.0.2.0/24     -            office",
        "2   198.51.100.7/32  example.org  home",
    ]
    assert rows == [
        {"id": 1, "network": "192.0.2.0/24", "site": None, "note": "office"},
        {"id": 2, "network": "198.51.100.7/32", "site": "example.org", "note": "home"},
    ]


def test_the_rules_of_a_removed_site_are_not_listed(control, sillage):
    site = sites.add(control, "example.org", timezone="UTC")
    exclusions.add(control, "192.0.2.0/24", site_id=site.id, note="office")
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
    exclusions.add(control, "192.0.2.0/24", site_id=None, note="office")
    exclusions.add(control, "198.51.100.0/24", site_id=None, note="agency")

    sillage("exclusions", "remove", "1", *words, answer=answer)

    assert [rule.id for rule in exclusions.list_all(control)] == left
