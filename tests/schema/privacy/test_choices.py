"""Choices of a site about privacy, and their entry in the audit log."""

import msgspec

from schema.exclusions import audit
from schema.privacy import choices
from schema.privacy.profile import Privacy
from schema.sites import sites
from schema.stores.control import Control

NOW = 1_790_000_000


def test_a_change_is_stored_and_logged(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="Europe/Paris", now=NOW)
    privacy = msgspec.structs.replace(site.privacy, honors_dnt=True, contact="dpo@example.org")

    changed = choices.change(control, site, privacy, who="ana@example.org", now=NOW)

    assert privacy == changed.privacy
    assert [("ana@example.org", "Changed privacy settings: honors_dnt, contact.")] == [
        (entry.who, entry.change) for entry in audit.latest(control, 9, site_id=site.id, topic=audit.PRIVACY)
    ]


def test_what_does_not_change_is_not_logged(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="Europe/Paris", now=NOW)

    assert site == choices.change(control, site, Privacy(), who="ana@example.org", now=NOW)
    assert [] == audit.latest(control, 9, topic=audit.PRIVACY)
