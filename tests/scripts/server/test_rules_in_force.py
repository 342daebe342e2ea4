import time
from pathlib import Path

import pytest

from ingest.enrich.place import Places
from ingest.gates.recent_hits import RecentHits
from schema.exclusions import rules as exclusions
from schema.sites import sites
from schema.stores.control import Control
from scripts.server.rules_in_force import RulesInForce

DAY_S = 86_400


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def recent_hits() -> RecentHits:
    return RecentHits()


@pytest.fixture
def rules(control: Control, tmp_path: Path, clock: Clock, recent_hits: RecentHits) -> RulesInForce:
    return RulesInForce(
        control,
        data_dir=tmp_path,
        file=tmp_path / "exclusions.toml",
        places=Places(),
        recent_hits=recent_hits,
        max_share=0.3,
        clock=clock,
        look_up=lambda _name: [f"192.0.2.{clock.now // DAY_S:.0f}"],
    )


def test_rules_are_compiled_again_only_after_a_change(control, rules, clock):
    office = exclusions.add(control, exclusions.network("192.0.2.0/24"), who="a test", now=time.time())
    exclusions.add(
        control,
        exclusions.read({"host_name": "home.example.org", "expires": "1970-01-03"}, site_id=None, now=0),
        who="a test",
        now=time.time(),
    )
    first = rules.compile()

    sites.add(control, "example.org", timezone="UTC", now=time.time())
    assert rules.compile() is first

    assert rules.refresh_names()
    named = rules.compile()
    assert named is not first

    exclusions.change(control, office.id, {"mode": "dry-run"}, who="a test", now=clock.now)
    tried = rules.compile()
    assert tried is not named

    clock.now = 3 * DAY_S
    assert [found.id for found in rules.compile().rules] == [office.id]


def test_a_rule_of_the_file_that_excludes_many_hits_is_confirmed_once(control, rules, clock, recent_hits, tmp_path):
    file, small = tmp_path / "exclusions.toml", "[[rule]]\npath = '/small'\n"
    office = "[[rule]]\nnetwork = '192.0.2.0/24'\n"

    def described() -> list[str]:
        clock.now += DAY_S
        rules.follow_file()
        return [found.described for found in exclusions.list_all(control)]

    for number in range(100):
        recent_hits.note(1, bytes([192, 0, 2, number]), user_agent="Firefox", page_host="example.org", path="/")
    file.write_text(office + small)
    assert described() == []
    (problem,) = map(str, rules.problems)
    assert "line 1: this rule would have excluded about 100 % of the last day's hits" in problem
    assert "add confirmed = true" in problem

    file.write_text(f"{office}confirmed = true\n{small}")
    assert described() == ["network 192.0.2.0/24 (256 addresses)", "path /small"]
    assert rules.problems == []

    file.write_text(office)
    assert described() == ["network 192.0.2.0/24 (256 addresses)"]
