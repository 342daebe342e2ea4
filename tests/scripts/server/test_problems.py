"""Users learn of what affects the statistics, and only of that."""

from pathlib import Path

import pytest

from ingest.storage.spool import Spool
from schema.stores.database import Database
from scripts.server.problems import Problems


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", max_bytes=1_000_000)


def set_aside(spool: Spool) -> None:
    spool.seal(closing=(b"x",))
    spool.sealed()[-1].set_aside()


def test_without_problems_there_are_no_sentences(database: Database, spool: Spool) -> None:
    problems = Problems(database, spool)
    problems.look_for_damage()

    assert [] == problems.sentences()


@pytest.mark.parametrize(
    ("count", "words"),
    [
        pytest.param(1, "1 file of events was set aside and not counted.", id="one"),
        pytest.param(2, "2 files of events were set aside and not counted.", id="two"),
    ],
)
def test_events_that_were_set_aside_are_reported(database: Database, spool: Spool, count: int, words: str) -> None:
    for _ in range(count):
        set_aside(spool)

    assert [f"{words} `sillage spool list` shows the content."] == list(map(str, Problems(database, spool).sentences()))


def test_rejected_hits_are_reported_with_the_reason(database: Database, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", max_bytes=0)
    [sentence] = map(str, Problems(database, spool).sentences())

    assert spool.refusal.removesuffix(".") in sentence
    assert sentence.startswith("Hits are being rejected and will be missing here: ")
