"""The commands and scripts, and the only place where ingest, schema and dashboard meet."""
