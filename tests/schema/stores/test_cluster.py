"""Two shards, each an embedded engine in a process of its own behind HTTP, and one engine with the same events.

The engine has no Distributed tables that reach other processes. What they would read is a Merge table over the first
shard and a copy of the second that is made before each question: like Distributed, it asks each of them for itself,
FINAL included.
"""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest

from ingest.storage.flush import insert, insert_missing
from schema.records.event import Record
from schema.stores.cluster import Cluster, open_database, split
from schema.stores.control import Control
from schema.stores.database import ClickHouseError, Database, DatabaseUnavailableError
from schema.stores.migrate import migrate_clickhouse
from schema.stores.mutations import mutate
from tests.clickhouse.front import Front
from tests.clickhouse.server_process import PASSWORD, USER
from tests.schema.days.test_closing import House
from tests.schema.http_stand_in import Fault, StandIn
from tests.schema.traffic import Traffic

FIRST, COPY, ALL = "shard_1", "copy_of_shard_2", "all_shards"
ZONE = "Europe/Paris"
DAILY = {
    table: f"select dimension, value, day, {sums} from {table} final group by dimension, value, day"
    f" having {sums.partition(',')[0]} > 0 order by dimension, value, day"
    for table, sums in {
        "daily_events": "sum(visits), sum(visitors), sum(visitors_again), sum(pageviews), sum(events)",
        "daily_visits": "sum(started_visits), sum(started_visitors), sum(started_bounces), sum(ended_visitors_again)",
    }.items()
}


