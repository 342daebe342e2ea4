from functools import partial

import pytest

from schema.privacy.audits import Finding, State
from schema.sentence import later
from schema.stores.table_sizes import TableSize
from scripts.server import checks

GB = 1_000_000_000
NOW = 1_790_000_000.0
DAY = 86_400
spool = partial(checks.spool, refusal="", waiting_bytes=1000, max_bytes=GB, oldest_s=2, set_aside=0)
workers = partial(checks.workers, configured=2, running=2, restarts=0)
mail = partial(checks.mail, waiting=2, lost=0)
memory = partial(checks.memory, resident_bytes=400_000_000, available_bytes=3 * GB, total_bytes=4 * GB)


def tables(*, parts: int = 20, counted_s: float | None = 60) -> Finding:
    return checks.tables([TableSize("events", 12_345, 1_400_000, parts)], counted_s=counted_s)


@pytest.mark.parametrize(
    ("finding", "state", "words"),
    [
        pytest.param(checks.disk(free_bytes=50 * GB, total_bytes=100 * GB), "green", "50.0 GB of 100.0 GB", id="space"),
        pytest.param(checks.disk(free_bytes=9 * GB, total_bytes=100 * GB), "yellow", "Only 9.0 GB", id="little space"),
        pytest.param(checks.disk(free_bytes=500_000, total_bytes=100 * GB), "red", "free some space", id="no space"),
        pytest.param(memory(), "green", "3.0 GB of 4.0 GB", id="memory"),
        pytest.param(memory(available_bytes=100_000_000), "red", "Lower memory_mb", id="little memory"),
        pytest.param(memory(available_bytes=0), "green", "400 MB of 4.0 GB", id="unknown memory"),
        pytest.param(checks.clock(is_synchronized=True, ahead_s=-5), "green", "not behind", id="a good clock"),
        pytest.param(checks.clock(is_synchronized=None, ahead_s=-5), "green", "not behind", id="an unknown clock"),
        pytest.param(checks.clock(is_synchronized=False, ahead_s=-5), "yellow", "chrony", id="a clock of its own"),
        pytest.param(checks.clock(is_synchronized=True, ahead_s=3600), "red", "60 minutes", id="a clock set back"),
        pytest.param(checks.time_zones(own="Europe/Paris", missing=[]), "green", "Europe/Paris", id="time zones"),
        pytest.param(checks.time_zones(own="UTC", missing=["Mars/A"]), "red", "Mars/A", id="an unknown time zone"),
        pytest.param(spool(), "green", "1.0 kB of events", id="a spool"),
        pytest.param(spool(refusal=later("the disk is full")), "red", "refused: the disk is full.", id="refusals"),
        pytest.param(spool(set_aside=1), "red", "1 file of events was", id="a file set aside"),
        pytest.param(spool(oldest_s=600), "red", "for 10 minutes", id="late events"),
        pytest.param(checks.clickhouse(version="26.9", error=""), "green", "26.9", id="ClickHouse"),
        pytest.param(checks.clickhouse(version="", error="It is away."), "red", "It is away.", id="no ClickHouse"),
        pytest.param(tables(), "green", "12,345 rows and take 1.4 MB", id="tables"),
        pytest.param(tables(counted_s=None), "green", "12,345 rows", id="tables after the start"),
        pytest.param(tables(counted_s=3 * 3600), "yellow", "3 hours ago", id="days that are not counted"),
        pytest.param(tables(parts=301), "red", "events", id="many parts"),
        pytest.param(workers(), "green", "All 2 workers", id="workers"),
        pytest.param(workers(restarts=3), "yellow", "3 were started again", id="workers that ended"),
        pytest.param(workers(running=1), "red", "1 of 2 workers", id="a missing worker"),
        pytest.param(workers(configured=0, running=0), "green", "itself", id="no workers"),
        pytest.param(checks.backup(made_at=None, now=NOW), "yellow", "sillage backup DIRECTORY", id="no backup"),
        pytest.param(checks.backup(made_at=NOW - DAY, now=NOW), "green", "2026-09-20", id="a backup"),
        pytest.param(checks.backup(made_at=NOW - 9 * DAY, now=NOW), "yellow", "every night", id="an old backup"),
        pytest.param(mail(None), "yellow", "Set mail_host", id="no mail server"),
        pytest.param(mail("smtp.example.org"), "green", "smtp.example.org. 2 messages wait.", id="a mail server"),
        pytest.param(mail("smtp.example.org", lost=3), "red", "3 reports or alerts", id="lost mail"),
    ],
)
def test_a_check_says_what_it_found_and_what_to_do(finding: Finding, state: str, words: str):
    assert State(state) == finding.state
    assert words in str(finding.sentence)
