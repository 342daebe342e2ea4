import pytest

from ingest.gates import explain
from ingest.gates.exclusions import Exclusions
from schema.exclusions.matchers import ExclusionError
from schema.exclusions.rules import RuleMode
from schema.exclusions.what_if import Trial, TrialResult
from tests.factories import an_exclusion

KEY = b"k" * 32
ANSWERS = {"home.example.org": ["203.0.113.9/32"]}
PARIS = "198.51.100.7"
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
OFFICE = an_exclusion({"network": "192.0.2.0/24"}, rule_id=1)
TRIED = an_exclusion({"path": "/admin"}, rule_id=2, mode=RuleMode.DRY_RUN)
KEPT = an_exclusion({"user_agent": "monitor", "action": "keep"}, rule_id=3)


def found(*rules, **trial) -> TrialResult:
    exclusions = Exclusions(rules, answers=ANSWERS, home_key=KEY)
    return explain.simulate(Trial(1, **trial), exclusions, country_of=lambda _address: "FR")


def test_the_rule_that_excludes_a_hit_is_named():
    finding = found(OFFICE, TRIED, address="192.0.2.7")

    assert (OFFICE, "excluded") == (finding.excluded_by, finding.drop_reason)


def test_a_hit_that_no_rule_matches_is_counted():
    finding = found(OFFICE, TRIED, address=PARIS)

    assert (None, None) == (finding.excluded_by, finding.drop_reason)


def test_a_rule_in_dry_run_is_named_and_excludes_nothing():
    finding = found(OFFICE, TRIED, address=PARIS, path="/admin")

    assert (TRIED, None) == (finding.would_be_by, finding.drop_reason)


@pytest.mark.parametrize(
    ("rules", "is_bot"),
    [
        pytest.param([], True, id="no rule"),
        pytest.param([an_exclusion({"country": "FR"})], False, id="a rule comes first"),
    ],
)
def test_a_bot_is_not_counted_though_no_rule_excludes_it(rules, is_bot):
    finding = found(*rules, address=PARIS, user_agent=BOT)

    assert is_bot == (finding.drop_reason == "bot_search")


def test_every_rule_of_the_site_is_a_step_in_order():
    other = an_exclusion({"network": "192.0.2.0/24"}, rule_id=9, site_id=2)

    steps = found(OFFICE, TRIED, other, address="192.0.2.7").steps

    assert [(OFFICE, True), (TRIED, False)] == [(step.exclusion, step.matches) for step in steps]


@pytest.mark.parametrize(
    ("trial", "country"),
    [
        pytest.param({"address": PARIS}, "FR", id="that of the address"),
        pytest.param({"address": PARIS, "country": "be"}, "BE", id="the one to try"),
        pytest.param({}, "", id="none without an address"),
    ],
)
def test_rules_see_the_country_of_the_address_unless_another_is_tried(trial, country):
    assert country == found(**trial).country


def test_a_text_that_is_not_an_address_is_rejected():
    with pytest.raises(ExclusionError, match=r"198\.51\.100\.700"):
        found(address="198.51.100.700")


@pytest.mark.parametrize(
    ("referrer", "is_excluded"),
    [
        pytest.param("https://www.Spam.example/a?b", True, id="the referrer of the rule"),
        pytest.param("https://good.example/spam.example", False, id="another"),
        pytest.param("", False, id="none"),
    ],
)
def test_the_referrer_is_compared_as_a_page(referrer, is_excluded):
    rule = an_exclusion({"referrer": "spam.example"})

    assert is_excluded is (found(rule, referrer=referrer).excluded_by == rule)


def test_the_page_host_is_compared_without_www_and_headers_by_lower_case_names():
    rule = an_exclusion({"page_host": "staging.example.org", "header": "X-Staff: yes"})

    assert found(rule, page_host="WWW.staging.example.org", headers={"x-STAFF": " yes "}).excluded_by == rule
    assert found(rule, page_host="example.org", headers={"x-staff": "yes"}).excluded_by is None
