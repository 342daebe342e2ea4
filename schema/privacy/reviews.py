"""The yearly review of the privacy settings of a site."""

from datetime import date, timedelta

from schema.sites.sites import Site
from schema.stores.control import Control

EVERY = timedelta(days=366)


def is_due(site: Site, *, added: date, today: date) -> bool:
    """Return whether the last review, or else the day when the site was added, is more than a year ago."""
    last = date.fromisoformat(site.privacy.reviewed_on) if site.privacy.reviewed_on else added
    return today - last > EVERY


def added_at(control: Control) -> dict[int, int]:
    """Return when each site was added, in epoch seconds, by id."""
    return {row[0]: row[1] for row in control.rows("select id, created_at from sites where removed_at is null")}
