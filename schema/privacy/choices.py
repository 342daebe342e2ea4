"""What a site decides about privacy within its profile, with an entry in the audit log.

The profile itself changes by a conversion, and the retention by `retention.py`, because both delete what is stored.
"""

from schema.exclusions import audit
from schema.privacy.profile import Privacy
from schema.sentence import Sentence
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control


def change(control: Control, site: Site, privacy: Privacy, *, who: str, now: float) -> Site:
    """Store other choices, and return the site. who: for the audit log. now: epoch seconds."""
    names = differing(site.privacy, privacy)
    if not names:
        return site
    stored = sites.change(control, site, privacy=privacy, now=now)
    sentence = Sentence("Changed privacy settings: %(names)s.", {"names": ", ".join(names)})
    with control.write() as connection:
        audit.note(connection, site_id=site.id, who=who, change=sentence, now=now, topic=audit.PRIVACY)
    return stored


def differing(before: Privacy, after: Privacy) -> list[str]:
    """Return the names of the settings that differ."""
    return [name for name in Privacy.__struct_fields__ if getattr(before, name) != getattr(after, name)]
