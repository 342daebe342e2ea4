"""A snapshot has all rows of one moment, and can be inserted again."""

import pytest

from schema.sites.purge import TABLES
from schema.stores import snapshot
from schema.stores.cluster import open_database
from schema.stores.database import Database, DatabaseUnavailableError
from tests.factories import an_event, store


def rows(database: Database, table: str = "events") -> list[tuple[object, ...]]:
    return sorted((tuple(row) for row in database.query(f"select * from {table}")), key=repr)


def test_what_is_read_and_inserted_is_the_same(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "PIECE_ROWS", 2)
    store(database, [an_event(path=f"/{number}", props={"plan": "free"}) for number in range(5)])
    before = {table: rows(database, table) for table in TABLES}

    snapshot.take(database)
    contents = snapshot.contents(database)
    pieces = [(piece, snapshot.read(database, piece)) for piece in contents.pieces]
    snapshot.drop(database)
    for table in TABLES:
        database.command(f"truncate table {table}")
    for piece, compressed in [*pieces]:
        snapshot.fill(database, piece.table, compressed)

    assert before == {table: rows(database, table) for table in TABLES}
    assert contents.rows == {table: snapshot.count(database, table) for table in TABLES}
    assert 5 == sum(piece.rows for piece in contents.pieces if piece.table == "events")
    assert all(piece.rows <= 2 for piece in contents.pieces)


def test_later_changes_are_not_in_it(database: Database) -> None:
    store(database, [an_event(path="/before")])
    snapshot.take(database)
    store(database, [an_event(path="/after")])
    database.command("alter table events delete where path = '/before' settings mutations_sync = 1")

    assert 1 == snapshot.contents(database).rows["events"]
    assert [("/before",)] == [tuple(row) for row in database.query("select path from backup_events")]
    snapshot.drop(database)


def test_a_new_one_replaces_an_abandoned_one(database: Database) -> None:
    snapshot.take(database)
    store(database, [an_event()])
    snapshot.take(database)

    assert 1 == snapshot.contents(database).rows["events"]
    snapshot.drop(database)
    snapshot.drop(database)
    assert [] == list(database.query("show tables like 'backup_%'"))


def test_replaced_rows_count_once_whether_merged_or_not(database: Database) -> None:
    visits = an_event()
    store(database, [visits])
    database.command("insert into visits select * from visits")

    assert 1 == snapshot.count(database, "visits")


def test_every_table_but_the_list_of_migrations_is_copied(database: Database) -> None:
    tables = {name for (name,) in database.query("show tables")}

    assert {*TABLES, "migrations"} == tables


def test_of_a_cluster_there_is_none() -> None:
    cluster = open_database("clickhouse://127.0.0.1:1/x,clickhouse://127.0.0.1:2/x", cluster="shards")

    with pytest.raises(DatabaseUnavailableError, match="Sillage does not back up a cluster"):
        snapshot.take(cluster)
