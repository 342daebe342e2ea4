import json
from typing import Any

import pytest

from scripts.benchmarks.event_cost import SITE, WORKLOADS, _unused_address


def requests(workload: str, number: int) -> list[tuple[dict[bytes, bytes], dict[str, Any]]]:
    """Return headers and body of the first requests of a workload."""
    made = [WORKLOADS[workload](serial) for serial in range(number)]
    return [(dict(scope["headers"]), json.loads(body)) for scope, body in made]


@pytest.mark.parametrize("workload", WORKLOADS)
def test_a_workload_is_the_same_every_time_and_for_the_site(workload):
    first = requests(workload, 100)

    assert first == requests(workload, 100)
    assert {SITE} == {body["d"] for _, body in first}


def test_mixed_traffic_has_three_events_a_visitor_of_every_kind():
    made = requests("T3.mixed", 900)

    assert {"pageview", "engagement", "Signup"} == {body["n"] for _, body in made}
    assert len({headers[b"x-forwarded-for"] for headers, _ in made}) <= 300


def test_every_new_visitor_has_an_address_and_one_in_ten_a_user_agent():
    made = requests("T3.new_visitors", 1000)

    assert 1000 == len({headers[b"x-forwarded-for"] for headers, _ in made})
    assert 100 <= len({headers[b"user-agent"] for headers, _ in made}) <= 140


def test_no_visitor_has_the_address_of_a_rule():
    visitors = {headers[b"x-forwarded-for"].decode() for name in WORKLOADS for headers, _ in requests(name, 1000)}

    assert not visitors & {_unused_address(number) for number in range(10_000)}
