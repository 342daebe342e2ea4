"""Visits of today are deleted when a visitor asks for it, while there is still a number to find them by."""

from collections.abc import Iterable
from datetime import date, timedelta

from schema.database import Database


def forget(database: Database, site_id: int, *, visitors: Iterable[int], visits: Iterable[int], today: date) -> None:
    """Delete what a site has of these visitors today, a local day, and of visits that went on into it.

    Raises ClickHouseError, DatabaseUnavailableError.
    """
    parameters = {
        "site": site_id,
        "today": today,
        "yesterday": today - timedelta(days=1),
        "visitors": list(visitors),
        "visits": list(visits),
    }
    for table in ("events", "visits"):
        database.command(
            f"alter table {table} delete"
            " where site_id = {site:UInt32} and day >= {yesterday:Date} and day <= {today:Date}"
            " and (day = {today:Date} and has({visitors:Array(UInt64)}, visitor_id)"
            " or has({visits:Array(UInt64)}, visit_id))"
            " settings mutations_sync = 1",
            parameters,
        )
