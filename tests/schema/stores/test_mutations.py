"""Mutations in the background, awaited."""

import pytest

from schema.stores.database import Database, DatabaseError
from schema.stores.mutations import mutate
from tests.factories import an_event, store


def test_a_mutation_is_done_when_the_call_returns(database: Database) -> None:
    store(database, [an_event(path="/a"), an_event(path="/b")])
    mutate(database, "events", "delete where path = {path:String}", {"path": "/a"})

    assert [("/b",)] == [tuple(row) for row in database.query("select path from events")]


def test_a_mutation_that_fails_is_an_error_and_is_not_tried_again(database: Database) -> None:
    store(database, [an_event(path="/a")])

    with pytest.raises(DatabaseError, match="can't rewrite events"):
        mutate(database, "events", "delete where throwIf(path = {path:String})", {"path": "/a"})
    mutate(database, "events", "delete where path = {path:String}", {"path": "/b"})
    assert [("/a",)] == [tuple(row) for row in database.query("select path from events")]
