"""Delete the events of removed sites."""

from schema.sites import sites
from schema.stores.control import Control
from schema.stores.database import Database

AFTER_S = 10  # by then, the last accepted events of a removed site are in ClickHouse
TABLES = ("events", "visits", "drops", "daily_events", "daily_visits", "monthly_events", "monthly_visits")


def purge(control: Control, database: Database, *, now: float) -> None:
    """Delete all that ClickHouse has of sites removed more than AFTER_S ago, and then the sites. now: epoch seconds."""
    for site_id in sites.removed_ids(control, before=now - AFTER_S):
        delete_rows(database, site_id)
        sites.forget(control, site_id)


def delete_rows(database: Database, site_id: int) -> None:
    """Delete all that ClickHouse has of a site. Raises as `Database.command` does."""
    for table in TABLES:
        database.command(
            f"alter table {table} delete where site_id = {{site:UInt32}} settings mutations_sync = 1", {"site": site_id}
        )
