import json
from collections import Counter
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from scripts.benchmarks.sample_history import SampleHistory


def events(domain: str = "a.example", *, number: int = 2000) -> list[dict[str, Any]]:
    return [json.loads(line) for line in SampleHistory(domain).lines(last=date(2026, 3, 10), days=4, events=number)]


def test_each_site_has_a_history_of_its_own():
    assert events() != events("b.example")


def test_some_pages_are_much_more_frequent_than_others():
    counts = Counter(event["url"].partition("?")[0] for event in events())

    assert counts.most_common(1)[0][1] > 20 * min(counts.values())


@pytest.mark.parametrize("name", ["pageview", "engagement", "Signup"])
def test_an_event_has_the_fields_of_its_kind(name):
    event = next(event for event in events() if event["name"] == name)

    assert (name == "engagement") == ("scroll_depth" in event)
    assert (name == "Signup") == ("props" in event)


def test_time_goes_on_within_a_visit():
    visits = [pair for pair in pairwise(events()) if pair[1]["name"] == "engagement"]

    assert all(first["time"] < second["time"] for first, second in visits)
