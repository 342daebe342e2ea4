from dataclasses import replace

import pytest

from scripts.benchmarks import steady
from scripts.benchmarks.steady import Step

STEP = Step(
    minute=0.5,
    per_second=15_000,
    share=0.5,
    p99_ms=10,
    report_ms=120,
    widget_ms=20,
    memory_mb=500,
    parts=40,
    waiting_kb=1200,
    load=3.1,
)


def test_a_step_is_a_row_of_a_table():
    assert "| 0.5 | 15,000 | 0.50 | 10.0 | 120 | 20 | 500 | 40 | 1,200 | 3.1 |" == STEP.row()
    assert len(steady.HEAD) == STEP.row().count("|") - 1


@pytest.mark.parametrize(
    ("memory_mb", "growth", "is_met"),
    [
        pytest.param([400, 400, 500, 500, 500, 500], 1.0, True, id="the start does not count"),
        pytest.param([400, 400, 500, 500, 600, 600], 1.2, False, id="it still grows at the end"),
    ],
)
def test_growth_is_that_of_the_last_third(memory_mb, growth, is_met):
    steps = [replace(STEP, memory_mb=used) for used in memory_mb]
    figures = steady.figures(steps, idle_mb=300, started_s=1.5)

    assert (growth, is_met) == (figures["load.memory"].value, figures["load.memory"].met)
    assert max(memory_mb) == figures["T7.busy"].value


def test_one_step_is_enough():
    assert 1.0 == steady.figures([STEP], idle_mb=300, started_s=1.5)["load.p99"].value


def test_the_parts_of_tables_are_counted_without_damaged_ones(tmp_path):
    for part in ("store/a/all_1_1_0", "store/b/all_2_2_0", "store/b/detached/all_3_3_0"):
        directory = tmp_path / "clickhouse" / part
        directory.mkdir(parents=True)
        (directory / "checksums.txt").touch()

    assert 2 == steady.parts(tmp_path)
