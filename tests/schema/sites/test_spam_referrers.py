import pytest

from schema.sites import spam_referrers
from schema.sites.spam_referrers import SpamReferrerError

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        pytest.param("spam.example", "spam.example", id="a domain"),
        pytest.param(" WWW.Spam.example. ", "spam.example", id="with www, capitals and a final dot"),
        pytest.param("xn--mller-kva.example", "müller.example", id="an international domain, encoded"),
        pytest.param("a.spam.example", "a.spam.example", id="a subdomain"),
    ],
)
def test_a_domain_is_stored_in_its_normal_form(control, text, domain):
    assert domain == spam_referrers.put(control, text, is_spam=True, now=NOW)
    assert {domain: True} == spam_referrers.list_all(control)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("com", id="a top level"),
        pytest.param("https://spam.example", id="a url"),
        pytest.param("spam.example/buy", id="a page"),
        pytest.param("*.spam.example", id="a pattern"),
        pytest.param("spam example.org", id="white space"),
        pytest.param("[2001:db8::1]", id="an IPv6 address"),
    ],
)
def test_other_text_is_rejected_and_changes_nothing(control, text):
    spam_referrers.put(control, "spam.example", is_spam=True, now=NOW)

    for change in (
        lambda: spam_referrers.put(control, text, is_spam=False, now=NOW),
        lambda: spam_referrers.forget(control, text),
    ):
        with pytest.raises(SpamReferrerError, match=r"is not a domain: write it as in spam\.example"):
            change()
    assert {"spam.example": True} == spam_referrers.list_all(control)


def test_the_last_change_of_a_domain_counts(control):
    spam_referrers.put(control, "spam.example", is_spam=True, now=NOW)
    spam_referrers.put(control, "www.spam.example", is_spam=False, now=NOW + 1)

    assert {"spam.example": False} == spam_referrers.list_all(control)


def test_domains_are_sorted(control):
    for domain in ("c.example", "a.example", "b.example"):
        spam_referrers.put(control, domain, is_spam=True, now=NOW)

    assert ["a.example", "b.example", "c.example"] == list(spam_referrers.list_all(control))


@pytest.mark.parametrize(
    ("changes", "was_added"),
    [
        pytest.param({"spam.example": True}, True, id="an added domain"),
        pytest.param({"spam.example": False}, False, id="a domain that was taken out"),
        pytest.param({}, False, id="a domain without a change"),
        pytest.param({"other.example": True}, False, id="another domain was added"),
    ],
)
def test_a_forgotten_domain_follows_the_built_in_list(control, changes, was_added):
    for domain, is_spam in changes.items():
        spam_referrers.put(control, domain, is_spam=is_spam, now=NOW)

    assert was_added is spam_referrers.forget(control, "WWW.spam.example")
    assert changes.keys() - {"spam.example"} == spam_referrers.list_all(control).keys()
