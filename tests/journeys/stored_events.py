"""The events that a stopped server has stored: read in a process of its own, for one opens one embedded ClickHouse."""

import subprocess
import sys
from pathlib import Path

import msgspec

from schema.stores.database import Database

_QUERY = """
select   name, hostname, path, props, referrer, utm_source, browser, visitor_id
from     events
order by name, time
"""


class StoredEvent(msgspec.Struct, frozen=True):
    name: str
    hostname: str
    path: str
    props: dict[str, str]
    referrer: str
    utm_source: str
    browser: str
    visitor_id: int


def stored_events(data_dir: Path) -> list[StoredEvent]:
    """Return what is in the data directory of a server that was stopped, by name."""
    command = [sys.executable, "-m", "tests.journeys.stored_events", f"chdb://{data_dir}/clickhouse"]
    answer = subprocess.run(command, capture_output=True, check=True)
    return msgspec.json.decode(answer.stdout, type=list[StoredEvent])


if __name__ == "__main__":
    rows = Database(sys.argv[1]).query(_QUERY)
    sys.stdout.buffer.write(msgspec.json.encode([StoredEvent(*row) for row in rows]))
