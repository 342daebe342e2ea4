from decimal import Decimal

import msgspec
import pytest

from schema.records.event import NO_SCROLL_DEPTH, Event, Record, event_columns
from schema.stores.database import Database
from tests.factories import an_event, store
from tests.schema.records.test_visit import EPOCH_DAY_2140, FULL, NOON_S

EVENT = Event(
    day=20522,
    time=NOON_S + 30,
    position=4,
    name="Signup 'é' \\",
    hostname="page.example",
    path="/page/東京\t",
    props={"plan": "small", "é": "", "quote'": "\\"},
    interactive=False,
    scroll_depth=100,
    engagement_ms=2**32 - 1,
    revenue_amount=Decimal("-999999999999999.125"),
    revenue_currency="EUR",
    expires=EPOCH_DAY_2140,
)
# How a column is asked for so that it comes back as it is in a record.
READ_AS = {
    "day": "toUInt16(day)",
    "expires": "toUInt16(expires)",
    "time": "toUnixTimestamp(time)",
    "interactive": "interactive = 1",
}


def stored(database: Database) -> list[dict[str, object]]:
    columns = list(event_columns([an_event()]))
    rows = database.query(f"select {', '.join(READ_AS.get(name, name) for name in columns)} from events")
    return [dict(zip(columns, row, strict=True)) for row in rows]


def in_columns(record: Record) -> dict[str, object]:
    return {name: values[0] for name, values in event_columns([record]).items()}


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(EVENT, id="everything known"),
        pytest.param(
            msgspec.structs.replace(
                EVENT,
                props={},
                interactive=True,
                scroll_depth=NO_SCROLL_DEPTH,
                engagement_ms=0,
                revenue_amount=None,
                revenue_currency="",
            ),
            id="nothing known that may be unknown",
        ),
    ],
)
def test_every_field_of_an_event_and_of_its_visit_comes_back_as_it_was(database: Database, event: Event) -> None:
    record = Record(event, FULL)
    store(database, [record])

    assert [in_columns(record)] == stored(database)


def test_an_event_survives_the_spool_as_it_was() -> None:
    record = Record(EVENT, FULL)

    assert record == msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=Record)


def test_no_column_is_left_to_its_default(database: Database) -> None:
    names = database.query("select name from system.columns where table = 'events' and database = currentDatabase()")

    assert {name for (name,) in names} == set(event_columns([an_event()]))


def test_there_is_no_column_that_an_address_would_fit_in_by_name(database: Database) -> None:
    rows = database.query("select table, name, comment from system.columns where database = currentDatabase()")
    words = {word for row in rows for text in row for word in text.lower().replace("_", " ").split()}

    assert words & {"ip", "ipv4", "ipv6", "address", "remote", "client", "agent", "fingerprint", "cookie"} == set()


@pytest.mark.parametrize("table", ["events", "visits", "drops"])
def test_every_column_says_what_it_holds(database: Database, table: str) -> None:
    """The few without a comment are named after what the field calls them everywhere."""
    rows = database.query(
        "select name from system.columns"
        " where database = currentDatabase() and table = {table:String} and comment = ''",
        {"table": table},
    )
    plain = {"count", "pageviews", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"}

    assert {name for (name,) in rows} <= plain


@pytest.mark.parametrize(
    ("expires", "is_kept"),
    [
        pytest.param(20000, False, id="2024, past"),
        pytest.param(EPOCH_DAY_2140, True, id="2140, not yet"),
    ],
)
def test_clickhouse_itself_deletes_what_is_past_its_retention(database: Database, expires: int, is_kept: bool) -> None:
    store(database, [an_event(path="/in-question", expires=expires), an_event(path="/young")])
    database.command("optimize table events final")

    assert is_kept == ("/in-question" in {row["path"] for row in stored(database)})
