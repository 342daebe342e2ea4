"""P6: a hit with Global Privacy Control or Do Not Track changes nothing but one daily counter, where a site obeys."""

from dataclasses import replace
from pathlib import Path

import httpx2
import msgspec
import pytest

from ingest.enrich.place import Places
from ingest.gates.exclusions import Exclusions
from ingest.gates.rate_limit import RateLimits
from ingest.gates.recent_hits import RecentHits
from ingest.hit import Hit
from ingest.outcome import Dropped, Reason
from ingest.pipeline import Pipeline
from ingest.request.signals import Signals
from ingest.storage.drop_counts import Tally
from ingest.visits.live_visits import Visits
from ingest.visits.salts import Salts
from schema.exclusions import rules as exclusions
from schema.exclusions.rules import RuleMode
from schema.privacy.profile import EXEMPT, Privacy
from schema.sites import keys, sites
from schema.stores.control import Control
from schema.stores.database import Database
from tests.factories import an_exclusion
from tests.ingest.test_pipeline import GOOGLEBOT, NOON, SITE, a_hit, an_engagement, sent_with
from tests.server import Server

GPC, DNT, BOTH = Signals(has_gpc=True), Signals(has_dnt=True), Signals(has_gpc=True, has_dnt=True)
IS_EXEMPT = Privacy(profile=EXEMPT, retention_months=13)
EXEMPT_WITH_DNT = msgspec.structs.replace(IS_EXEMPT, honors_dnt=True)


class Observed:
    """A pipeline with everything that a hit could change."""

    def __init__(self, privacy: Privacy) -> None:
        self.tally, self.visits, self.recent_hits = Tally(), Visits(), RecentHits()
        self.pipeline = Pipeline(
            salts=Salts(None),
            visits=self.visits,
            places=Places(),
            limits=RateLimits(client_per_minute=1, site_per_minute=1),
            tally=self.tally,
            recent_hits=self.recent_hits,
        )
        rules = (
            an_exclusion({"path": "/office"}, rule_id=5),
            an_exclusion({"network": "198.51.100.0/24"}, rule_id=6, mode=RuleMode.DRY_RUN),
        )
        self.pipeline.apply([replace(SITE, privacy=privacy)], Exclusions(rules))

    def admit(self, hit: Hit) -> object:
        return self.pipeline.admit(hit, domain="example.org", now=NOON)


@pytest.mark.parametrize(
    ("privacy", "signals", "reason"),
    [
        pytest.param(IS_EXEMPT, GPC, Reason.GPC, id="exempt always obeys GPC"),
        pytest.param(IS_EXEMPT, DNT, None, id="exempt without the setting for DNT"),
        pytest.param(EXEMPT_WITH_DNT, DNT, Reason.DNT, id="exempt with it"),
        pytest.param(EXEMPT_WITH_DNT, BOTH, Reason.GPC, id="both, counted once"),
        pytest.param(Privacy(), GPC, None, id="standard, GPC is off by default"),
        pytest.param(Privacy(), BOTH, None, id="standard, both are off by default"),
        pytest.param(Privacy(honors_gpc=True), GPC, Reason.GPC, id="standard with GPC"),
        pytest.param(Privacy(honors_gpc=True), DNT, None, id="standard with GPC only"),
        pytest.param(Privacy(honors_dnt=True), DNT, Reason.DNT, id="standard with DNT"),
        pytest.param(Privacy(honors_dnt=True), BOTH, Reason.DNT, id="standard with DNT, both sent"),
        pytest.param(EXEMPT_WITH_DNT, Signals(), None, id="no signal"),
    ],
)
def test_the_settings_of_the_site_decide(privacy, signals, reason):
    outcome = Observed(privacy).admit(sent_with(a_hit(), signals=signals))

    assert outcome == Dropped(reason, SITE.id) if reason else not isinstance(outcome, Dropped)


