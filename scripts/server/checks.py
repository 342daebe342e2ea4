"""Checks of a running server and its machine, for `sillage doctor` and the page about the server.

Each takes plain values and returns a finding: red must be fixed, yellow should be looked at. Sentences say what to do.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from schema.privacy.audits import Finding, State
from schema.sentence import Count, Sentence, Size
from schema.stores.table_sizes import TableSize
from scripts.audit.subject import green, listed, red, yellow
from scripts.server import problems

GIB = 1_073_741_824
FULL_BYTES, NEARLY_FULL_SHARE = GIB, 0.1  # of a disk: free space below which events may soon be refused
LITTLE_MEMORY_SHARE = 0.05
MAX_CLOCK_STEP_S = 60
LATE_S = 300  # events that wait longer than that are late
UNCOUNTED_S = 2 * 3600
MANY_PARTS = 300  # of one table. ClickHouse slows inserts down at 1,000
OLD_BACKUP_S = 8 * 86_400


def disk(*, free_bytes: int, total_bytes: int) -> Finding:
    """Check the free space on the disk of the data directory."""
    values = {"free": Size(free_bytes), "total": Size(total_bytes)}
    if free_bytes < FULL_BYTES:
        return red(
            "disk",
            "Only %(free)s of %(total)s are free on the disk of the data directory. Once it is full, events are "
            "refused: free some space, or move the data directory.",
            **values,
        )
    if free_bytes < NEARLY_FULL_SHARE * total_bytes:
        return yellow("disk", "Only %(free)s of %(total)s are free on the disk of the data directory.", **values)
    return green("disk", "%(free)s of %(total)s are free on the disk of the data directory.", **values)


def memory(*, resident_bytes: int, available_bytes: int, total_bytes: int) -> Finding:
    """Check the memory that is left. available_bytes: 0 where the system does not report it."""
    values = {"used": Size(resident_bytes), "free": Size(available_bytes), "total": Size(total_bytes)}
    if not available_bytes:
        return green("memory", "The server uses %(used)s of %(total)s of memory.", **values)
    if available_bytes < LITTLE_MEMORY_SHARE * total_bytes:
        return red(
            "memory",
            "The server uses %(used)s, and only %(free)s of %(total)s of memory are left. Lower memory_mb, or end "
            "other programs: the system may end the server at any time.",
            **values,
        )
    return green("memory", "The server uses %(used)s, and %(free)s of %(total)s of memory are left.", **values)


def clock(*, is_synchronized: bool | None, ahead_s: float) -> Finding:
    """Check the clock. is_synchronized: None if unknown. ahead_s: by how much the newest event is in the future."""
    if ahead_s > MAX_CLOCK_STEP_S:
        return red(
            "clock",
            "The newest events are %(minutes)d minutes in the future: the clock was set back. Check it with the "
            "command `date`, and have it synchronized.",
            minutes=round(ahead_s / 60),
        )
    if is_synchronized is False:
        return yellow(
            "clock",
            "The clock is not synchronized, so hits may count on the wrong day. Start a time service such as "
            "systemd-timesyncd or chrony.",
        )
    return green("clock", "The clock is not behind the newest events.")


def time_zones(*, own: str, missing: Sequence[str]) -> Finding:
    """Check the time zones. own: of new sites. missing: those of sites that this machine does not know."""
    if missing:
        return red(
            "timezone",
            "This machine does not know the time zones %(zones)s of some sites. Install the package tzdata.",
            zones=listed(missing),
        )
    return green("timezone", "New sites get the time zone %(zone)s. The time zones of all sites are known.", zone=own)


def spool(*, refusal: str, waiting_bytes: int, max_bytes: int, oldest_s: float, set_aside: int) -> Finding:
    """Check the events that wait for ClickHouse. oldest_s: since when the oldest waits."""
    if refusal:
        return red("spool", "Hits are refused: %(reason)s.", reason=Sentence(refusal))
    if set_aside:
        return Finding("spool", State.RED, problems.set_aside(set_aside))
    values = {"waiting": Size(waiting_bytes), "most": Size(max_bytes), "minutes": int(oldest_s // 60)}
    if oldest_s > LATE_S:
        return red(
            "spool",
            "Events have been waiting for ClickHouse for %(minutes)d minutes: %(waiting)s of at most %(most)s. They "
            "are safe on disk. Check that ClickHouse runs and has space.",
            **values,
        )
    return green("spool", "%(waiting)s of events wait for ClickHouse, of at most %(most)s.", **values)


def clickhouse(*, version: str, error: str) -> Finding:
    """Check whether ClickHouse answers. error: why not, as a sentence; empty: it does."""
    if error:
        return red("clickhouse", "ClickHouse does not answer: %(reason)s Accepted events wait on disk.", reason=error)
    return green("clickhouse", "ClickHouse %(version)s answers.", version=version)


def tables(sizes: Sequence[TableSize], *, counted_s: float | None) -> Finding:
    """Check the tables. counted_s: for how long days have not been counted; None: not yet since the start."""
    scattered = [table.name for table in sizes if table.parts > MANY_PARTS]
    if scattered:
        return red(
            "tables",
            "ClickHouse does not merge the tables %(tables)s fast enough: they have more than %(most)d parts. Look for "
            "errors in the log, and for a full or slow disk.",
            tables=listed(scattered),
            most=MANY_PARTS,
        )
    if counted_s is not None and counted_s > UNCOUNTED_S:
        return yellow(
            "tables",
            "Days were last counted %(hours)d hours ago, so reports are slow. Look for errors in the log.",
            hours=int(counted_s // 3600),
        )
    rows = sum(table.rows for table in sizes)
    size = Size(sum(table.size_bytes for table in sizes))
    return green("tables", "The tables have %(rows)s rows and take %(size)s.", rows=Count(rows), size=size)


def workers(*, configured: int, running: int, restarts: int) -> Finding:
    """Check the processes that read hits."""
    if not configured:
        return green("workers", "The server reads hits itself. With several cores, --workers makes it faster.")
    values = {"running": running, "configured": configured, "restarts": restarts}
    if running < configured:
        return red("workers", "%(running)d of %(configured)d workers run. See the log for the reason.", **values)
    if restarts:
        return yellow("workers", "All %(running)d workers run. %(restarts)d were started again: see the log.", **values)
    return green("workers", "All %(running)d workers run.", **values)


def backup(*, made_at: float | None, now: float) -> Finding:
    """Check the last backup. made_at: epoch seconds; None: none was made on this machine."""
    if made_at is None:
        return yellow("backup", "No backup was made yet. `sillage backup DIRECTORY` makes one while the server runs.")
    day = datetime.fromtimestamp(made_at, UTC).date()
    if now - made_at > OLD_BACKUP_S:
        return yellow("backup", "The last backup was made on %(day)s. Run `sillage backup` every night.", day=day)
    return green("backup", "The last backup was made on %(day)s.", day=day)


def mail(host: str | None, *, waiting: int, lost: int) -> Finding:
    """Check the messages to be sent. `sillage doctor` connects to the server. lost: those of the last days."""
    if lost:
        return red(
            "mail",
            "%(count)d reports or alerts could not be sent lately. `sillage mail test ADDRESS` says what is wrong.",
            count=lost,
        )
    if host is None:
        return yellow("mail", "No mail server is configured, so nobody gets reports or warnings. Set mail_host.")
    return green("mail", "Mail is sent through %(host)s. %(count)d messages wait.", host=host, count=waiting)
