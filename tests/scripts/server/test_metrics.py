import re

import pytest

from ingest.outcome import Dropped, Reason
from schema.sites.refused_hits import Cause
from scripts.server import metrics
from scripts.server.metrics import Metric
from scripts.server.parts import Parts

_LINE = re.compile(r'sillage_[a-z_]+(\{[a-z]+="[^"]*"\})? -?[0-9.e+]+')


def test_metrics_are_in_the_format_of_prometheus():
    lines = metrics.text(
        [Metric("spool_bytes", "gauge", "Size.", {"": 3}), Metric("x_total", "counter", "X.", {'reason="bot"': 2})]
    ).splitlines()

    assert [
        "# HELP sillage_spool_bytes Size.",
        "# TYPE sillage_spool_bytes gauge",
        "sillage_spool_bytes 3",
        "# HELP sillage_x_total X.",
        "# TYPE sillage_x_total counter",
        'sillage_x_total{reason="bot"} 2',
    ] == lines


def test_every_value_of_a_server_is_a_line(parts: Parts):
    lines = [line for line in metrics.text(metrics.of(parts)).splitlines() if not line.startswith("#")]

    assert [] == [line for line in lines if not _LINE.fullmatch(line)]


def test_dropped_and_refused_hits_have_reasons(parts: Parts):
    parts.counting.tally.add(Dropped(Reason.BOT_AI, 1), now=0, zone=None, count=2)
    parts.counting.refusals.add("the disk is full", cause=Cause.DISK_FULL)
    text = metrics.text(metrics.of(parts))

    assert 'sillage_dropped_hits_total{reason="bot_ai"} 2' in text
    assert 'sillage_refused_hits_total{reason="disk-full"} 1' in text


@pytest.mark.parametrize("word", ["example.org", "/server", "127.0.0.1", "sillage.sock"])
def test_nothing_in_them_identifies(parts: Parts, word: str):
    assert word not in metrics.text(metrics.of(parts))


def test_the_resident_memory_is_more_than_a_megabyte():
    assert metrics.resident_bytes() > 1_000_000
