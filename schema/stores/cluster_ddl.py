"""Turn our definitions of tables into those of a ClickHouse cluster: the only place that knows how they differ.

Each table gets two forms: a Replicated one with the rows of a shard, in the database of our name, and a Distributed one
of the same name in the database for questions, which has the rows of all shards. Facts behind the form:
- Macros in `{uuid}` stay as they are when a table is made `as` another. A path with the name of a table would be taken.
- Replicated tables forget insert tokens after a time, not only after a number. Segments may wait for longer.
- A Distributed table without a sharding key takes no rows. Only rows of visitors have one, and nobody inserts there.
"""

import re
from dataclasses import dataclass

PATH = "'/clickhouse/tables/{uuid}/{shard}', '{replica}'"
TOKENS_FOR_S = 2_592_000  # 30 days
OF_VISITORS = frozenset({"events", "visits"})

_NAME = r"`?(?P<name>\w+)`?"
_START = r"(?P<before>(?:\s|--[^\n]*\n)*"
_CREATE = re.compile(_START + rf"create table (?:if not exists )?){_NAME}(?P<rest>.*)", re.DOTALL)
_DROP = re.compile(_START + rf"drop table (?:if exists )?){_NAME}(?P<rest>.*)", re.DOTALL)
_ALTER = re.compile(_START + rf"alter table ){_NAME}(?P<rest>.*)", re.DOTALL)
_OTHERS = re.compile(_START + rf"(?:optimize table|truncate table|delete from) ){_NAME}(?P<rest>.*)", re.DOTALL)
_ENGINE = re.compile(r"\bengine = (\w*MergeTree)(?:\(([^)]*)\))?")
_WINDOW = re.compile(r"\bnon_replicated_deduplication_window = (\d+)")
_COLUMNS = re.compile(r"\s+(add|drop|rename) column\b")


@dataclass(frozen=True, slots=True)
class Names:
    cluster: str
    database: str  # of the Replicated tables

    @property
    def for_questions(self) -> str:
        """Name the database of the Distributed tables."""
        return f"{self.database}_all"

    @property
    def on_cluster(self) -> str:
        return f" on cluster `{self.cluster}`"


def databases(names: Names) -> list[str]:
    """Return the statements that create both databases on every server."""
    return [
        f"create database if not exists `{name}`{names.on_cluster}" for name in (names.database, names.for_questions)
    ]


def clustered(sql: str, names: Names) -> list[str]:
    """Return what a definition of one server becomes in a cluster. Raises ValueError for an unknown statement."""
    if match := _CREATE.fullmatch(sql):
        return [_placed(match, _replicated(match["rest"]), names), _distributed(match["name"], names)]
    if match := _DROP.fullmatch(sql):
        twin = f"drop table if exists `{names.for_questions}`.`{match['name']}`{names.on_cluster} sync"
        return [twin, _placed(match, match["rest"], names)]
    if match := _ALTER.fullmatch(sql):
        local = _placed(match, _with_window(match["rest"]), names)
        if not _COLUMNS.match(match["rest"]):
            return [local]
        return [local, f"alter table `{names.for_questions}`.`{match['name']}`{names.on_cluster}{match['rest']}"]
    if match := _OTHERS.fullmatch(sql):
        return [_placed(match, match["rest"], names)]
    raise ValueError(f"no form for clusters is known for: {sql.strip()[:60]}")


def _placed(match: re.Match[str], rest: str, names: Names) -> str:
    return f"{match['before']}`{names.database}`.`{match['name']}`{names.on_cluster}{rest}"


def _replicated(rest: str) -> str:
    return _with_window(_ENGINE.sub(_replicated_engine, rest))


def _replicated_engine(match: re.Match[str]) -> str:
    own = f", {match[2]}" if match[2] else ""
    return f"engine = Replicated{match[1]}({PATH}{own})"


def _with_window(rest: str) -> str:
    return _WINDOW.sub(
        rf"replicated_deduplication_window = \1, replicated_deduplication_window_seconds = {TOKENS_FOR_S}", rest
    )


def _distributed(table: str, names: Names) -> str:
    key = ", visitor_id" if table in OF_VISITORS else ""
    return (
        f"create table if not exists `{names.for_questions}`.`{table}`{names.on_cluster} as"
        f" `{names.database}`.`{table}`"
        f" engine = Distributed('{names.cluster}', '{names.database}', '{table}'{key})"
    )
