from schema.stores.database import Database
from schema.stores.table_sizes import table_sizes
from tests.factories import store, views


def test_tables_with_rows_are_listed_largest_first(database: Database):
    store(database, views("/", "/a"))
    sizes = table_sizes(database)

    assert {"events": 2} == {table.name: table.rows for table in sizes if table.name == "events"}
    assert sorted((table.size_bytes for table in sizes), reverse=True) == [table.size_bytes for table in sizes]
    assert all(table.parts > 0 for table in sizes)
