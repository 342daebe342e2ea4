import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from schema.sites.purge import TABLES
from schema.stores.database import Database
from schema.stores.migrate import CLICKHOUSE, CONTROL, MigrationError, load, migrate_clickhouse, migrate_control
from tests.schema.http_stand_in import StandIn

TREES = {
    "sqlite": "create table if not exists trees (id integer) strict;",
    "clickhouse": "create table if not exists trees (id UInt32) engine = MergeTree order by id;",
}
BIRDS = {
    "sqlite": (
        "-- Two statements; and a comment with semicolons; in it.\n"
        "create table if not exists birds (id integer) strict;\n"
        "alter table trees add column height integer;  \n"
    ),
    "clickhouse": (
        "-- Two statements; and a comment with semicolons; in it.\n"
        "create table if not exists birds (id UInt32) engine = MergeTree order by id;\n"
        "alter table trees add column if not exists height UInt32 comment 'in metres; whole';  \n"
    ),
}
MISTAKEN = {
    "sqlite": "create table fish (id integer) strict;\ninsert into nowhere values (1);",
    "clickhouse": (
        "create table if not exists fish (id UInt32) engine = MergeTree order by id;\ninsert into nowhere values (1);"
    ),
}


class Target(Protocol):
    """A database that can be migrated, wherever it is."""

    dialect: str

    def migrate(self, directory: Path) -> list[str]:
        """Return the names of the files that were run."""

    def tables(self) -> set[str]: ...


class InSQLite:
    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)

    def migrate(self, directory: Path) -> list[str]:
        return [migration.name for migration in migrate_control(self.connection, now=time.time(), directory=directory)]

    def tables(self) -> set[str]:
        return {name for (name,) in self.connection.execute("select name from sqlite_schema")}


class OverHTTP:
    dialect = "clickhouse"

    def __init__(self, database: Database) -> None:
        self.database = database

    def migrate(self, directory: Path) -> list[str]:
        return [migration.name for migration in migrate_clickhouse(self.database, now=time.time(), directory=directory)]

    def tables(self) -> set[str]:
        return {str(row[0]) for row in self.database.query("show tables")}


