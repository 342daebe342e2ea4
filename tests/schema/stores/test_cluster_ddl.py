"""What our tables are in a cluster. The golden file has what all migrations become; the engine parses all of it.

To renew it after a new migration: python -m tests.schema.stores.test_cluster_ddl
"""

import re
from pathlib import Path

import pytest

from schema.stores.cluster_ddl import Names, clustered, databases
from schema.stores.database import Database
from schema.stores.migrate import CLICKHOUSE, TABLE_OF_MIGRATIONS, load, statements

NAMES = Names("analytics", "sillage")
GOLDEN = Path(__file__).with_name("cluster.sql")
LOCAL = "`sillage`.`events` on cluster `analytics`"
TWIN = "`sillage_all`.`events` on cluster `analytics`"


def definitions() -> list[str]:
    """Return what a first start sends to a cluster."""
    ours = [TABLE_OF_MIGRATIONS, *(sql for migration in load(CLICKHOUSE) for sql in statements(migration.sql))]
    return [*databases(NAMES), *(statement for sql in ours for statement in clustered(sql, NAMES))]


def golden() -> str:
    """Return the definitions without the comments of the migrations."""
    plain = [re.sub(r"^--.*\n", "", statement, flags=re.MULTILINE).strip() for statement in definitions()]
    return "".join(f"{statement};\n\n" for statement in plain)


def test_all_migrations_become_what_the_golden_file_has() -> None:
    assert GOLDEN.read_text() == golden()


def test_clickhouse_parses_every_statement(engine: Database) -> None:
    parsed = [engine.query(f"explain ast {statement}") for statement in definitions()]

    assert all(parsed)
    assert {"CreateQuery", "AlterQuery"} == {rows[0][0].split()[0] for rows in parsed}


def test_no_table_of_a_cluster_stays_on_one_server() -> None:
    assert [] == [statement for statement in definitions() if "on cluster `analytics`" not in statement]
    assert [] == [statement for statement in definitions() if " engine = MergeTree" in statement]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param(
            "create table closing_events as events",
            [
                "create table `sillage`.`closing_events` on cluster `analytics` as events",
                (
                    "create table if not exists `sillage_all`.`closing_events` on cluster `analytics` as"
                    " `sillage`.`closing_events` engine = Distributed('analytics', 'sillage', 'closing_events')"
                ),
            ],
            id="a copy of a table",
        ),
        pytest.param(
            "drop table if exists events sync",
            [f"drop table if exists {TWIN} sync", f"drop table if exists {LOCAL} sync"],
            id="a table and its twin are dropped",
        ),
        pytest.param(
            "alter table events add column if not exists a String",
            [f"alter table {name} add column if not exists a String" for name in (LOCAL, TWIN)],
            id="a new column",
        ),
        pytest.param(
            "alter table events modify setting merge_selector_base = 20",
            [f"alter table {LOCAL} modify setting merge_selector_base = 20"],
            id="a setting of parts",
        ),
        pytest.param(
            "alter table events delete where day = 1", [f"alter table {LOCAL} delete where day = 1"], id="a mutation"
        ),
        pytest.param("optimize table events final", [f"optimize table {LOCAL} final"], id="a merge"),
        pytest.param(
            "\ndelete from events where day = 1", [f"\ndelete from {LOCAL} where day = 1"], id="a lightweight deletion"
        ),
    ],
)
def test_a_statement_is_one_of_the_whole_cluster(sql: str, expected: list[str]) -> None:
    assert expected == clustered(sql, NAMES)


def test_a_statement_that_is_not_known_is_not_sent_to_one_server_alone() -> None:
    with pytest.raises(ValueError, match="no form for clusters is known for: rename table events"):
        clustered("rename table events to others", NAMES)


if __name__ == "__main__":
    GOLDEN.write_text(golden())
