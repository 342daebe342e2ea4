from schema.sites import refused_hits, sites
from schema.sites.refused_hits import Cause, Outage, RefusedMinute
from schema.stores.control import Control

NOON = 1_790_000_040 // 60 * 60


def test_hits_of_one_minute_add_up(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="UTC", now=NOON)
    for hits in (3, 4):
        refused_hits.add(control, [RefusedMinute(site.id, NOON, Cause.DISK_FULL, hits)])

    assert [Outage(NOON, NOON + 60, frozenset({Cause.DISK_FULL}), 7)] == refused_hits.outages(
        control, site.id, start=NOON, end=NOON + 1
    )


def test_minutes_apart_are_several_outages(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="UTC", now=NOON)
    minutes = [NOON, NOON + 1800, NOON + 4000]
    refused_hits.add(control, [RefusedMinute(site.id, minute, Cause.DISK, 1) for minute in minutes])
    outages = refused_hits.outages(control, site.id, start=0, end=NOON + 9999)

    assert [(NOON, NOON + 1860, 2), (NOON + 4000, NOON + 4060, 1)] == [
        (one.start, one.end, one.hits) for one in outages
    ]


def test_hits_of_an_unknown_site_are_left_out(control: Control) -> None:
    refused_hits.add(control, [RefusedMinute(99, NOON, Cause.LIMIT, 1)])

    assert [] == refused_hits.by_cause(control, since=0)


def test_a_removed_site_takes_its_refused_hits_along(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="UTC", now=NOON)
    refused_hits.add(control, [RefusedMinute(site.id, NOON, Cause.LIMIT, 5)])
    assert [(Cause.LIMIT, NOON, NOON, 5)] == refused_hits.by_cause(control, since=0)
    sites.remove(control, site.domain, now=NOON)
    sites.forget(control, site.id)

    assert [] == refused_hits.by_cause(control, since=0)
