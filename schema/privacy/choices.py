"""What a site decides about privacy within its profile, with an entry in the audit log.

The profile itself changes by a conversion, and the retention by `retention.py`, because both delete what is stored.
"""

from schema.privacy import stored
from schema.privacy.profile import Privacy
from schema.sentence import Sentence
from schema.sites.sites import Site
from schema.stores.control import Control


def change(control: Control, site: Site, privacy: Privacy, *, who: str, now: float) -> Site:
    """Store other choices, and return the site. who: for the audit log. now: epoch seconds."""
    names = ", ".join(differing(site.privacy, privacy))
    sentence = Sentence("Changed privacy settings: %(names)s.", {"names": names})
    return stored.replace(control, site, privacy, change=sentence, who=who, now=now)


def differing(before: Privacy, after: Privacy) -> list[str]:
    """Return the names of the settings that differ."""
    return [name for name in Privacy.__struct_fields__ if getattr(before, name) != getattr(after, name)]
