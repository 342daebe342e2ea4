"""What papers are made from, and the hash of the configuration."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from dashboard.papers import facts
from dashboard.papers.facts import Facts, Installation
from schema.people import users
from schema.privacy.profile import Privacy
from schema.sites.sites import Site
from schema.stores.control import Control

NOW = 1_790_000_000
SITE = Site(1, "bücher.example/blog", "Europe/Paris", 761)
INSTALLATION = Installation(base_url="https://stats.example", version="1", settings={"log_level": "warning"})
FACTS = Facts(site=SITE, installation=INSTALLATION, people=2, today=date(2026, 11, 30))


def test_visitors_opt_out_on_the_site_s_own_domain() -> None:
    assert FACTS.opt_out_url == "https://xn--bcher-kva.example/api/event/opt-out"


def test_the_public_page_is_on_this_server() -> None:
    assert FACTS.public_url == "https://stats.example/privacy/bücher.example/blog"


def test_the_same_configuration_has_the_same_hash() -> None:
    assert FACTS.hash == replace(FACTS, today=date(2027, 1, 1), people=3).hash
    assert len(FACTS.hash) == 16


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(replace(FACTS, site=replace(SITE, privacy=Privacy(retention_months=6))), id="retention"),
        pytest.param(replace(FACTS, site=replace(SITE, privacy=Privacy(honors_gpc=True))), id="signals"),
        pytest.param(replace(FACTS, site=replace(SITE, timezone="UTC")), id="time zone"),
        pytest.param(replace(FACTS, installation=replace(INSTALLATION, version="2")), id="version"),
        pytest.param(
            replace(FACTS, installation=replace(INSTALLATION, settings={"log_level": "debug"})), id="settings"
        ),
    ],
)
def test_a_change_of_the_configuration_changes_the_hash(changed: Facts) -> None:
    assert FACTS.hash != changed.hash


def test_the_facts_of_a_site_are_those_of_its_day(control: Control) -> None:
    users.add(control, "ana@example.org", now=NOW)
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC).timestamp()
    facts_then = facts.of_site(control, SITE, INSTALLATION, now=late)

    assert (1, date(2026, 12, 1)) == (facts_then.people, facts_then.today)
