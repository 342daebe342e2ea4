"""What is kept, and how it is reached: tables, migrations, records, the ClickHouse and SQLite connections."""
