import time

import pytest

from schema.exclusions import audit
from schema.sites import sites

OF_SITE = ("--site", "example.org")


@pytest.fixture
def site(control):
    return sites.add(control, "example.org", timezone="UTC", now=time.time())


def test_rules_are_added_listed_and_removed(control, site, sillage):
    empty = sillage("paths", "list", *OF_SITE).stderr
    added = sillage("paths", "add", *OF_SITE, "/order/**", "/order/*/").stdout
    table = sillage("paths", "list", *OF_SITE).stdout
    removed = sillage("paths", "remove", *OF_SITE, "/order/**").stdout
    merged = sillage("paths", "slashes", *OF_SITE, "--merge").stdout
    changed = sites.by_id(control, site.id, now=time.time())

    assert empty == "example.org has no path rules.\n"
    assert added == "example.org now stores /order/**, /order/* as one page each.\n"
    assert table.splitlines() == ["PATTERN", "/order/*", "/order/**"]
    assert removed == "example.org no longer has the path rules /order/**.\n"
    assert merged == "example.org now stores /page/ as /page.\n"
    assert changed is not None
    assert (changed.path_rules.patterns, changed.path_rules.merges_slashes) == (("/order/*",), True)
    assert "Removed the path rule /order/**." in [
        entry.change for entry in audit.latest(control, 9, site_id=site.id, topic=audit.SETTINGS)
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(
            ("add", *OF_SITE, "/order"), "'/order' is not a path rule: enter a path with a *", id="no pattern"
        ),
        pytest.param(("remove", *OF_SITE, "/order/*"), "the site has no path rule /order/*", id="no rule"),
    ],
)
def test_what_can_not_be_is_one_sentence_and_exit_code_2(site, sillage, words, sentence):
    result = sillage("paths", *words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
