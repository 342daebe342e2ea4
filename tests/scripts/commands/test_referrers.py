import time

import pytest

from schema.sites import sites, spam_referrers

OF_SITE = ("--site", "example.org")


@pytest.fixture
def site(control):
    return sites.add(control, "example.org", timezone="UTC", now=time.time())


def test_spam_referrers_are_added_listed_and_removed(control, sillage):
    empty = sillage("referrers", "spam", "list").stderr
    added = sillage("referrers", "spam", "add", "WWW.Spam.example", "xn--mller-kva.example")
    table = sillage("referrers", "spam", "list").stdout
    removed = sillage("referrers", "spam", "remove", "spam.example")

    assert empty == "The list is unchanged. `sillage referrers spam add DOMAIN` adds a domain.\n"
    assert added.stdout.splitlines() == [
        "Hits from spam.example are now dropped.",
        "Hits from müller.example are now dropped.",
    ]
    assert [line.split() for line in table.splitlines()] == [
        ["DOMAIN", "STATE"],
        ["müller.example", "added"],
        ["spam.example", "added"],
    ]
    assert removed.stdout == "Hits from spam.example are now counted.\n"
    assert spam_referrers.list_all(control) == {"müller.example": True}


def test_a_domain_of_the_built_in_list_can_be_removed(control, sillage):
    removed = sillage("referrers", "spam", "remove", "semalt.com")
    again = sillage("referrers", "spam", "add", "semalt.com")

    assert (removed.exit_code, again.exit_code) == (0, 0)
    assert spam_referrers.list_all(control) == {"semalt.com": True}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(
            ("spam", "add", "https://spam.example"),
            "sillage: 'https://spam.example' is not a domain: write it as in spam.example\n",
            id="a url",
        ),
        pytest.param(
            ("spam", "add", "com"), "sillage: 'com' is not a domain: write it as in spam.example\n", id="a top level"
        ),
        pytest.param(
            ("spam", "remove", "good.example"),
            "sillage: good.example is not in the list of spam referrers\n",
            id="a domain that is not listed",
        ),
        pytest.param(
            ("ignore", "add", *OF_SITE, "*"),
            "sillage: '*' is not a referrer: write it as in paypal.com, *.example.org or example.org/checkout\n",
            id="every referrer",
        ),
        pytest.param(
            ("ignore", "remove", *OF_SITE, "paypal.com"),
            "sillage: example.org does not ignore the referrer paypal.com\n",
            id="a referrer that is not ignored",
        ),
    ],
)
def test_what_can_not_be_is_one_sentence_and_exit_code_2(control, site, sillage, words, sentence):
    result = sillage("referrers", *words)

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", sentence)
    assert spam_referrers.list_all(control) == {}


def test_ignored_referrers_are_added_listed_and_removed(control, site, sillage):
    empty = sillage("referrers", "ignore", "list", *OF_SITE).stderr
    added = sillage("referrers", "ignore", "add", *OF_SITE, "www.PayPal.com", "bank.example/3ds").stdout
    table = sillage("referrers", "ignore", "list", *OF_SITE).stdout
    removed = sillage("referrers", "ignore", "remove", *OF_SITE, "paypal.com").stdout
    changed = sites.by_id(control, site.id, now=time.time())

    assert empty == "example.org ignores no referrer.\n"
    assert added == "example.org now ignores the referrer paypal.com, bank.example/3ds.\n"
    assert table.splitlines() == ["REFERRER", "bank.example/3ds", "paypal.com"]
    assert removed == "example.org no longer ignores the referrer paypal.com.\n"
    assert changed is not None
    assert changed.ignored_referrers == ("bank.example/3ds",)
