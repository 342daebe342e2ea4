"""`scripts/bench --full`, on a few days of a small site: it returns all figures and checks the results."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from scripts.benchmarks.sample_history import SampleHistory

# In its own process, because it opens databases and a process can have only one at a time.
MEASURE = """
import json, pathlib, sys
from dataclasses import asdict
from scripts.benchmarks import query_latency
figures = query_latency.measure(pathlib.Path(sys.argv[1]), events=5_000, rounds=1, days=3)
print(json.dumps({name: asdict(figure) for name, figure in figures.items()}))
"""


@pytest.mark.timeout(300)
def test_every_target_of_query_latency_has_a_figure(tmp_path):
    command = [sys.executable, "-c", MEASURE, str(tmp_path)]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    figures = json.loads(result.stdout.splitlines()[-1])

    assert list(figures) == [
        *("T4.widget", "T4.filtered_year", "T4.page_year", "T4.page_all", "T4.page_two_filters"),
        *("T5.widget", "T5.filtered_year", "T6"),
    ]
    assert all(figure["value"] > 0 and figure["reference"] > 0 for figure in figures.values())
    assert "event:page, 365d" in result.stdout


def test_a_sample_history_covers_the_requested_days_and_events():
    events = [
        json.loads(line) for line in SampleHistory("a.example").lines(last=date(2026, 3, 10), days=4, events=3_000)
    ]
    days = {datetime.fromtimestamp(event["time"] / 1000, UTC).date() for event in events}

    assert len(events) == 3_000
    assert days >= {date(2026, 3, day) for day in (7, 8, 9, 10)}
    assert {event["name"] for event in events} == {"pageview", "engagement", "Signup"}
    assert events == [
        json.loads(line) for line in SampleHistory("a.example").lines(last=date(2026, 3, 10), days=4, events=3_000)
    ]
