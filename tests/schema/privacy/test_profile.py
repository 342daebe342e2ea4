"""Privacy settings of a site: defaults, limits of each profile, and how they are stored."""

import msgspec
import pytest

from schema.privacy import profile
from schema.privacy.profile import EXEMPT, Privacy, PrivacyError
from schema.sites import sites
from schema.stores.control import Control

NOW = 1_790_000_000


def an_exempt_site(**settings: object) -> Privacy:
    return msgspec.structs.replace(Privacy(profile=EXEMPT, retention_months=13), **settings)


def test_a_new_site_keeps_events_for_25_months() -> None:
    assert profile.retention_days(Privacy().retention_months) == 761


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        pytest.param({"retention_months": 26}, "the retention must be from 1 to 25 months", id="exempt, too long"),
        pytest.param({"retention_months": 0}, "the retention must be from 1 to 25 months", id="no month"),
        pytest.param(
            {"declared_events": ("pageview",)}, "'pageview' can't be declared", id="an event that is built in"
        ),
        pytest.param({"declared_events": ("",)}, "'' can't be declared", id="an empty name"),
        pytest.param({"declared_events": ("x",) * 101}, "declare at most 100 events", id="too many events"),
        pytest.param({"reviewed_on": "2026-02-30"}, "'2026-02-30' is not a date", id="a day that does not exist"),
        pytest.param({"reviewed_on": "20260228"}, "'20260228' is not a date", id="another format"),
    ],
)
def test_settings_that_a_profile_does_not_allow_are_refused(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(PrivacyError, match=sentence):
        msgspec.structs.replace(Privacy(profile=EXEMPT, retention_months=13), **settings)


def test_standard_may_keep_events_longer() -> None:
    assert Privacy(retention_months=60).retention_months == 60


@pytest.mark.parametrize(
    ("name", "is_stored"), [("pageview", True), ("engagement", True), ("Download", True), ("Signup", False)]
)
def test_exempt_stores_declared_events_only(name: str, is_stored: bool) -> None:
    assert is_stored == an_exempt_site(declared_events=("Download",)).stores_event(name)
    assert Privacy().stores_event(name)


def test_global_privacy_control_is_always_honored_in_exempt() -> None:
    assert (False, True, True) == (
        Privacy().obeys_gpc,
        Privacy(honors_gpc=True).obeys_gpc,
        an_exempt_site().obeys_gpc,
    )


def test_settings_are_stored_with_the_site(control: Control) -> None:
    privacy = an_exempt_site(declared_events=("Download",))

    site = sites.add(control, "example.org", timezone="Europe/Paris", now=NOW, privacy=privacy)

    assert sites.by_id(control, site.id, now=NOW) == site
    assert (privacy, 396) == (site.privacy, site.retention_days)


def test_a_change_of_the_retention_changes_the_days(control: Control) -> None:
    site = sites.add(control, "example.org", timezone="Europe/Paris", now=NOW)

    changed = sites.change(control, site, now=NOW, privacy=Privacy(retention_months=6))

    assert changed.retention_days == 183
