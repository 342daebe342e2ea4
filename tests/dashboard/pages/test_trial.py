"""The page to test a visit."""

import time

import pytest

from schema.exclusions import rules
from tests.dashboard.desk import Page

PATH = "/example.org/settings/exclusions/test"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture
def tried(desk, site):
    """Return a function that tests a visit against the rules in force."""
    for note, fields in {
        "lobby": {"network": "192.0.2.128/25", "action": "keep"},
        "office": {"network": "192.0.2.0/24"},
        "proxy": {"header": "X-Office: yes"},
        "drafts": {"path": "/draft", "mode": "dry-run"},
    }.items():
        rules.add(
            desk.control, rules.read({**fields, "note": note}, site_id=None, now=0), who="a test", now=time.time()
        )
    desk.rules.compile()

    def ask(**fields: str) -> Page:
        return Page(desk.post(PATH, **{"user_agent": FIREFOX} | fields).text)

    return ask


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param({"address": "192.0.2.7"},
                     "Not counted: the rule “office” (network 192.0.2.0/24 (256 addresses)) excludes it.",
                     id="kept out"),
        pytest.param({"address": "192.0.2.200"},
                     "Counted: the rule “lobby” (network 192.0.2.128/25 (128 addresses)) keeps it.",
                     id="kept in"),
        pytest.param({"address": "198.51.100.7"}, "Counted: no rule matches.", id="nobody"),
        pytest.param({}, "Counted: no rule matches.", id="without an address"),
        pytest.param({"headers": "X-Other: 1\nx-office:  yes "}, "Not counted: the rule “proxy” (header x-office: yes)",
                     id="a header"),
        pytest.param({"path": "/draft"}, "The rule “drafts” (path /draft), in dry run, would exclude it.",
                     id="only tried"),
        pytest.param({"user_agent": "Googlebot/2.1"}, "Not counted, but not because of a rule: search engines.",
                     id="a bot"),
    ],
)  # fmt: skip
def test_the_result_for_a_visit_is_one_sentence(tried, fields, sentence):
    assert sentence in tried(**fields).text


def test_all_rules_are_shown_in_order(tried):
    text = tried(address="192.0.2.7", path="/draft").text

    assert (
        "“lobby” (network 192.0.2.128/25 (128 addresses)) No “office” (network 192.0.2.0/24 (256 addresses)) Yes"
        in text
    )
    assert "“proxy” (header x-office: yes) No “drafts” (path /draft) Yes" in text


def test_an_invalid_address_is_reported_and_the_input_stays(tried):
    page = tried(address="the <office>", path="/draft")

    assert "'the <office>' is not an address: write it as in 192.0.2.7 or 2001:db8::7" in page.text
    assert page.attributes("input", name="address", value="the <office>")
    assert page.attributes("input", name="path", value="/draft")


def test_the_form_starts_with_the_own_user_agent(desk, site):
    desk.client.headers["user-agent"] = "Own/1"

    assert desk.page(PATH).attributes("input", name="user_agent", value="Own/1")
