"""Erasures: what can be selected, and how far each is."""

import time
from dataclasses import replace
from datetime import date

import pytest

from schema.exclusions import audit
from schema.privacy import erasures
from schema.privacy.erasures import STEPS, ErasureError, Kind, Selection
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control

NOW = time.time()
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 5)


@pytest.fixture
def site(control: Control) -> Site:
    return sites.add(control, "example.org", timezone="UTC", now=NOW)


@pytest.mark.parametrize(
    ("kind", "value", "days", "expected"),
    [
        pytest.param("page", " /secret/** ", {}, Selection(Kind.PAGE, "", "/secret/**"), id="a pattern of pages"),
        pytest.param("property", "plan=a=b", {}, Selection(Kind.PROPERTY, "plan", "a=b"), id="a property"),
        pytest.param("host", "WWW.Shop.Example", {}, Selection(Kind.HOST, "", "shop.example"), id="a host"),
        pytest.param("days", "", {"last": str(LAST)}, Selection(Kind.DAYS, last=LAST), id="up to a day"),
        pytest.param(
            "page",
            "/",
            {"first": str(FIRST), "last": str(LAST)},
            Selection(Kind.PAGE, "", "/", FIRST, LAST),
            id="a page on some days",
        ),
    ],
)
def test_what_people_enter_becomes_a_selection(
    control: Control, site: Site, kind: str, value: str, days: dict[str, str], expected: Selection
) -> None:
    assert expected == erasures.read(control, site, kind, value, **days)


@pytest.mark.parametrize(
    ("kind", "value", "days", "sentence"),
    [
        pytest.param("cookie", "x", {}, "'cookie' can't be erased", id="another kind"),
        pytest.param("page", "blog", {}, "'blog' is not a page", id="no path"),
        pytest.param("property", "plan", {}, "'plan' is not a property", id="a property without a value"),
        pytest.param("property", "=free", {}, "'=free' is not a property", id="a property without a key"),
        pytest.param("host", "a b", {}, "'a b' is not a host", id="no host"),
        pytest.param("import", "x", {}, "'x' is not an import of this site", id="an unknown import"),
        pytest.param("days", "", {}, "enter the first or the last day", id="no day"),
        pytest.param("days", "", {"first": "1 March"}, "'1 March' is not a date", id="no date"),
        pytest.param(
            "days",
            "",
            {"first": str(LAST), "last": str(FIRST)},
            "day is after the last",
            id="wrong order",
        ),
        pytest.param("page", "/" + "x" * 2000, {}, "at most 2000 characters", id="too long"),
    ],
)
def test_what_selects_nothing_is_refused(
    control: Control, site: Site, kind: str, value: str, days: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ErasureError, match=sentence):
        erasures.read(control, site, kind, value, **days)


def test_an_erasure_waits_until_its_last_step(control: Control, site: Site) -> None:
    added = erasures.add(control, site, Selection(Kind.PAGE, "", "/secret"), who="ana@example.org", now=NOW)
    states = [erasures.waiting(control)]
    for step in (1, STEPS):
        erasures.advance(control, added.id, step=step, days=(FIRST, LAST))
        states.append(erasures.waiting(control))

    assert [[added], [replace(added, step=1, days=(FIRST, LAST))], []] == states
    assert [True] == [erasure.is_done for erasure in erasures.list_all(control, site.id)]


def test_days_that_are_being_erased_are_known(control: Control, site: Site) -> None:
    added = erasures.add(control, site, Selection(Kind.HOST, "", "a.example"), who="ana@example.org", now=NOW)
    erasures.advance(control, added.id, step=1, days=(FIRST,))
    during = erasures.unfinished_days(control)
    erasures.advance(control, added.id, step=STEPS, days=(FIRST,))

    assert ({(site.id, FIRST)}, set()) == (during, erasures.unfinished_days(control))


def test_the_audit_log_does_not_keep_what_was_erased(control: Control, site: Site) -> None:
    erasures.add(control, site, Selection(Kind.PAGE, "", "/jane-doe"), who="ana@example.org", now=NOW)
    [entry] = audit.latest(control, 9, site_id=site.id, topic=audit.PRIVACY)

    assert ("ana@example.org", "Erased events by page (erasure 1).") == (entry.who, entry.change)


def test_all_erasures_can_be_repeated(control: Control, site: Site) -> None:
    other = sites.add(control, "other.example", timezone="UTC", now=NOW)
    for one in (site, other):
        added = erasures.add(control, one, Selection(Kind.PAGE, "", "/"), who="ana@example.org", now=NOW)
        erasures.advance(control, added.id, step=STEPS, days=(FIRST,))

    assert 1 == erasures.repeat(control, site.id)
    assert [site.id] == [erasure.site_id for erasure in erasures.waiting(control)]
    assert 2 == erasures.repeat(control)


@pytest.mark.parametrize(("days", "left"), [(760, 1), (762, 0)])
def test_an_erasure_is_dropped_once_nothing_so_old_is_kept(control: Control, site: Site, days: int, left: int) -> None:
    added = erasures.add(control, site, Selection(Kind.PAGE, "", "/"), who="ana@example.org", now=NOW)
    erasures.advance(control, added.id, step=STEPS, days=())
    erasures.drop_old(control, site, now=NOW + days * 86_400)

    assert left == len(erasures.list_all(control))


def test_an_erasure_that_waits_is_never_dropped(control: Control, site: Site) -> None:
    erasures.add(control, site, Selection(Kind.PAGE, "", "/"), who="ana@example.org", now=NOW)
    erasures.drop_old(control, site, now=NOW + 10_000 * 86_400)

    assert 1 == len(erasures.waiting(control))
