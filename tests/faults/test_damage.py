"""Damage on the disk is reported where people look: in the log, on the report, and by the doctor."""

from pathlib import Path

from tests.faults.people import doctor, report, signed_in
from tests.faults.stream import Stream
from tests.server import Server

DAMAGED = "ClickHouse found a damaged part of the table events and runs without it. Numbers may be missing."
SET_ASIDE = "1 file of events was set aside and not counted. `sillage spool list` shows the content."


def test_damage_is_reported_in_the_log_on_the_report_and_by_the_doctor(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server, signed_in(server) as client:
        Stream(connections=1).send(server.url, accepted=1)
        sound = report(server, client), doctor(server)[1], server.log.read_text()
        server.stop()
        for part in (tmp_path / "data" / "clickhouse" / "store").glob("*/*/[0-9]*_1_1_0/data.bin"):
            part.write_bytes(b"")
        (tmp_path / "data" / "spool" / "00000000000000000001-0badcafe.rejected").write_bytes(b"left of a segment")
        server.start()
        damaged = report(server, client), doctor(server)[1], server.log.read_text()

    assert [False] * 6 == [sentence in text for text in sound for sentence in (DAMAGED, SET_ASIDE)]
    assert [True] * 4 == [sentence in text for text in damaged[:2] for sentence in (DAMAGED, SET_ASIDE)]
    assert f"ERROR scripts.server.problems: {DAMAGED}" in damaged[2]
