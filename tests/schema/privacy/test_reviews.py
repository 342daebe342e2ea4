from dataclasses import replace
from datetime import date

import msgspec
import pytest

from schema.privacy import reviews
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control

SITE = Site(1, "example.org", "Europe/Paris", 761)


@pytest.mark.parametrize(
    ("added", "reviewed_on", "today", "is_due"),
    [
        pytest.param("2025-11-30", "", "2026-12-01", False, id="a year after it was added"),
        pytest.param("2025-11-30", "", "2026-12-02", True, id="more than a year after it was added"),
        pytest.param("2020-01-01", "2026-01-15", "2026-11-30", False, id="reviewed this year"),
        pytest.param("2020-01-01", "2025-01-15", "2026-11-30", True, id="reviewed long ago"),
    ],
)
def test_a_review_is_due_after_a_year(added: str, reviewed_on: str, today: str, is_due: bool) -> None:
    site = replace(SITE, privacy=msgspec.structs.replace(SITE.privacy, reviewed_on=reviewed_on))

    assert is_due is reviews.is_due(site, added=date.fromisoformat(added), today=date.fromisoformat(today))


def test_the_time_when_a_site_was_added_is_stored(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="UTC", now=1234.5)
    sites.remove(control, sites.add(control, "gone.example", timezone="UTC", now=1).domain, now=2)

    assert {site.id: 1234} == reviews.added_at(control)
