"""What is stored of a site, since when, and what another retention would delete."""

from typing import Any

from dashboard.api.call import Answer, Call
from dashboard.api.inputs import OfSite
from dashboard.api.sites import CountsMonths, Months
from schema.privacy import retention
from schema.privacy.retention import Loss


class NewMonths(OfSite, frozen=True, kw_only=True):
    """A retention to try."""

    retention_months: Months | None = None
    counts_months: CountsMonths | None = None


def show(call: Call, new: NewMonths) -> Answer:
    """Return the oldest stored days of a site, and what other months would delete. It changes nothing."""
    site, database = call.site(), call.server.database
    privacy = retention.changed(site.privacy, months=new.retention_months, counts_months=new.counts_months)
    oldest = retention.oldest(database, site.id)
    return {
        "domain": site.domain,
        "retention_months": privacy.retention_months,
        "counts_months": privacy.months_of_counts,
        "oldest_event": oldest.event and str(oldest.event),
        "oldest_count": oldest.count and str(oldest.count),
        "would_delete": as_fields(retention.loss(database, site, privacy, now=call.server.clock())),
    }


def as_fields(loss: Loss | None) -> dict[str, Any] | None:
    """Return what is deleted as JSON fields."""
    if loss is None:
        return None
    return {
        "events": loss.events,
        "kept_from": str(loss.kept_from),
        "first_day": str(loss.first_day),
        "counted_days": loss.counted_days,
        "counts_kept_from": str(loss.counts_kept_from),
        "description": str(loss),
    }