@pytest.mark.parametrize(
    "hit",
    [
        pytest.param(a_hit(), id="a page view"),
        pytest.param(a_hit("/office"), id="of a colleague"),
        pytest.param(a_hit(user_agent=GOOGLEBOT), id="of a bot"),
    ],
)
def test_such_a_hit_changes_nothing_but_its_counter(hit):
    observed = Observed(IS_EXEMPT)
    outcomes = {observed.admit(sent_with(hit, signals=GPC)) for _ in range(200)}

    assert {Dropped(Reason.GPC, SITE.id)} == outcomes
    assert [] == observed.tally.take(), "no rule is counted, not even one in dry run"
    assert 0 == len(observed.visits)
    network = exclusions.network("198.51.100.0/24")
    assert observed.recent_hits.share(network, answers={}, country_of=lambda _: "") is None
    assert not isinstance(observed.admit(a_hit()), Dropped), "the limits have not moved either"


def test_the_counter_of_page_views_counts_page_views_only():
    observed = Observed(IS_EXEMPT)
    outcomes = [observed.admit(sent_with(hit, signals=GPC)) for hit in (a_hit(), an_engagement(), a_hit(n="Signup"))]

    assert [Dropped(reason, SITE.id) for reason in (Reason.GPC, Reason.SIGNAL_EVENT, Reason.SIGNAL_EVENT)] == outcomes


def test_a_visit_does_not_grow_by_hits_with_a_signal():
    observed = Observed(IS_EXEMPT)
    observed.admit(a_hit())
    observed.admit(sent_with(a_hit("/b"), signals=GPC))

    assert [1] == [visit.pageviews for visit in observed.visits.drop_visitor(SITE.id, numbers_of(observed))]


def numbers_of(observed: Observed) -> set[int]:
    hit = a_hit()
    sender = hit.sender
    numbers, visits = observed.pipeline.forget(
        "example.org", host="example.org", address=sender.address, user_agent=sender.user_agent, now=NOON
    )
    for visit in visits:
        observed.visits.begin(visit)
    return numbers


def test_the_visitor_sees_no_difference_and_the_disk_one_count(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    control = Control(tmp_path / "data" / "control.sqlite3", now=NOON)
    site = sites.add(control, "exempt.example", timezone="Europe/Paris", now=NOON, privacy=IS_EXEMPT)
    sites.add(control, "standard.example", timezone="Europe/Paris", now=NOON)
    key = keys.add(control, "shop", scopes=[keys.Scope.SEND_EVENTS], site_id=site.id, now=NOON)
    control.close()
    answers = []
    with Server(tmp_path / "data", sites=[]) as server, httpx2.Client(base_url=server.url) as client:
        client.headers["user-agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
        for domain in ("exempt.example", "standard.example"):
            body = {"n": "pageview", "d": domain, "u": f"https://{domain}/private"}
            answers.append(client.post("/api/event", json=body, headers={"sec-gpc": "1"}))
            client.get("/api/pixel.gif", params={"d": domain, "u": body["u"]}, headers={"sec-gpc": "1"})
        body = {"n": "pageview", "d": "exempt.example", "u": "https://exempt.example/private"}
        headers = {"sec-gpc": "1", "authorization": f"Bearer {key}", "x-plausible-ip": "198.51.100.7"}
        with_key = client.post("/api/event", json=body, headers=headers)
        server.stop()
        database = Database(f"chdb://{tmp_path}/data/clickhouse")
        rows = database.query("select site_id, name from events order by all")
        visits = database.query("select site_id from visits order by all")
        drops = database.query("select site_id, toString(reason), sum(count) from drops group by all order by all")
        database.close()

    assert answers[0].status_code == answers[1].status_code == with_key.status_code == 202
    names = [{name: value for name, value in answer.headers.items() if name != "date"} for answer in answers]
    assert names[0] == names[1]
    assert answers[0].content == answers[1].content
    assert "1" == with_key.headers["x-plausible-dropped"], "a program with a key learns of it"
    assert [2, 2] == [site_id for site_id, _ in rows]
    assert [2] == [site_id for (site_id,) in visits]
    assert [(1, "gpc", 3)] == [tuple(row) for row in drops]
