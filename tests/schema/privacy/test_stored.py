"""Privacy settings are stored with an entry in the audit log."""

from schema.exclusions import audit
from schema.privacy import stored
from schema.privacy.profile import Privacy
from schema.sentence import Sentence
from schema.sites import sites
from schema.stores.control import Control

NOW = 1_790_000_000


def test_settings_are_stored_and_logged_once(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="UTC", now=NOW)
    other = Privacy(honors_dnt=True)
    for _ in range(2):
        site = stored.replace(control, site, other, change=Sentence("Changed."), who="ana@example.org", now=NOW)

    assert other == site.privacy
    assert [("ana@example.org", "Changed.")] == [
        (entry.who, entry.change) for entry in audit.latest(control, 9, site_id=site.id, topic=audit.PRIVACY)
    ]