class Embedded:
    """In a process of its own each time: the engine of this one has another directory."""

    dialect = "clickhouse"
    PROGRAM = """
import json, sys
from pathlib import Path
from schema.stores.database import Database
from schema.stores.migrate import MigrationError, migrate_clickhouse
database = Database(f"chdb://{sys.argv[1]}")
try:
    names = [done.name for done in migrate_clickhouse(database, now=0, directory=Path(sys.argv[2]))]
except MigrationError as error:
    sys.exit(str(error))
print(json.dumps([names, [row[0] for row in database.query("show tables")]]))
"""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: set[str] = set()

    def migrate(self, directory: Path) -> list[str]:
        command = [sys.executable, "-c", self.PROGRAM, str(self.path), str(directory)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise MigrationError(answer.stderr.strip())
        names, tables = json.loads(answer.stdout)
        self.found = set(tables)
        return list(names)

    def tables(self) -> set[str]:
        return self.found


@pytest.fixture(params=["sqlite", "http", "embedded"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    """Give an empty database of each kind."""
    if request.param == "sqlite":
        in_sqlite = InSQLite(tmp_path / "control.sqlite3")
        yield in_sqlite
        in_sqlite.connection.close()
    elif request.param == "http":
        stand_in: StandIn = request.getfixturevalue("stand_in")
        database = Database(stand_in.url)
        yield OverHTTP(database)
        database.close()
    else:
        yield Embedded(tmp_path / "clickhouse")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    directory = tmp_path / "migrations"
    directory.mkdir()
    return directory


def test_files_run_in_order_and_once(target: Target, files: Path) -> None:
    (files / "0002_birds.sql").write_text(BIRDS[target.dialect])
    (files / "0001_trees.sql").write_text(TREES[target.dialect])

    assert ["trees", "birds"] == target.migrate(files)
    assert [] == target.migrate(files)
    assert {"trees", "birds", "migrations"} <= target.tables()


def test_a_file_that_is_added_later_runs_alone(target: Target, files: Path) -> None:
    (files / "0001_trees.sql").write_text(TREES[target.dialect])
    target.migrate(files)
    (files / "0002_birds.sql").write_text(BIRDS[target.dialect])

    assert ["birds"] == target.migrate(files)


def test_a_file_that_changed_is_refused_and_nothing_is_run(target: Target, files: Path) -> None:
    (files / "0001_trees.sql").write_text(TREES[target.dialect])
    target.migrate(files)
    (files / "0001_trees.sql").write_text(TREES[target.dialect] + "\n")
    (files / "0002_birds.sql").write_text(BIRDS[target.dialect])

    with pytest.raises(MigrationError, match=r"^0001_trees\.sql was changed after it was applied: restore it, and put"):
        target.migrate(files)
    assert "birds" not in target.tables()


def test_a_database_that_is_newer_is_refused(target: Target, files: Path) -> None:
    (files / "0001_trees.sql").write_text(TREES[target.dialect])
    (files / "0002_birds.sql").write_text(BIRDS[target.dialect])
    target.migrate(files)
    (files / "0002_birds.sql").unlink()

    with pytest.raises(MigrationError, match=r"^the database is at schema 2, this Sillage knows 1: start the version"):
        target.migrate(files)


def test_a_file_with_a_mistake_counts_as_not_run_and_can_be_mended(
    tmp_path: Path, stand_in: StandIn, files: Path
) -> None:
    for target in (InSQLite(tmp_path / "control.sqlite3"), OverHTTP(Database(stand_in.url))):
        (files / "0001_trees.sql").write_text(TREES[target.dialect])
        (files / "0002_fish.sql").write_text(MISTAKEN[target.dialect])
        with pytest.raises(Exception, match="nowhere"):
            target.migrate(files)
        (files / "0002_fish.sql").write_text(MISTAKEN[target.dialect].partition("\n")[0])

        assert "fish" in target.migrate(files)
        assert {"trees", "fish"} <= target.tables()
        assert [] == target.migrate(files)


def test_a_control_file_is_never_left_half_migrated(tmp_path: Path, files: Path) -> None:
    target = InSQLite(tmp_path / "control.sqlite3")
    (files / "0001_fish.sql").write_text(MISTAKEN["sqlite"])
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        target.migrate(files)

    assert set() == target.tables()


def test_what_another_process_migrates_at_the_same_moment_is_not_run_again(tmp_path: Path, files: Path) -> None:
    (files / "0001_fish.sql").write_text("create table fish (id integer) strict;")
    first, second = InSQLite(tmp_path / "control.sqlite3"), InSQLite(tmp_path / "control.sqlite3")
    done_by_first = []

    def be_overtaken(statement: str) -> None:
        if statement == "begin immediate":
            second.connection.set_trace_callback(None)
            done_by_first.extend(first.migrate(files))

    second.connection.set_trace_callback(be_overtaken)

    assert [] == second.migrate(files)
    assert ["fish"] == done_by_first


@pytest.mark.parametrize(
    "names",
    [
        pytest.param([], id="none"),
        pytest.param(["0001_trees.sql"], id="one"),
        pytest.param(["0001_trees.sql", "0002_birds_and_2_fish.sql", "README.md"], id="two, and something else"),
    ],
)
def test_files_are_loaded_by_number(files: Path, names: list[str]) -> None:
    for name in names:
        (files / name).write_text("select 1;")

    assert [name for name in names if name.endswith(".sql")] == [f"{m.number:04}_{m.name}.sql" for m in load(files)]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        pytest.param(
            ["0002_birds.sql"], "0002_birds.sql: expected a file named 0001_words.sql", id="the first missing"
        ),
        pytest.param(["0001_a.sql", "0003_c.sql"], "0003_c.sql: expected a file named 0002_words.sql", id="a gap"),
        pytest.param(
            ["0001_a.sql", "0001_b.sql"], "0001_b.sql: expected a file named 0002_words.sql", id="a number twice"
        ),
        pytest.param(["1_trees.sql"], "1_trees.sql: expected a file named 0001_words.sql", id="a short number"),
        pytest.param(["0001.sql"], "0001.sql: expected a file named 0001_words.sql", id="no words"),
        pytest.param(["0001_Trees.sql"], "0001_Trees.sql: expected a file named 0001_words.sql", id="capitals"),
    ],
)
def test_a_name_out_of_order_or_form_is_refused(files: Path, names: list[str], sentence: str) -> None:
    for name in names:
        (files / name).write_text("select 1;")

    with pytest.raises(MigrationError) as caught:
        load(files)
    assert str(caught.value).startswith(sentence)


def test_our_tables_are_made_over_http_as_they_are_made_embedded(engine: Database, stand_in: StandIn) -> None:
    remote = Database(stand_in.url)
    definitions = "select name, create_table_query from system.tables where database = currentDatabase() order by name"

    assert [migration.name for migration in load(CLICKHOUSE)] == [
        done.name for done in migrate_clickhouse(remote, now=time.time())
    ]
    assert [] == migrate_clickhouse(engine, now=time.time())
    made = [(name, text.replace(stand_in.database, "sillage")) for name, text in remote.query(definitions)]
    assert made == [tuple(row) for row in engine.query(definitions)]


def test_every_table_has_on_the_disk_what_replaces_something(engine: Database) -> None:
    rows = engine.query("select name, engine_full from system.tables where database = currentDatabase()")
    tables = {name: dict(re.findall(r"(\w+) = (\d+)", engine_full)) for name, engine_full in rows}
    wanted = {
        "fsync_after_insert": "1",
        "fsync_part_directory": "1",
        "min_rows_to_fsync_after_merge": "1",
        "min_compressed_bytes_to_fsync_after_merge": "1",
        "old_parts_lifetime": "60",
    }

    assert {*TABLES, "migrations"} <= tables.keys()
    assert dict.fromkeys(tables, wanted) == {
        name: {setting: settings.get(setting) for setting in wanted} for name, settings in tables.items()
    }


@pytest.mark.parametrize(
    ("number", "comment", "reworded"),
    [
        pytest.param(6, "see schema/rollups.py", "see schema/days/rollups.py", id="rolled days"),
        pytest.param(8, "see schema/condition.py", "see schema/exclusions/condition.py", id="exclusion rules"),
    ],
)
def test_a_database_with_a_comment_that_was_reworded_and_restored_is_accepted(tmp_path, number, comment, reworded):
    migration = load(CONTROL)[number - 1]
    checksum = replace(migration, sql=migration.sql.replace(comment, reworded)).checksum
    connection = sqlite3.connect(tmp_path / "control.sqlite3", isolation_level=None)
    migrate_control(connection, now=0)
    connection.execute("update migrations set checksum = ? where number = ?", (checksum, number))

    assert checksum != migration.checksum
    assert [] == migrate_control(connection, now=0)
    connection.execute("update migrations set checksum = ? where number = ?", (checksum, number + 1))
    with pytest.raises(MigrationError, match=f"{number + 1:04}_"):
        migrate_control(connection, now=0)
    connection.close()
