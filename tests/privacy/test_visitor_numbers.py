"""P3: a visitor cannot be followed from one day to the next, nor from one site to another."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from statistics import mean

import pytest

from schema.sites import sites
from schema.stores.control import Control
from tests.faults.clocked import SITE, run

OTHER, RENAMED = "other.example", "renamed.example"
VISITORS = [f"visitor-{number}" for number in range(100)]
BITS = 64
_PROGRAM = """
import json, sys
from schema.stores.database import Database
database = Database(f"chdb://{sys.argv[1]}/data/clickhouse")
rows = database.query("select path, visitor_id from events where toDate(time, 'Europe/Paris') = {day:Date}",
                      {"day": sys.argv[2]})
print(json.dumps(dict([tuple(row) for row in rows])))
"""


def numbers(directory: Path, day: str, *domains: str) -> list[list[int]]:
    """Let every visitor see a page of each site at noon, and return their numbers by site, in the order of VISITORS."""
    hits = [(f"{day} 12:00", visitor, domain) for domain in domains for visitor in VISITORS]
    run(directory, *hits)
    command = [sys.executable, "-c", _PROGRAM, str(directory), day]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    stored = {int(path.rpartition("-")[2]): number for path, number in json.loads(answer.stdout).items()}
    assert len(stored) == len(hits)
    in_order = [stored[position] for position in range(len(hits))]
    return [in_order[start : start + len(VISITORS)] for start in range(0, len(hits), len(VISITORS))]


def are_unrelated(some: Sequence[int], others: Sequence[int]) -> bool:
    """True if the numbers of the same visitors look like two random ones: half of the bits differ, in no pattern.

    The mean of a hundred pairs is further from the half than this once in a million times.
    """
    differing = [one ^ other for one, other in zip(some, others, strict=True)]
    apart = mean(bits.bit_count() for bits in differing)
    return not {*some} & {*others} and len({*differing}) == len(differing) and abs(apart - BITS / 2) < 2


def two_sites(directory: Path) -> Control:
    directory.joinpath("data").mkdir(mode=0o700, parents=True)
    control = Control(directory / "data" / "control.sqlite3", now=time.time())
    for domain in (SITE, OTHER):
        sites.add(control, domain, timezone="Europe/Paris", now=time.time())
    return control


def test_the_numbers_of_days_sites_and_servers_are_unrelated(tmp_path: Path) -> None:
    """A salt that was derived from a date or a secret would be the same on two servers."""
    control = two_sites(tmp_path)
    first = numbers(tmp_path, "2026-11-20", SITE, OTHER)
    sites.change(control, sites.list_all(control, now=time.time())[0], domain=RENAMED, now=time.time())
    control.close()
    second = numbers(tmp_path, "2026-11-21", RENAMED, OTHER)
    two_sites(tmp_path / "another").close()
    elsewhere = numbers(tmp_path / "another", "2026-11-20", SITE, OTHER)

    series = [*first, *second, *elsewhere]
    assert {len(VISITORS)} == {len({*one}) for one in series}, "within a day and site, each visitor has a number"
    assert [] == [
        (one, other)
        for one, other in combinations(range(len(series)), 2)
        if not are_unrelated(series[one], series[other])
    ]


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([17**15 + number for number in range(100)], id="the same"),
        pytest.param([(17**15 + number) ^ 0x5555555555555555 for number in range(100)], id="one mask for all"),
        pytest.param([17**15 + number + 1 for number in range(100)], id="one step on"),
    ],
)
def test_related_numbers_are_noticed(others: list[int]) -> None:
    assert not are_unrelated([17**15 + number for number in range(100)], others)
