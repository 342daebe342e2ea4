"""`scripts/bench --full`, the report of the demo site: every period is fetched, and the paint measured if possible."""

import json
import subprocess
import sys

import pytest

from scripts.benchmarks.report_pages import PERIODS, first_paint

# In its own process, because it opens databases and a process can have only one at a time.
MEASURE = """
import json, pathlib, sys
from dataclasses import asdict
from scripts.benchmarks import report_pages
figures = report_pages.measure(pathlib.Path(sys.argv[1]), rounds=1, events=2_000, days=3)
print(json.dumps({name: asdict(figure) for name, figure in figures.items()}))
"""


@pytest.mark.timeout(300)
def test_every_period_of_the_report_is_measured(tmp_path):
    command = [sys.executable, "-c", MEASURE, str(tmp_path)]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    figures = json.loads(result.stdout.splitlines()[-1])

    assert {"T4.page_demo"} <= figures.keys() <= {"T4.page_demo", "T4.paint"}
    assert all(figure["value"] > 0 and figure["reference"] > 0 for figure in figures.values())
    assert [period for period in PERIODS if f"  {period} " not in result.stdout] == []


def test_without_chromium_the_paint_is_not_measured_and_the_reason_is_printed(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")

    assert first_paint("http://localhost", ("name", "value"), rounds=1) is None
    assert "Chromium is not installed" in capsys.readouterr().out
