"""Build the stored record from an event and its visit."""

from ingest.request.field_values import Revenue
from ingest.visits import live_visits
from schema.records.event import ENGAGEMENT, PAGEVIEW, Event, Record
from schema.records.visit import Visit


def record(
    visit: Visit,
    *,
    day: int,
    now: int,
    name: str,
    hostname: str,
    path: str,
    props: dict[str, str],
    interactive: bool,
    scroll_depth: int,
    engagement_ms: int,
    revenue: Revenue | None,
    expires: int,
) -> Record:
    """Return a record, after updating the visit unless the event is an engagement event.

    day, expires: days since 1970-01-01. now: epoch seconds.
    """
    if name != ENGAGEMENT:
        live_visits.grow(
            visit, now=now, hostname=hostname, path=path, is_pageview=name == PAGEVIEW, is_interactive=interactive
        )
    event = Event(
        day=day,
        time=now,
        position=visit.version,
        name=name,
        hostname=hostname,
        path=path,
        props=props,
        interactive=interactive,
        scroll_depth=scroll_depth,
        engagement_ms=engagement_ms,
        revenue_amount=revenue.amount if revenue else None,
        revenue_currency=revenue.currency if revenue else "",
        expires=expires,
    )
    return Record(event, visit)
