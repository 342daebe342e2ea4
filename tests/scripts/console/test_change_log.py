"""Changes by commands are in the audit log, in the words of the pages."""

import time

from schema.exclusions import audit
from schema.exclusions.audit import Search
from schema.sites import sites

OF_SITE = ("--site", "example.org")


def test_changes_of_settings_are_logged(control, sillage):
    site = sites.add(control, "example.org", timezone="UTC", now=time.time())
    for words in (
        ("goals", "add", *OF_SITE, "--event", "Visit"),
        ("goals", "add", *OF_SITE, "--event", "Buy"),
        ("goals", "rename", *OF_SITE, "2", "Sold"),
        ("funnels", "add", *OF_SITE, "--name", "Sale", "--step", "Visit", "--step", "Sold"),
        ("funnels", "remove", *OF_SITE, "1", "--yes"),
        ("goals", "remove", *OF_SITE, "2", "--yes"),
        ("props", "add", *OF_SITE, "plan"),
        ("props", "remove", *OF_SITE, "plan", "--yes"),
        ("segments", "add", *OF_SITE, "--name", "France", "--filters", '[["is", "visit:country", ["FR"]]]'),
        ("segments", "remove", *OF_SITE, "1", "--yes"),
        ("referrers", "ignore", "add", *OF_SITE, "pay.example"),
        ("referrers", "ignore", "remove", *OF_SITE, "pay.example"),
        ("sites", "remove", "example.org", "--yes"),
    ):
        sillage(*words)

    logged = audit.search(control, Search(site_id=site.id), most=20)
    assert {entry.who for entry in logged} == {audit.COMMAND_LINE}
    assert [entry.change for entry in reversed(logged)] == [
        "Added the goal Visit.",
        "Added the goal Buy.",
        "Renamed the goal Buy to Sold.",
        "Added the funnel Sale.",
        "Removed the funnel Sale.",
        "Removed the goal Sold.",
        "Added the property plan.",
        "Removed the property plan.",
        "Added the segment France.",
        "Removed the segment France.",
        "Ignored the referrer pay.example.",
        "No longer ignored the referrer pay.example.",
        "Deleted the site example.org.",
    ]