class AllShards(Database):
    """Answers questions about both shards."""

    def __init__(self, front: Front, second: Front) -> None:
        super().__init__(front.url(ALL))
        self._first = Database(front.url(FIRST))
        self._copy = Database(front.url(COPY))
        address = f"http://127.0.0.1:{second.port}/?user={USER}&password={quote(PASSWORD)}&database=shard_2&query="
        self._second = f"{address}select+*+from+"

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Sequence[Sequence[Any]]:
        present = {str(row[0]) for row in self._first.query("show tables")}
        for table in sorted(present & set(re.findall(r"\b(?:from|join)\s+(\w+)", sql))):
            self._copy.command(f"drop table if exists {table} sync")
            self._copy.command(f"create table {table} as {FIRST}.{table}")
            self._copy.command(
                f"insert into {table} select * from url('{self._second}{table}+format+Native', 'Native')"
            )
            both = f"engine = Merge(REGEXP('^({FIRST}|{COPY})$'), '^{table}$')"
            self.command(f"create or replace table {table} as {FIRST}.{table} {both}")
        return super().query(sql, parameters)


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Return the server of the second shard."""
    with Front(tmp_path_factory.mktemp("second") / "clickhouse") as front:
        yield front


@pytest.fixture
def cluster(front: Front, second: Front) -> Iterator[Cluster]:
    """Return both shards with our tables, empty."""
    shards = Database(front.url(FIRST)), Database(second.url("shard_2"))
    database = Cluster(shards, questions=AllShards(front, second))
    migrate_clickhouse(shards[0], now=time.time())
    migrate_clickhouse(shards[1], now=time.time())
    yield database
    database.close()
    for server, names in ((front, (FIRST, COPY, ALL)), (second, ("shard_2",))):
        default = Database(server.url("default"))
        for name in names:
            default.command(f"drop database if exists {name} sync")
        default.close()


@pytest.fixture
def one(front: Front) -> Iterator[Database]:
    """Return one engine with our tables, empty."""
    with StandIn(front) as server:
        database = Database(server.url)
        migrate_clickhouse(database, now=time.time())
        yield database
        database.close()


def records(seed: int = 11) -> list[Record]:
    return Traffic(site_id=1, zone=ZoneInfo(ZONE), first=date(2026, 3, 10), days=4, seed=seed).records()


@pytest.mark.timeout(300)
def test_two_shards_answer_as_one_engine_with_all_events(tmp_path: Path, cluster: Cluster, one: Database) -> None:
    """From the rows, from the daily counts, and after the days were closed and their numbers replaced."""
    answers = []
    for name, database in (("one", one), ("two", cluster)):
        control = Control(tmp_path / f"{name}.sqlite3", now=time.time())
        house = House(control, database, zone=ZONE)
        insert(database, records(), [], token="a")
        house.rollups.look(house.site)
        from_rows = house.answers()
        house.count()
        daily = {table: [tuple(row) for row in database.query(sql)] for table, sql in DAILY.items()}
        closed = house.round()
        answers.append((from_rows, daily, closed, house.answers()))
        control.close()
    (rows, daily, closed, after), of_cluster = answers

    assert all(rows.values())
    assert all(daily.values())
    assert closed > 0
    assert (rows, daily, closed, after) == of_cluster
    assert all(shard.query("select count() from events")[0][0] for shard in cluster.shards), "both have rows"
    assert not {*_visitors(cluster.shards[0])} & {*_visitors(cluster.shards[1])}


def _visitors(database: Database) -> list[int]:
    return [row[0] for row in database.query("select distinct visitor_id from events")]


def test_an_insert_that_reached_one_shard_is_repeated_without_doubles(front: Front, second: Front) -> None:
    with StandIn(front) as here, StandIn(second) as there:
        shards = Database(here.url), Database(there.url)
        for shard in shards:
            migrate_clickhouse(shard, now=time.time())
        database = Cluster(shards, questions=shards[0])
        there.go_away()
        with pytest.raises((ClickHouseError, DatabaseUnavailableError)):
            insert(database, records(), [], token="a")
        there.come_back()
        there.faults.append(Fault(stores=True, error="Code: 209. DB::Exception: Timeout. (SOCKET_TIMEOUT)"))
        with pytest.raises(ClickHouseError):
            insert(database, records(), [], token="a")
        insert(database, records(), [], token="a")
        insert_missing(database, records(), [], token="b")
        counts = [shard.query("select count(), uniqExact(visitor_id) from events")[0] for shard in shards]
        database.close()

    assert len(records()) == sum(count for count, _ in counts)
    assert len({record.visit.visitor_id for record in records()}) == sum(visitors for _, visitors in counts)
    assert all(count for count, _ in counts)


def test_a_deletion_is_done_once_it_is_done_on_every_shard(cluster: Cluster) -> None:
    insert(cluster, records(), [], token="a")
    mutate(cluster, "events", "delete where site_id = {site:UInt32}", {"site": 1})

    assert [(0,), (0,)] == [tuple(row) for row in cluster.everywhere("select count() from events")]


def test_rows_go_to_the_shard_of_their_visitor() -> None:
    columns: dict[str, list[Any]] = {"visitor_id": [4, 7, 8, 9], "path": ["/a", "/b", "/c", "/d"]}

    assert [
        {"visitor_id": [4, 8], "path": ["/a", "/c"]},
        {"visitor_id": [7, 9], "path": ["/b", "/d"]},
    ] == split(columns, 2)


def test_rows_without_a_visitor_go_to_the_first_shard() -> None:
    assert [{"reason": ["bot"]}, {}, {}] == split({"reason": ["bot"]}, 3)


@pytest.mark.parametrize(
    ("url", "cluster"),
    [
        pytest.param("clickhouse://one,two/stats", None, id="several servers without a name"),
        pytest.param("chdb:///data", "analytics", id="the embedded engine in a cluster"),
    ],
)
def test_what_is_no_cluster_is_refused(url: str, cluster: str | None) -> None:
    with pytest.raises(ValueError, match="cluster"):
        open_database(url, cluster=cluster)


def test_a_cluster_is_not_backed_up_by_half() -> None:
    database = open_database("clickhouse://one,two/stats", cluster="analytics")

    with pytest.raises(DatabaseUnavailableError, match="BACKUP DATABASE"):
        database.native("select 1", {})
    with pytest.raises(DatabaseUnavailableError, match="BACKUP DATABASE"):
        database.insert_native("events", b"")
