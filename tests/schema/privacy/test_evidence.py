from datetime import date
from typing import Any

import msgspec
import pytest

from schema.privacy import evidence
from schema.privacy.evidence import ExemptRows, OldestRow, Texts
from schema.privacy.profile import Privacy
from schema.sites.purge import TABLES
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from tests.factories import a_visit, an_event, store

NOW = 1_773_144_000.0  # 2026-03-10 12:00 UTC
EXEMPT = Site(2, "exempt.example", "Europe/Paris", 396, privacy=Privacy(profile="exempt", retention_months=13))
COUNTED: dict[str, Any] = {"site_id": [2], "day": [date(2026, 3, 1)], "version": [1], "expires": [date(2140, 1, 1)]}


def test_all_tables_are_described_with_their_ttl(database: Database) -> None:
    tables = {table.name: table for table in evidence.TABLES.answer(database, [], NOW)}

    assert {*TABLES, "migrations"} == tables.keys()
    assert "expires" in tables["events"].ttl
    assert tables["migrations"].ttl == ""
    assert ("path", "LowCardinality(String)") in tables["events"].columns


def test_tables_of_the_control_file_are_described(control: Control) -> None:
    (users,) = (table for table in evidence.control_tables(control) if table.name == "users")

    assert ("email", "TEXT") == next((name, kind.upper()) for name, kind in users.columns if name == "email")


def test_the_oldest_row_of_each_site_is_reported(database: Database) -> None:
    store(database, [an_event(site_id=1, time=f"2026-03-0{day} 12:00") for day in (3, 5)])
    store(database, [a_visit(site_id=2, start="2026-03-04 12:00")])

    assert {
        OldestRow("events", 1, date(2026, 3, 3), 0),
        OldestRow("visits", 1, date(2026, 3, 3), 0),
        OldestRow("visits", 2, date(2026, 3, 4), 0),
    } == set(evidence.OLDEST_ROWS.answer(database, [], NOW))


def test_texts_of_recent_days_are_counted_once(database: Database) -> None:
    paths = ["/mail/ana@example.org", "/mail/ana@example.org", "/mail/bo@example.org"]
    store(database, [an_event(time="2026-03-09 12:00", path=path) for path in paths])
    store(database, [an_event(time="2026-03-01 12:00", path="/mail/old@example.org")])

    assert [Texts("path", "email", 2)] == evidence.TEXTS.answer(database, [], NOW)


def test_counted_values_are_texts_too(database: Database) -> None:
    row = COUNTED | {"dimension": ["event:page"], "value": ["/a/203.0.113.77"], "day": [date(2026, 3, 9)]}
    database.insert("daily_events", row, token="counts")

    assert [Texts("path", "address", 1)] == evidence.TEXTS.answer(database, [], NOW)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/a/203.0.113.77/b", "address"),
        ("/a/2001:db8:0:1:2:3:4:5", "address"),
        ("/a/1.2.3.4.5", None),
        ("/docs/1.20.3", None),
        ("/at/12:30:45", None),
        ("/npm/pkg@1.2.3/index.min.js", None),
        ("/@ana/article.html", None),
        ("/why?", None),
        ("/a-long-title-of-an-article-that-everybody-reads", None),
        ("/search?q=flu", "query"),
    ],
)
def test_texts_of_persons_and_others(database: Database, path: str, pattern: str | None) -> None:
    store(database, [an_event(time="2026-03-10 11:00", path=path)])

    assert [pattern] * (pattern is not None) == [texts.pattern for texts in evidence.TEXTS.answer(database, [], NOW)]


@pytest.mark.parametrize(
    ("table", "row", "count"),
    [
        ("daily_events", {"dimension": ["visit:utm_source"], "value": ["letter"], "events": [3]}, 1),
        ("daily_events", {"dimension": ["event:props:plan"], "value": ["b"], "events": [3]}, 1),
        ("daily_visits", {"dimension": ["visit:named_city"], "value": ["Paris"], "started_visits": [3]}, 1),
        ("daily_events", {"dimension": ["visit:utm_source"], "value": ["letter"], "events": [0]}, 0),
        ("daily_events", {"dimension": ["visit:utm_source"], "value": [""], "events": [3]}, 0),
        ("daily_events", {"dimension": ["visit:country"], "value": ["FR"], "events": [3]}, 0),
    ],
)
def test_counts_that_an_exempt_site_does_not_keep(
    database: Database, table: str, row: dict[str, Any], count: int
) -> None:
    database.insert(table, COUNTED | row, token="counts")

    assert [ExemptRows(2, counts=count)] == evidence.EXEMPT_ROWS.answer(database, [EXEMPT], NOW)


def test_only_exempt_sites_are_examined(database: Database) -> None:
    site = Site(1, "example.org", "Europe/Paris", 761)
    store(database, [an_event(site_id=1, time="2026-03-10 11:00", utm_source="letter")])

    assert [] == evidence.EXEMPT_ROWS.answer(database, [site], NOW)


@pytest.mark.parametrize("question", evidence.QUESTIONS.values(), ids=evidence.QUESTIONS)
def test_an_answer_survives_json(database: Database, question: evidence.Question[Any]) -> None:
    store(database, [an_event(site_id=2, time="2026-03-10 11:00", path="/a/203.0.113.77", city=7)])
    answer = question.answer(database, [EXEMPT], NOW)

    assert answer == msgspec.json.decode(msgspec.json.encode(answer), type=question.type)
