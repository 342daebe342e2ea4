-- Which import an event came from, so that the import can be erased.
alter table events add column if not exists import_id LowCardinality(String) comment 'control database, imports.id; empty: a live event, or imported before this column';
