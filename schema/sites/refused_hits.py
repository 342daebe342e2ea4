"""Hits that were answered with 503, by site, minute and cause: what a report of these minutes lacks.

Some of them would have been dropped as hits of bots, and browsers do not send a refused hit again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from schema.stores.control import Control

MINUTE_S = 60


class Cause(StrEnum):
    """Why hits could not be stored."""

    LIMIT = "limit"  # the waiting events reached spool_max_mb
    DISK_FULL = "disk-full"
    DISK = "disk"  # it failed in another way


class RefusedMinute(NamedTuple):
    """Hits of a site in one minute."""

    site_id: int
    minute: int  # its start, epoch seconds
    cause: Cause
    hits: int


@dataclass(frozen=True, slots=True)
class Outage:
    """Minutes in which hits were refused, with no more than half an hour between them."""

    start: int  # epoch seconds
    end: int  # of the last minute
    causes: frozenset[Cause]
    hits: int


_APART_S = 1800


def add(control: Control, minutes: Iterable[RefusedMinute]) -> None:
    """Add refused hits. Those of sites that do not exist any more are left out. Raises ControlUnavailableError."""
    with control.write() as connection:
        connection.executemany(
            """
            insert into refused_hits (site_id, minute, cause, hits)
            select id, ?, ?, ? from sites where id = ?
            on conflict do update set hits = hits + excluded.hits
            """,
            [(row.minute, row.cause, row.hits, row.site_id) for row in minutes],
        )


def outages(control: Control, site_id: int, *, start: float, end: float) -> list[Outage]:
    """Return the outages of a site in a period, in epoch seconds, oldest first."""
    rows = control.rows(
        "select minute, cause, hits from refused_hits where site_id = ? and minute >= ? and minute < ? order by minute",
        (site_id, start, end),
    )
    outages: list[Outage] = []
    for minute, cause, hits in rows:
        until, causes = minute + MINUTE_S, frozenset({Cause(cause)})
        if outages and minute - outages[-1].end <= _APART_S:
            last = outages.pop()
            outages.append(Outage(last.start, until, last.causes | causes, last.hits + hits))
        else:
            outages.append(Outage(minute, until, causes, hits))
    return outages


def by_cause(control: Control, *, since: float) -> list[tuple[Cause, int, int, int]]:
    """Return cause, first and last minute, and number of the hits of all sites that were refused since a time."""
    rows = control.rows(
        "select cause, min(minute), max(minute), sum(hits) from refused_hits where minute >= ? group by cause",
        (since,),
    )
    return [(Cause(cause), first, last, hits) for cause, first, last, hits in rows]
