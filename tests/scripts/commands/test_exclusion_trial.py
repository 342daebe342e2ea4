import json
import time

import pytest

from schema.sites import sites


@pytest.fixture
def try_hit(control, sillage):
    """Return a function that tries a hit and returns the JSON of the result."""
    sites.add(control, "example.org", timezone="UTC", now=time.time())
    sillage("exclusions", "add", "--network", "192.0.2.0/24", "--note", "office")
    sillage("exclusions", "add", "--path", "/admin", "--note", "back office")

    def run(*words: str):
        return json.loads(sillage("exclusions", "test", "--site", "example.org", "--json", *words).stdout)

    return run


@pytest.mark.parametrize(
    ("words", "excluded_by"),
    [
        pytest.param(("--ip", "192.0.2.7"), 1, id="an address of the network"),
        pytest.param(("--path", "/admin"), 2, id="the path"),
        pytest.param(("--ip", "198.51.100.7"), None, id="another address"),
        pytest.param((), None, id="nothing"),
    ],
)
def test_the_rule_that_excludes_a_hit_is_reported(try_hit, words, excluded_by):
    result = try_hit(*words)

    assert (excluded_by is None, excluded_by) == (result["counted"], result["excluded_by"])
    assert [1, 2] == [rule["id"] for rule in result["rules"]]


def test_a_bot_is_not_counted_though_no_rule_excludes_it(try_hit):
    result = try_hit("--user-agent", "Mozilla/5.0 (compatible; Googlebot/2.1)")

    assert (False, None, "bot_search") == (result["counted"], result["excluded_by"], result["reason"])


def test_people_read_a_sentence_and_a_line_for_each_rule(try_hit, sillage):
    sentence, *lines = sillage("exclusions", "test", "--site", "example.org", "--ip", "192.0.2.7").stdout.splitlines()

    assert "office" in sentence
    assert ["yes", "no"] == [line.split()[0] for line in lines]


def test_a_text_that_is_not_an_address_is_rejected(try_hit, sillage):
    assert 2 == sillage("exclusions", "test", "--site", "example.org", "--ip", "office").exit_code
