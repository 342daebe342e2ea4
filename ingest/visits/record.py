"""Build the stored record from an event and its visit."""

from ingest.visits import live_visits
from schema.records.event import ENGAGEMENT, PAGEVIEW, Event, Record
from schema.records.visit import Visit


def record(event: Event, visit: Visit) -> Record:
    """Return the record of an event, after updating the visit unless it is an engagement event.

    event: its position is that of the visit after the event.
    """
    if event.name != ENGAGEMENT:
        live_visits.grow(
            visit,
            now=event.time,
            hostname=event.hostname,
            path=event.path,
            is_pageview=event.name == PAGEVIEW,
            is_interactive=event.interactive,
        )
        # The site may have changed its retention since the visit began.
        visit.expires = visit.day + event.expires - event.day
    return Record(event, visit)
