"""P8: ClickHouse deletes every row at the end of its site's retention."""

from datetime import timedelta

from schema.privacy import evidence
from schema.privacy.audits import Finding
from schema.privacy.evidence import GRACE_DAYS, OldestRow
from scripts.audit.subject import Subject, green, listed, red

_WITHOUT_PEOPLE = frozenset({"migrations"})
_OF_VISITORS = frozenset({"events", "visits"})


def every_table_expires(subject: Subject) -> Finding:
    """P8: every table has a TTL."""
    tables = [table for table in subject.ask(evidence.TABLES) if table.name not in _WITHOUT_PEOPLE]
    if names := [table.name for table in tables if not table.ttl]:
        return red("P8", "ClickHouse never deletes the rows of %(tables)s: they have no TTL.", tables=listed(names))
    return green("P8", "All %(count)d tables have a TTL, by which ClickHouse deletes their rows.", count=len(tables))


def no_row_is_too_old(subject: Subject) -> Finding:
    """P8: no row is older than the retention of its site."""
    rows = [row for row in subject.ask(evidence.OLDEST_ROWS) if row.site_id in {site.id for site in subject.sites}]
    if late := [row for row in rows if row.expired or _is_too_old(subject, row)]:
        names = sorted({f"{_domain(subject, row)} ({row.table})" for row in late})
        return red("P8", "Rows are older than the retention allows: %(names)s.", names=listed(names))
    if not rows:
        return green("P8", "No rows are stored.")
    oldest = min(row.day for row in rows)
    return green("P8", "No row is older than the retention of its site. The oldest is of %(day)s.", day=oldest)


def _is_too_old(subject: Subject, row: OldestRow) -> bool:
    """Return whether rows of visitors are too old. Counts expire by the day that is stored with them."""
    if row.table not in _OF_VISITORS:
        return False
    site = next(site for site in subject.sites if site.id == row.site_id)
    return row.day < subject.today(site) - timedelta(days=site.retention_days + GRACE_DAYS)


def _domain(subject: Subject, row: OldestRow) -> str:
    return next(site.domain for site in subject.sites if site.id == row.site_id)
