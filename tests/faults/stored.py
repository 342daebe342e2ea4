"""What a stopped server has stored: read in a process of its own, for a process opens one embedded ClickHouse only."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from schema.stores.database import Database
from tests.clickhouse import mode


@dataclass(frozen=True)
class Stored:
    views: dict[str, int]  # path -> page views, from events
    pageviews: int  # the sum of what the visits say
    visits: int


def stored(data_dir: Path) -> Stored:
    """Return what is in the data directory of a server that was stopped."""
    command = [sys.executable, "-m", "tests.faults.stored", mode.url_of(data_dir)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return Stored(**json.loads(answer.stdout))


def read(database: Database) -> Stored:
    """Return what is in a database."""
    views = database.query("select path, count() from events where name = 'pageview' group by path")
    pageviews, visits = database.query("select sum(pageviews), count() from visits final")[0]
    return Stored(dict([tuple(row) for row in views]), pageviews, visits)


if __name__ == "__main__":
    found = read(Database(sys.argv[1]))
    print(json.dumps({"views": found.views, "pageviews": found.pageviews, "visits": found.visits}))
