from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from schema.privacy.audits import State
from scripts.audit import profile
from tests.factories import an_event, store
from tests.scripts.audit.subjects import EXEMPT, STANDARD, a_process, a_subject, asking

TODAY = "2026-03-10 11:00"
ALLOWED = {"country": "FR", "region": "FR-IDF", "browser": "Firefox", "browser_version": "145", "device": "Desktop"}
EXCESSES = [
    pytest.param({"time": "2026-03-08 11:00"}, "rows of closed days", id="a closed day"),
    pytest.param({"utm_source": "letter"}, "campaigns", id="a campaign"),
    pytest.param({"click_id_param": "gclid"}, "campaigns", id="the name of a click identifier"),
    pytest.param({"source": "Google"}, "sources", id="a source"),
    pytest.param({"city": 2_988_507}, "cities", id="a city by number"),
    pytest.param({"city_name": "Paris"}, "cities", id="a city by name"),
    pytest.param({"props": {"plan": "b"}}, "properties", id="a property"),
    pytest.param({"revenue_amount": Decimal(9), "revenue_currency": "EUR"}, "revenue", id="revenue"),
    pytest.param({"name": "Signup"}, "undeclared events", id="an undeclared event"),
    pytest.param({"browser_version": "145.0"}, "full versions", id="a minor version"),
]


def stored(tmp_path, database, site, **changes):
    store(database, [an_event(**{"time": TODAY, "site_id": site.id, **ALLOWED, **changes})])
    return profile.stores_no_more(a_subject(tmp_path, ask=asking(database, STANDARD, site), sites=[STANDARD, site]))


def test_what_the_profile_allows_is_green(tmp_path, database):
    assert State.GREEN is stored(tmp_path, database, EXEMPT).state


@pytest.mark.parametrize(("changes", "what"), EXCESSES)
def test_more_than_that_is_red(tmp_path, database, changes, what):
    finding = stored(tmp_path, database, EXEMPT, **changes)

    assert State.RED is finding.state
    assert what in str(finding.sentence)


@pytest.mark.parametrize(("changes", "what"), EXCESSES)
def test_a_standard_site_may_store_it(tmp_path, database, changes, what):
    assert State.GREEN is stored(tmp_path, database, STANDARD, **changes).state


@pytest.mark.parametrize(
    ("referrer", "state"),
    [
        ("duckduckgo.com", State.GREEN),
        ("android-app://org.example", State.GREEN),
        ("duckduckgo.com/search", State.RED),
    ],
)
def test_with_the_switch_the_host_of_a_referrer_is_allowed(tmp_path, database, referrer, state):
    site = replace(EXEMPT, privacy=msgspec.structs.replace(EXEMPT.privacy, shows_acquisition=True))

    assert state is stored(tmp_path, database, site, referrer=referrer, source="DuckDuckGo").state


def test_a_declared_event_is_allowed_and_listed(tmp_path, database):
    site = replace(EXEMPT, privacy=msgspec.structs.replace(EXEMPT.privacy, declared_events=("Signup",)))

    assert State.GREEN is stored(tmp_path, database, site, name="Signup").state
    assert "exempt.example: Signup" in str(profile.lists_declared_events(a_subject(tmp_path, sites=[site])).sentence)
    assert "No exempt site" in str(profile.lists_declared_events(a_subject(tmp_path)).sentence)


@pytest.mark.parametrize(
    ("figures", "state"), [([0, 10, 250], State.GREEN), ([0, 10, 251], State.RED)], ids=["rounded", "exact"]
)
def test_figures_of_exempt_sites_must_be_rounded(tmp_path, figures, state):
    changes = {"process": a_process(), "figures": lambda _site: figures}

    assert state is profile.rounds_to_ten(a_subject(tmp_path, **changes)).state
    assert State.GREEN is profile.rounds_to_ten(a_subject(tmp_path, sites=[STANDARD], **changes)).state
    assert State.YELLOW is profile.rounds_to_ten(a_subject(tmp_path)).state
