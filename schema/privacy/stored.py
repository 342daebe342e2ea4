"""Store the privacy settings of a site, with an entry in the audit log."""

from schema.exclusions import audit
from schema.privacy.profile import Privacy
from schema.sentence import Sentence
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control


def replace(control: Control, site: Site, privacy: Privacy, *, change: Sentence, who: str, now: float) -> Site:
    """Store other settings unless they are the same, and return the site.

    change: for the audit log, made by who. now: epoch seconds.
    """
    if privacy == site.privacy:
        return site
    stored = sites.change(control, site, privacy=privacy, now=now)
    with control.write() as connection:
        audit.note(connection, site_id=site.id, who=who, change=change, now=now, topic=audit.PRIVACY)
    return stored
