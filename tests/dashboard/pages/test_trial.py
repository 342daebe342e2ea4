"""The page on which a visit is tried."""

import pytest

from schema.exclusions import rules
from tests.dashboard.desk import Page

PATH = "/example.org/settings/exclusions/test"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture
def tried(desk, site):
    """Give what says what becomes of a visit, with rules in force."""
    for note, fields in {
        "lobby": {"network": "192.0.2.128/25", "action": "keep"},
        "office": {"network": "192.0.2.0/24"},
        "proxy": {"header": "X-Office: yes"},
        "drafts": {"path": "/draft", "mode": "dry-run"},
    }.items():
        rules.add(desk.control, rules.read({**fields, "note": note}, site_id=None, now=0), who="a test")
    desk.rules.compile()

    def ask(**fields: str) -> Page:
        return Page(desk.post(PATH, **{"user_agent": FIREFOX} | fields).text)

    return ask


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param({"address": "192.0.2.7"}, "Not counted: the rule “office” (network 192.0.2.0/24) keeps it out.",
                     id="kept out"),
        pytest.param({"address": "192.0.2.200"}, "Counted: the rule “lobby” (network 192.0.2.128/25) says so.",
                     id="kept in"),
        pytest.param({"address": "198.51.100.7"}, "Counted: no rule is true of it.", id="nobody"),
        pytest.param({}, "Counted: no rule is true of it.", id="without an address"),
        pytest.param({"headers": "X-Other: 1\nx-office:  yes "}, "Not counted: the rule “proxy” (header x-office: yes)",
                     id="a header"),
        pytest.param({"path": "/draft"}, "The rule “drafts” (path /draft) would keep it out, but is only being tried.",
                     id="only tried"),
        pytest.param({"user_agent": "Googlebot/2.1"}, "Not counted, though no rule says so: search engines.",
                     id="a bot"),
    ],
)  # fmt: skip
def test_what_becomes_of_a_visit_is_told_in_a_sentence(tried, fields, sentence):
    assert sentence in tried(**fields).text


def test_every_rule_is_shown_in_its_turn(tried):
    text = tried(address="192.0.2.7", path="/draft").text

    assert "“lobby” (network 192.0.2.128/25) No “office” (network 192.0.2.0/24) Yes" in text
    assert "“proxy” (header x-office: yes) No “drafts” (path /draft) Yes" in text


def test_what_is_no_address_is_said_and_what_was_typed_stays(tried):
    page = tried(address="the <office>", path="/draft")

    assert "'the <office>' is not an address: write it as in 192.0.2.7 or 2001:db8::7" in page.text
    assert page.attributes("input", name="address", value="the <office>")
    assert page.attributes("input", name="path", value="/draft")


def test_the_form_begins_with_ones_own_browser(desk, site):
    desk.client.headers["user-agent"] = "Own/1"

    assert desk.page(PATH).attributes("input", name="user_agent", value="Own/1")
